"""Modules of JavaScript put together for a component: its code travels as text, and text has nothing to import from."""

import re
from collections.abc import Sequence
from pathlib import Path

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_COMMENT = re.compile(r"^ */\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^ +", re.MULTILINE)
_AROUND = re.compile(r"\s*([{};,])\s*")
_EXPORT = re.compile(r"^export (?!default )", re.MULTILINE)


def assembled(folder: Path, modules: Sequence[str]) -> str:
    """Modules of a folder as one, each of which imports from those before it only, and no two of which declare the same
    name. Without comments and indentation: it is sent with each change of what a component is told."""
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in modules)
    for left_out in (_COMMENT, _IMPORT, _EXPORT, _INDENT):
        text = left_out.sub("", text)
    return text


def short_css(path: Path) -> str:
    """A style sheet without blanks that mean nothing: it is sent as often."""
    text = _AROUND.sub(r"\1", path.read_text(encoding="utf-8")).replace(": ", ":")
    return text.replace("}", "}\n", 1)  # of one line it would be taken for a path


def short_html(path: Path) -> str:
    """HTML without indentation."""
    return "\n".join(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
