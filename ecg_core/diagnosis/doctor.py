"""Everything looked over, on a broken installation too: a part that cannot be looked at is a finding by itself."""

from collections.abc import Callable, Iterator
from importlib import import_module

from ecg_core.diagnosis import installation, server
from ecg_core.diagnosis.check import Check
from ecg_core.diagnosis.installation import INSTALL
from ecg_core.errors import WorkbenchError

PARTS = (
    "stores:writable",
    "stores:settings",
    "contents:data",
    "contents:models",
    "contents:runs",
    "stores:leftovers",
    "stores:last_errors",
)
"""What needs packages: module of this package and function."""


def diagnosis(checksums: bool = False) -> Iterator[Check]:
    """Look over everything: Python, packages, variables, machine, workspace, recordings, models, runs, server."""
    for part in (installation.python, installation.packages, installation.variables, installation.machine):
        yield from part()
    for part_name in PARTS:
        module, _, name = part_name.partition(":")
        yield from _looked_at(module, name, checksums)
    yield from server.browser()


def _looked_at(module: str, name: str, checksums: bool) -> Iterator[Check]:
    """The checks of one part; why they cannot be made, where they cannot."""
    try:
        part: Callable[..., Iterator[Check]] = getattr(import_module(f"ecg_core.diagnosis.{module}"), name)
        yield from part(checksums) if name == "data" else part()
    except ImportError as error:
        yield Check(name, "problem", f"cannot be looked at: the package {error.name} cannot be imported.", INSTALL)
    except (WorkbenchError, OSError) as error:
        yield Check(name, "problem", f"cannot be looked at: {str(error)[:300]}.")
