"""An archive of few short recordings, and what scoring it gives."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ecg_core.parallel.workers import Workers
from ecg_core.tasks.archive.archive import Order, score_archive
from ecg_core.tasks.archive.models import models_named

NAMES = ("100", "119", "202", "208")


@dataclass(frozen=True)
class Archive:
    """Recordings in a folder, and one that was scored of them."""

    folder: Path
    out: Path


def contents(out: Path) -> tuple[pa.Table, pa.Table]:
    """Every beat in order of recording and time, and every recording."""
    beats = pq.read_table(out / "beats").to_pandas()
    for name in ("path", "recording", "symbol", "excluded", "beat_class"):
        beats[name] = beats[name].astype(str)
    beats = beats.sort_values(["recording", "r_sample"], ignore_index=True)
    return pa.Table.from_pandas(beats), pq.read_table(out / "recordings.parquet")


def same(one: Path, other: Path) -> bool:
    """Whether two archives hold the very same rows."""
    return all(a.equals(b) for a, b in zip(contents(one), contents(other), strict=True))


@pytest.fixture(scope="session")
def recordings(mitdb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real recordings: one without annotations, one in a folder within."""
    folder = tmp_path_factory.mktemp("archive") / "wards"
    (folder / "ward 2").mkdir(parents=True)
    for name in NAMES:
        place = folder / "ward 2" if name == "208" else folder
        for suffix in ("hea", "dat", "atr"):
            if (name, suffix) != ("119", "atr"):
                shutil.copy(mitdb / f"{name}.{suffix}", place)
    return folder


@pytest.fixture(scope="session")
def archive(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The same, scored once in one process."""
    out = tmp_path_factory.mktemp("scored") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(tmp_path_factory.mktemp("home")))
        score_archive(Order((str(recordings),), models_named([]), out, Workers(1)))
    return Archive(recordings, out)
