"""A small training on simulated recordings, started as the pages start it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ecg_core.data.sources import DataSource, open_folder
from ecg_core.runs.control import start
from ecg_core.runs.folder import Run
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.material import Recordings

RECORDS = ("sim01", "sim03", "sim05")


@pytest.fixture
def source(simulated: Path) -> DataSource:
    return open_folder(simulated)


@pytest.fixture
def start_small(source: DataSource) -> Callable[..., Run]:
    """Start a training on three records: `epochs` for each of two groups of patients and the final network."""

    def start_run(epochs: int = 2, **options: object) -> Run:
        chosen = AutoencoderOptions.from_json({"epochs": epochs, "folds": 2, **options})
        return start(AUTOENCODER, Recordings.of(source, RECORDS), chosen)

    return start_run
