"""What tests share: a workspace of their own, and the real database where it is at hand."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.data import catalogue
from ecg_core.data.reader import record_names
from ecg_core.data.simulate import ensure_simulated
from ecg_core.data.sources import VARIABLE
from ecg_core.parallel.workers import SCHEDULER_VARIABLE, WORKERS_VARIABLE

settings.register_profile("any machine", deadline=None)  # a busy one takes longer, and nothing is wrong
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def workspace_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in an empty workspace, and with no data folder named unless it names one."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("ECG_HOME", str(folder))
    for variable in (VARIABLE, WORKERS_VARIABLE, SCHEDULER_VARIABLE):
        monkeypatch.setenv(variable, "")  # whatever a test sets goes with it
        monkeypatch.delenv(variable)
    return folder


_DATA = os.environ.get(VARIABLE)


@pytest.fixture(scope="session")
def mitdb() -> Path:
    """The folder of the real database. Skips, and says why, where it is not at hand; in CI that is a failure."""
    folder = Path(_DATA).expanduser().resolve() if _DATA else None
    if folder and {f"{name}.dat" for name in catalogue.record_names()} <= {path.name for path in folder.iterdir()}:
        return folder
    reason = f"needs the MIT-BIH database: set {VARIABLE} to its folder (python -m ecg_core data download)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def simulated_home(workspace_of_its_own: Path, simulated: Path) -> Path:
    """A workspace whose simulated recordings are there already, as on every start but the first."""
    shutil.copytree(simulated, workspace_of_its_own / "data" / "simulated")
    return workspace_of_its_own


@pytest.fixture(scope="session")
def ec57(mitdb: Path) -> Path:
    """Folder of the golden numbers, beside the database. Skips where it is not at hand; in CI that is a failure."""
    folder = mitdb.parent / "ec57"
    if (folder / "bxb.json").is_file():
        return folder
    reason = f"needs the golden numbers of bxb, rxr, epicmp and sumstats in {folder}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of simulated recordings, made once."""
    return ensure_simulated(tmp_path_factory.mktemp("data") / "simulated")


@pytest.fixture(scope="session")
def simulated_beats(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> BeatSet:
    """The prepared beats of all simulated recordings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(tmp_path_factory.mktemp("home")))
        return load_beats(simulated, record_names(simulated))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB. Mounting takes a superuser; elsewhere the test is skipped."""
    place = tmp_path / "small"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mounting, capture_output=True, text=True, timeout=240, check=False)
    except OSError as error:
        pytest.skip(f"a small file system cannot be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], timeout=240, check=True)
