"""Modules of JavaScript put together for a component: its code travels as text, and text has nothing to import from."""

import re
from collections.abc import Sequence
from pathlib import Path

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default )", re.MULTILINE)
_COMMENT = re.compile(r"^ */\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^ +", re.MULTILINE)


def assembled(folder: Path, modules: Sequence[str]) -> str:
    """Modules of a folder as one, each of which imports from those before it only, and no two of which declare the same
    name. Without comments and indentation: it is sent with each change of what a component is told."""
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in modules)
    for left_out in (_COMMENT, _IMPORT, _EXPORT, _INDENT):
        text = left_out.sub("", text)
    return text
