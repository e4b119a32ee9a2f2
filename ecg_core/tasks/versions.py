"""Versions of everything that can change a figure."""

import platform
from importlib.metadata import version

from ecg_core import __version__

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "wfdb", "pandas")


def versions() -> dict[str, str]:
    """The workbench, Python and every library that can change a figure."""
    return {"ecg_core": __version__, "python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
