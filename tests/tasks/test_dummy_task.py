"""A kind is one value: added to the registry, it is started, carried out, listed, shown and promoted everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pytest
from safetensors.numpy import save_file

from ecg_core.__main__ import main
from ecg_core.data.sources import open_folder
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.figure import Figure
from ecg_core.files import write_json
from ecg_core.learning.card import DataUsed
from ecg_core.learning.model_folder import CARD, WEIGHTS
from ecg_core.learning.options import Option, Options
from ecg_core.runs import control
from ecg_core.runs.folder import Run
from ecg_core.runs.worker import work
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import Job, ModelFormat, Task
from ecg_core.typed_json import JsonObject, from_json, to_json
from tests.app.opening import opened


@dataclass(frozen=True)
class DummyOptions(Options):
    OF: ClassVar[str] = "a dummy"
    size: Annotated[int, Option("How much of nothing.", 1, 9)] = 3


@dataclass(frozen=True)
class DummyResult:
    size: int

    def headline(self) -> str:
        return f"{self.size} of nothing"

    def figures(self) -> tuple[Figure, ...]:
        return (Figure("Nothing", float(self.size)),)

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "DummyResult":
        return from_json(cls, value, what, error)


def carry_out(job: Job[DummyOptions]) -> DummyResult:
    save_file({"nothing": np.zeros(job.options.size)}, job.folder / WEIGHTS)
    write_json(job.folder / CARD, job.card(DataUsed("nothing", "0")).to_json())
    return DummyResult(job.options.size)


DUMMY: Task[DummyOptions, DummyResult] = Task(
    kind="dummy",
    title="Dummy",
    command=("train", "dummy"),
    help="on nothing",
    options=DummyOptions,
    material=(Recordings,),
    carry_out=f"{__name__}:carry_out",
    result=DummyResult,
    page="pages/7_Runs.py",
    model=ModelFormat(noun="dummy", load="ecg_core.tasks.autoencoder.model:load_detector"),
)


@pytest.fixture
def run(
    simulated_home: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """A run of the dummy, not carried out yet; what is promoted does not join the models that are shipped."""
    monkeypatch.setitem(REGISTRY, "dummy", DUMMY)
    monkeypatch.setattr("ecg_core.workspace.MODELS", simulated_home / "models")
    monkeypatch.setattr(control, "_spawn", lambda *_: None)
    yield control.start(DUMMY, Recordings.of(open_folder(simulated)), DummyOptions(size=4))


def test_the_dummy_is_offered_carried_out_listed_shown_and_promoted(
    run: Run, simulated_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["train", "dummy", "--help"])
    assert "How much of nothing. (1 to 9, default: 3)" in capsys.readouterr().out
    assert work(run.folder, {"dummy": DUMMY}) == 0
    assert run.state == "finished"
    assert main(["runs", "list"]) == 0
    assert run.id in capsys.readouterr().out
    assert main(["runs", "show", run.id]) == 0
    assert "python -m ecg_core train dummy --size 4" in capsys.readouterr().out
    assert main(["runs", "promote", run.id, "nothing"]) == 0
    assert (simulated_home / "models" / "nothing" / CARD).is_file()


def test_pages_know_the_dummy_without_a_line_of_their_own(run: Run) -> None:
    with run.lock() as lock:
        lock.write(b'{"pid": 0, "stage": "queued"}')
        for page in (opened("app"), opened("7_Runs", run=run.id)):
            assert any("Dummy is waiting" in link.proto.label for link in page.sidebar.get("page_link"))
    assert work(run.folder, {"dummy": DUMMY}) == 0
    page = opened("7_Runs", run=run.id)
    assert page.dataframe[0].value.astype(str).apply(lambda row: row.str.contains("Dummy")).any(axis=None)
    assert "4" in str(page.main)
