"""What is said of beats is worked out once, and what is kept of it is believed only if it is whole and its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.kept import kept_probability
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.workspace import MODELS

RECORDS = ("sim01", "sim02")


@pytest.fixture(scope="module")
def classifier() -> BeatClassifier:
    shipped = load_classifier(MODELS / "classifier")[0]
    shipped.networks_ = shipped.networks_[:1]
    return shipped


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(RECORDS)


def asked(classifier: BeatClassifier, beats: BeatSet) -> tuple[np.ndarray, int]:
    """What is said, and of how many recordings it had to be worked out."""
    worked_out: list[int] = []
    return kept_probability(classifier, beats, lambda done, _: worked_out.append(done)), len(worked_out)


def files(workspace: Path) -> list[Path]:
    return sorted(workspace.glob("cache/classes/*/*.safetensors"))


def test_it_is_worked_out_once_and_is_what_the_classifier_says(
    classifier: BeatClassifier, beats: BeatSet, workspace_of_its_own: Path
) -> None:
    first, n = asked(classifier, beats)
    assert n == len(files(workspace_of_its_own)) == 2
    assert np.array_equal(first, classifier.predict_proba(beats))
    again, n = asked(classifier, beats)
    assert n == 0
    assert np.array_equal(again, first)
    assert asked(classifier, beats.only(RECORDS[1:]))[1] == 0, "recordings are kept one by one"


def cut(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def flipped(path: Path, _: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(bytes(content))


def of_another(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


def without_a_word(path: Path, _: Path) -> None:
    write_checkpoint(path, Checkpoint(read_checkpoint(path).arrays, {}))


def a_folder(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [cut, flipped, of_another, without_a_word, a_folder])
def test_what_is_damaged_or_of_something_else_is_worked_out_again(
    classifier: BeatClassifier, beats: BeatSet, workspace_of_its_own: Path, spoil: Callable[[Path, Path], None]
) -> None:
    right, _ = asked(classifier, beats)
    spoil(*files(workspace_of_its_own))
    found, n = asked(classifier, beats)
    assert n == 1
    assert np.array_equal(found, right)


def test_another_network_or_another_recording_is_another_place(classifier: BeatClassifier, beats: BeatSet) -> None:
    asked(classifier, beats)
    assert classifier.scaler_ is not None
    other = replace(classifier, scaler_=replace(classifier.scaler_, mean=classifier.scaler_.mean + 1))
    assert asked(other, beats)[1] == 2
    assert asked(replace(classifier, missing_=("F",)), beats)[1] == 2
    assert asked(classifier, replace(beats, digests=beats.digests | {"sim02": "0" * 64}))[1] == 1


def test_whoever_stops_it_keeps_what_is_done(classifier: BeatClassifier, beats: BeatSet) -> None:
    def stop(done: int, of: int) -> None:
        assert (done, of) == (1, 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept_probability(classifier, beats, stop)
    assert asked(classifier, beats)[1] == 1


def test_it_is_given_though_it_cannot_be_kept(
    classifier: BeatClassifier, beats: BeatSet, workspace_of_its_own: Path
) -> None:
    (workspace_of_its_own / "cache").mkdir(parents=True)
    (workspace_of_its_own / "cache" / "classes").write_text("in the way")
    assert np.array_equal(asked(classifier, beats)[0], classifier.predict_proba(beats))


def test_the_oldest_go_when_the_cache_is_full(
    classifier: BeatClassifier, beats: BeatSet, workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_CACHE_GB", "0")
    asked(classifier, beats)
    assert files(workspace_of_its_own) == []


def test_by_several_workers_it_is_the_same(
    classifier: BeatClassifier, beats: BeatSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_WORKERS", "2")
    found, n = asked(classifier, beats)
    assert n == 2
    assert np.array_equal(found, classifier.predict_proba(beats))
