"""Who may change what is kept: held where it is changed, whoever asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ecg_core import access, workspace
from ecg_core.__main__ import main
from ecg_core.access import EDITORS, NOBODY_MAY, NOT_SIGNED_IN, READ_ONLY, Visitor, acting_for, ask_for_visitors
from ecg_core.data import layers, sources
from ecg_core.data.corrections import log
from ecg_core.data.download import download
from ecg_core.data.importing import collection
from ecg_core.data.importing.importer import import_files
from ecg_core.errors import AccessError, DataError, RunError
from ecg_core.runs import control
from ecg_core.runs.folder import Run, delete_run
from ecg_core.runs.worker import work
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.registry import REGISTRY
from tests.runs.made_runs import empty_run


@dataclass
class Kept:
    """What there is to change."""

    data: Path
    run: Run


AUTOENCODER = REGISTRY["autoencoder"]
DEFAULTS = AUTOENCODER.options()
HEAD = log.Head(1, "sim01", "x", "", "")
CHANGES: dict[str, Callable[[Kept], object]] = {
    "a training": lambda _: control.start(AUTOENCODER, Recordings.of(sources.current_source()), DEFAULTS),
    "resuming": lambda at: control.resume(at.run),
    "stopping": lambda at: control.request_stop(at.run),
    "carrying out": lambda at: work(at.run.folder),
    "promoting": lambda at: control.promote(at.run, "mine"),
    "deleting a run": lambda at: delete_run(at.run),
    "a setting": lambda _: workspace.remember(reviewer="x"),
    "a folder of data": lambda at: sources.choose_folder(at.data),
    "using a collection": lambda _: sources.use_collection(None),
    "bringing in": lambda at: import_files([at.data], "mine"),
    "a new collection": lambda _: collection.ensure_collection("mine"),
    "a collection's name": lambda _: collection.rename_collection("mine", "yours"),
    "removing a collection": lambda _: collection.delete_collection("mine"),
    "removing a record": lambda _: collection.delete_record("mine", "sim01"),
    "a patient": lambda _: collection.set_patient("mine", "sim01", "p1"),
    "whose annotations count": lambda _: collection.set_annotator("mine", "atr"),
    "names of leads": lambda _: collection.rename_leads("mine", "sim01", ("I",)),
    "the download": lambda at: download(at.data, "http://127.0.0.1:9/"),
    "a correction": lambda at: log.write(log.log_file(at.data, "sim01"), HEAD, [], 0),
    "removing labels": lambda at: layers.remove_layer(at.data, "sim01", "detected"),
}


@pytest.fixture(autouse=True)
def nobody_at_a_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(READ_ONLY, raising=False)
    monkeypatch.delenv(EDITORS, raising=False)
    before = list(access._asked)
    ask_for_visitors(lambda: None)
    yield
    access._asked[:] = before


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_read_only_is_changed_by_no_function(
    what: str, simulated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Kept(simulated_home / "data" / "simulated", empty_run(simulated_home))
    before = everything_in(simulated_home)
    monkeypatch.setenv(READ_ONLY, "1")
    with pytest.raises(AccessError) as refused:
        CHANGES[what](at)
    assert str(refused.value) == NOBODY_MAY
    assert everything_in(simulated_home) == before


def test_the_command_line_takes_the_same_variable(
    simulated_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = empty_run(simulated_home)
    monkeypatch.setenv(READ_ONLY, "1")
    assert main(["runs", "delete", run.id]) == 1
    assert NOBODY_MAY in capsys.readouterr().err
    assert run.folder.is_dir()
    assert main(["runs", "list"]) == 0


@pytest.mark.parametrize("value", ["1", "true", "YES", "on", "2", "read"])
def test_any_word_but_no_makes_it_read_only(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_ONLY, value)
    assert access.refusal() == NOBODY_MAY


@pytest.mark.parametrize("value", ["", "0", "false", "No", " off "])
def test_no_leaves_it_open(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_ONLY, value)
    assert access.refusal() == ""


class TestEditors:
    """`ECG_EDITORS`, with somebody at a page."""

    @pytest.fixture(autouse=True)
    def named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(EDITORS, "ann@x.org, Ben@x.org ,")

    @pytest.mark.parametrize("name", ["ann@x.org", "ANN@X.ORG", "ben@x.org"])
    def test_those_who_are_named_may_change_things(self, name: str) -> None:
        with acting_for(Visitor(name)):
            assert access.refusal() == ""

    @pytest.mark.parametrize("name", ["eve@x.org", "x.org", "ann@x.org,ben@x.org", "ann"])
    def test_others_are_guests(self, name: str) -> None:
        with acting_for(Visitor(name)), pytest.raises(AccessError, match=name):
            workspace.remember(reviewer="x")

    def test_without_a_sign_in_everybody_at_a_page_is_a_guest(self) -> None:
        with acting_for(Visitor()):
            assert access.refusal() == NOT_SIGNED_IN

    def test_an_empty_list_names_nobody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(EDITORS, "")
        with acting_for(Visitor()):
            assert access.refusal() == NOT_SIGNED_IN

    def test_the_command_line_and_workers_are_nobody_at_a_page(self) -> None:
        assert access.refusal() == ""

    def test_read_only_is_so_for_editors_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(READ_ONLY, "1")
        with acting_for(Visitor("ann@x.org")):
            assert access.refusal() == NOBODY_MAY


def test_a_refusal_is_caught_wherever_a_change_is_caught() -> None:
    assert issubclass(AccessError, DataError)
    assert issubclass(AccessError, RunError)
