"""Train on synthetic, test on real: real beats under another name lose nothing, wrong ones lose their class."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from ecg_core.beats.store import BeatSet
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.errors import DataError
from ecg_core.evaluation import tstr as module
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.evaluation.tstr import Ceiling, Part, features, train_on_real, tstr
from tests.evaluation.factories import excluding, passed_off

TRAIN = ("sim03", "sim04", "sim06", "sim10")
TEST = ("sim01", "sim05", "sim07", "sim12")


@pytest.fixture(scope="module", autouse=True)
def two_quick_repeats() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("REPEATS", 2), ("MOST_OF_A_CLASS", 1500), ("TREES", 12)):
            patch.setattr(module, name, value)
        yield


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TRAIN)


@pytest.fixture(scope="module")
def test(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TEST)


@pytest.fixture(scope="module")
def ceiling(train: BeatSet, test: BeatSet) -> Ceiling:
    return train_on_real(train, test, 0)


def renamed(beats: BeatSet, source: str, beat_class: str, n: int | None = None) -> SyntheticBeats:
    """Recorded beats of class `source` passed off as synthetic ones of `beat_class`."""
    return passed_off(beats, beats.rows_of(source)[:n], beat_class)


def test_recorded_beats_under_another_name_reach_the_ceiling(train: BeatSet, test: BeatSet, ceiling: Ceiling) -> None:
    found = tstr(train, renamed(train, "V", "V"), test, ("V",), 0, ceiling)
    assert found.trtr_f1["V"] > 0.6
    for name in ceiling.classes:
        assert found.tstr_f1[name] == pytest.approx(found.trtr_f1[name], abs=0.03)
    assert found.n_replaced == found.n_synthetic == {"V": 179}
    assert found.note == "Training beats of class N, S, F stay recorded ones."


def test_normal_beats_passed_off_as_ventricular_lose_that_class(
    train: BeatSet, test: BeatSet, ceiling: Ceiling
) -> None:
    found = tstr(train, renamed(train, "N", "V"), test, ("V",), 0, ceiling)
    assert found.tstr_f1["V"] < 0.5 * found.trtr_f1["V"]
    assert found.tstr_macro_f1 < found.trtr_macro_f1


def test_a_class_that_is_not_replaced_takes_no_beat_from_the_synthetic_ones(
    train: BeatSet, test: BeatSet, ceiling: Ceiling
) -> None:
    both = SyntheticBeats.joined([renamed(train, "V", "V"), renamed(train, "N", "S")])
    alone = tstr(train, renamed(train, "V", "V"), test, ("V",), 0, ceiling)
    assert tstr(train, both, test, ("V",), 0, ceiling).tstr_f1 == alone.tstr_f1


def test_too_few_synthetic_beats_repeat_and_the_note_says_so(train: BeatSet, test: BeatSet, ceiling: Ceiling) -> None:
    found = tstr(train, renamed(train, "V", "V", 20), test, ("V",), 0, ceiling)
    assert (found.n_replaced, found.n_synthetic) == ({"V": 179}, {"V": 20})
    assert found.note.endswith("There are fewer synthetic than recorded beats of class V: they repeat.")


def test_only_used_beats_of_the_four_classes_are_tested_on(train: BeatSet, simulated_beats: BeatSet) -> None:
    test = simulated_beats.only([*TEST, "sim08"])  # 619 paced beats, class Q
    found = train_on_real(train, excluding(test, test.rows_of("V")[:10]), 0)
    held = test.table["beat_class"].value_counts()
    assert {name: int((found.test.y == name).sum()) for name in found.classes} == {
        "N": held["N"], "S": held["S"], "V": held["V"] - 10,
    }  # fmt: skip


def test_excluded_training_beats_are_not_trained_on(train: BeatSet, simulated_beats: BeatSet) -> None:
    signals, spoilt = np.array(train.signals), train.rows_of("V")[:30]
    signals[spoilt] = np.nan
    found = Part.of(replace(excluding(train, spoilt), signals=signals), PcaEmbedding.fit(train))
    assert np.isfinite(found.x[:, :32]).all()
    assert (found.y == "V").sum() == 179 - 30


def test_nothing_of_the_test_beats_enters_the_training(train: BeatSet, test: BeatSet, ceiling: Ceiling) -> None:
    other = train_on_real(train, replace(test, signals=np.asarray(test.signals) * 100), 0)
    assert np.array_equal(other.train.x, ceiling.train.x, equal_nan=True)
    assert np.array_equal(other.embedding.components, ceiling.embedding.components)


def test_figures_are_means_over_repeats_within_their_range(train: BeatSet, test: BeatSet, ceiling: Ceiling) -> None:
    found = tstr(train, renamed(train, "F", "F"), test, ("F",), 0, ceiling)
    for kind in ("tstr", "trtr"):
        macro_f1, (low, high) = getattr(found, f"{kind}_macro_f1"), getattr(found, f"{kind}_macro_f1_range")
        assert low <= macro_f1 <= high
        assert macro_f1 == pytest.approx(np.mean(list(getattr(found, f"{kind}_f1").values())))
    assert not np.array_equal(ceiling.draws[0], ceiling.draws[1])
    assert found == tstr(train, renamed(train, "F", "F"), test, ("F",), 0)  # makes the same ceiling itself


def test_an_unknown_rhythm_stays_unknown_and_an_absurd_one_is_clipped(train: BeatSet) -> None:
    rhythm = np.array([[np.nan, 0.8, 1.0, 1.0], [-1.0, 1e9, 1.0, 0.0]])
    found = features(train.signals[:2], rhythm, PcaEmbedding.fit(train))[:, 32:]
    assert np.isnan(found[0]).tolist() == [True, False, False, False, True, True]
    assert np.isfinite(found[1]).all()


@pytest.mark.parametrize(("replaced", "text"), [
    (("S",), "83 recorded and 0 synthetic beats of class S: neither can stand in."),
    (("Q",), "0 recorded and 0 synthetic beats of class Q: neither can stand in."),
])  # fmt: skip
def test_a_class_without_beats_to_swap_is_refused(
    replaced: Sequence[str], text: str, train: BeatSet, test: BeatSet, ceiling: Ceiling
) -> None:
    held = int((ceiling.train.y == replaced[0]).sum())
    with pytest.raises(DataError) as caught:
        tstr(train, renamed(train, "V", "V"), test, replaced, 0, ceiling)
    assert str(caught.value) == text.replace("83", str(held))


def test_a_test_part_with_one_class_is_refused(train: BeatSet, simulated_beats: BeatSet) -> None:
    only_normal = simulated_beats.only(["sim02"])
    others = np.flatnonzero(only_normal.table["beat_class"] != "N")
    with pytest.raises(DataError) as caught:
        train_on_real(train, excluding(only_normal, others), 0)
    assert str(caught.value) == (
        "Beats of 4 classes to train on and of 1 to test on: a classifier needs two on either side."
    )
