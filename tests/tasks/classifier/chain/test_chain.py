"""The chain as a whole: what it says of a recording, step by step, and why."""

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.learning.checkpoint import Arrays
from ecg_core.tasks.classifier.chain.chain import HEADS, Chain, Reading, V
from ecg_core.tasks.classifier.chain.fitting import FittedChain, fit_chain
from ecg_core.tasks.classifier.chain.reasons import reasons, timing_words
from ecg_core.tasks.classifier.chain.record import RecordBeats
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.truth import labels_of

TRAIN = ("sim01", "sim03", "sim04", "sim10")
GROUPS = [TRAIN[:2], TRAIN[2:]]


def network(n: int) -> "np.ndarray":
    """What a network says that knows nothing."""
    return np.full((n, 4), 0.25, np.float32)


@pytest.fixture(scope="module")
def fitted(simulated_beats: BeatSet) -> FittedChain:
    beats = simulated_beats.only(TRAIN)
    return fit_chain(beats, labels_of(beats, ClassifierOptions()), GROUPS, network(len(beats)))


@pytest.fixture(scope="module")
def record(simulated_beats: BeatSet) -> RecordBeats:
    beats = simulated_beats.only(["sim12"])
    return RecordBeats.of(beats, np.arange(len(beats)))


@pytest.fixture(scope="module")
def reading(fitted: FittedChain, record: RecordBeats) -> Reading:
    return fitted.chain.read(record, network(len(record)))


def test_probabilities_are_of_four_classes_and_add_up_to_one(reading: Reading, record: RecordBeats) -> None:
    assert reading.probabilities.shape == (len(record), 4)
    assert np.allclose(reading.probabilities.sum(axis=1), 1, atol=1e-5)
    assert (reading.probabilities >= 0).all()


def test_v_beats_of_a_patient_left_out_are_found(fitted: FittedChain, simulated_beats: BeatSet) -> None:
    beats = simulated_beats.only(TRAIN)
    ventricular = (beats.table["beat_class"] == "V").to_numpy() & beats.used
    normal = (beats.table["beat_class"] == "N").to_numpy() & beats.used
    called = fitted.held_out.argmax(axis=1) >= V
    assert called[ventricular].mean() > 0.8
    assert called[normal].mean() < 0.05


def test_a_patient_left_out_has_no_part_in_the_chain_that_judges_them(
    fitted: FittedChain, simulated_beats: BeatSet
) -> None:
    beats = simulated_beats.only(TRAIN)
    labels, own = labels_of(beats, ClassifierOptions()), beats.table["record"].isin(GROUPS[0]).to_numpy()
    other = np.where(own & (labels >= 0), (labels + V) % 4, labels)  # N and V, S and F in each other's place
    again = fit_chain(beats, other, GROUPS, network(len(beats)))
    assert np.array_equal(again.held_out[own], fitted.held_out[own])
    assert not np.array_equal(again.held_out[~own], fitted.held_out[~own]), "the others learn from them"


def test_a_chain_comes_back_from_its_arrays_as_it_was(
    fitted: FittedChain, record: RecordBeats, reading: Reading
) -> None:
    back = Chain.from_arrays(fitted.chain.to_arrays("chain."), "chain.")
    assert np.array_equal(back.probabilities(record, network(len(record))), reading.probabilities)


@pytest.mark.parametrize("name", HEADS)
def test_a_chain_without_a_step_is_refused(fitted: FittedChain, name: str) -> None:
    arrays: Arrays = {
        key: array for key, array in fitted.chain.to_arrays("chain.").items() if not key.startswith(f"chain.{name}.")
    }
    with pytest.raises(KeyError):
        Chain.from_arrays(arrays, "chain.")


def test_of_one_lead_the_chain_says_what_it_says_without_the_second(fitted: FittedChain, record: RecordBeats) -> None:
    alone = record.first_lead()
    assert not alone.signals[:, 1:].any()
    said = fitted.chain.probabilities(alone, network(len(record)))
    assert np.isfinite(said).all()
    assert (said.argmax(axis=1) == fitted.chain.probabilities(record, network(len(record))).argmax(axis=1)).mean() > 0.9


@pytest.mark.parametrize("n", [0, 1, 2, 3, 12])
def test_a_recording_of_a_few_beats_is_read(fitted: FittedChain, record: RecordBeats, n: int) -> None:
    few = replace(record, signals=record.signals[:n], pre_s=record.pre_s[:n], post_s=record.post_s[:n],
                  used=record.used[:n])  # fmt: skip
    said = fitted.chain.probabilities(few, network(n))
    assert said.shape == (n, 4)
    assert np.isfinite(said).all()


def test_labels_have_no_part_in_what_is_said(fitted: FittedChain, simulated_beats: BeatSet) -> None:
    beats = simulated_beats.only(["sim12"])
    other = replace(beats, table=beats.table.assign(beat_class="V", symbol="V"))
    said = [
        fitted.chain.probabilities(RecordBeats.of(one, np.arange(len(one))), network(len(one)))
        for one in (beats, other)
    ]
    assert np.array_equal(*said)


def test_every_beat_has_its_reasons_in_words(reading: Reading) -> None:
    for row in range(0, len(reading.family), 37):
        said = reasons(reading, row)
        assert [one.split(":")[0] for one in said[:4]] == ["Shape", "Timing", "P wave", "Rhythm"]
        assert all(one.endswith(".") for one in said)


@pytest.mark.parametrize(
    ("spreads", "words"),
    [
        (0.2, "Timing: on time."),
        (3.14, "Timing: 3.1 spreads of the rhythm early."),
        (-2, "Timing: 2.0 spreads of the rhythm late."),
    ],
)
def test_timing_is_told_in_spreads(spreads: float, words: str) -> None:
    assert timing_words(spreads) == words
