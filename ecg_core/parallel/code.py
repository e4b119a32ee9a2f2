"""What a worker must have in common with whoever asks, for its results to be the same."""

import hashlib
from functools import cache
from pathlib import Path

from ecg_core import __version__

PACKAGE = Path(__file__).parent.parent


@cache
def code_version() -> str:
    """The product's version and ten hexadecimal digits over all of its code, such as `0.1.0+3f2a…`."""
    said = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        said.update(f"{path.relative_to(PACKAGE).as_posix()}\n".encode())
        said.update(path.read_bytes())
    return f"{__version__}+{said.hexdigest()[:10]}"
