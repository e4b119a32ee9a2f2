"""What pages need, begun as soon as the server starts: what killed processes left is put right, modules of the first
page are imported and, where there are no other data, the simulated recordings are made while the browser opens; then
the modules of the other pages."""

import threading
import time
from contextlib import suppress
from importlib import import_module

from ecg_core.errors import DataError

MODULES = ("ecg_core.ui.page", "ecg_core.ui.home.data", "ecg_core.ui.home.models", "ecg_core.ui.home.example")

LATER = (
    "ecg_core.ui.records.view",
    "ecg_core.ui.balance.parts",
    "ecg_core.ui.autoencoder.threshold",
    "ecg_core.ui.autoencoder.reconstructions",
    "ecg_core.ui.classifier.data",
    "ecg_core.ui.classifier.compare",
    "ecg_core.ui.review.desk",
    "ecg_core.ui.review.uses",
    "ecg_core.ui.synthesis.data",
    "ecg_core.ui.synthesis.fidelity",
    "ecg_core.ui.runs.listed",
    "ecg_core.ui.benchmarks.tables",
    "ecg_core.ui.archive.table",
)
"""While somebody reads the first page, which goes first."""
BROWSER_S, FIRST_PAGE_S, BREATH_S = 2.0, 4.0, 0.2
"""The first of them: while the browser loads its own code and the first page is made, nothing else is imported."""


def begin() -> None:
    """Start the work and return at once. What goes wrong is told by the page that needs it."""
    threading.Thread(target=_work, daemon=True, name="warm").start()


def _work() -> None:
    from ecg_core.data.sources import current_source
    from ecg_core.one_thread import ready
    from ecg_core.runs.leftovers import sweep

    sweep()
    with suppress(DataError):
        current_source()
    for name in MODULES:
        import_module(name)
    time.sleep(BROWSER_S)
    ready()
    time.sleep(FIRST_PAGE_S)
    for name in LATER:
        import_module(name)
        time.sleep(BREATH_S)
