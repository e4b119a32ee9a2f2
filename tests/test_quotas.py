"""Limits that are set are kept, and said; without them there are none."""

import shutil
from pathlib import Path

import pytest

from ecg_core.data.importing.collection import collection_named
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.place import root
from ecg_core.data.importing.staging import NoRoom
from ecg_core.data.sources import current_source
from ecg_core.errors import DataError, RunError
from ecg_core.quotas import COLLECTIONS_GB, RUNS, RUNS_GB, bytes_in, limit_of
from ecg_core.runs.control import start
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.registry import REGISTRY
from tests.runs.made_runs import empty_run

AUTOENCODER = REGISTRY["autoencoder"]


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf", "1e999"])
def test_a_limit_that_is_no_number_is_said(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNS, text)
    with pytest.raises(DataError, match=f"^{RUNS} is '{text}', expected a number of 0 or more"):
        limit_of(RUNS)


def test_collections_grow_to_their_limit_and_what_came_in_before_stays(
    simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("sim01", "sim02", "sim03")
    for name in names:
        for path in simulated.glob(f"{name}.*"):
            (tmp_path / name).mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / name)
    sizes = {name: sum(path.stat().st_size for path in (tmp_path / name).iterdir()) for name in names}
    monkeypatch.setenv(COLLECTIONS_GB, f"{(sizes['sim01'] + sizes['sim02'] + sizes['sim03'] / 2) / 1e9:.9f}")
    with pytest.raises(NoRoom, match=rf"may take .* GB together \({COLLECTIONS_GB}\)"):
        import_files([tmp_path / name for name in names], "mine")
    assert collection_named("mine").records == ("sim01", "sim02")
    assert bytes_in(root()) < 1.1 * (sizes["sim01"] + sizes["sim02"])
    assert not list(root().glob(".[!l]*"))
    monkeypatch.delenv(COLLECTIONS_GB)
    import_files([tmp_path / "sim03"], "mine")
    assert collection_named("mine").records == names


@pytest.mark.parametrize(("variable", "value"), [(RUNS, "2"), (RUNS_GB, "0.0000001")])
def test_no_run_is_started_beyond_the_limit(
    variable: str, value: str, simulated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        empty_run(simulated_home, number=number)
    monkeypatch.setenv(variable, value)
    with pytest.raises(RunError, match=rf"may be .*\({variable}\): delete one that nobody needs\.$"):
        start(AUTOENCODER, Recordings.of(current_source()), AUTOENCODER.options())
    assert len(list((simulated_home / "runs").glob("2*"))) == 2
