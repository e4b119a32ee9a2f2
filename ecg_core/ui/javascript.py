"""Modules of JavaScript put together for a component: its code travels as text, and text has nothing to import from."""

import re
from collections.abc import Sequence
from pathlib import Path

from rjsmin import jsmin

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default )", re.MULTILINE)


def assembled(folder: Path, modules: Sequence[str]) -> str:
    """Modules of a folder as one, each of which imports from those before it only, and no two of which declare the same
    name. Without comments and blanks: it is sent with each change of what a component is told."""
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in modules)
    for left_out in (_IMPORT, _EXPORT):
        text = left_out.sub("", text)
    return str(jsmin(text))
