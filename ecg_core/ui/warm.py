"""What the first page needs, begun as soon as the server starts: modules are imported and, where there are no other
data, the simulated recordings are made while the browser opens."""

import threading
from contextlib import suppress
from importlib import import_module

from ecg_core.errors import DataError

MODULES = ("ecg_core.ui.page", "ecg_core.ui.home.data", "ecg_core.ui.home.models", "ecg_core.ui.home.example")


def begin() -> None:
    """Start the work and return at once. What goes wrong is told by the page that needs it."""
    threading.Thread(target=_work, daemon=True, name="warm").start()


def _work() -> None:
    from ecg_core.data.sources import current_source

    with suppress(DataError):
        current_source()
    for name in MODULES:
        import_module(name)
