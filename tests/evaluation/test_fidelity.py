"""Fidelity of a class: good, copied, collapsed and noisy beats against references that do not hang on them."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ecg_core.beats.store import BeatSet
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.errors import DataError
from ecg_core.evaluation import fidelity as module
from ecg_core.evaluation import tstr
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.evaluation.fidelity import fidelity, fidelity_of_class, steps_of_class
from ecg_core.evaluation.fidelity_report import DISTANCES, ClassFidelity, Distances, FidelityReport
from ecg_core.evaluation.fidelity_sentence import sentence
from tests.evaluation.factories import excluding, passed_off

TRAIN = ("sim01", "sim03", "sim05", "sim10", "sim12")
UNSEEN = ("sim02", "sim06", "sim07", "sim08", "sim09")


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DRAWS", 2)
        patch.setattr(module, "AUC_DRAWS", 1)
        for name, value in (("REPEATS", 1), ("MOST_OF_A_CLASS", 300), ("TREES", 8)):
            patch.setattr(tstr, name, value)
        yield


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TRAIN)


@pytest.fixture(scope="module")
def unseen(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(UNSEEN)


@pytest.fixture(scope="module")
def embedding(train: BeatSet) -> PcaEmbedding:
    return PcaEmbedding.fit(train)


def as_made(beats: BeatSet, beat_class: str = "V", noise_mv: float = 0.0) -> SyntheticBeats:
    """All recorded beats of a class as if a generator had made them."""
    return passed_off(beats, beats.rows_of(beat_class), beat_class, noise_mv)


@pytest.fixture(scope="module")
def copies(train: BeatSet, embedding: PcaEmbedding) -> ClassFidelity:
    return fidelity_of_class("V", as_made(train), train, None, 0, embedding=embedding)


def test_every_figure_is_there(train: BeatSet, unseen: BeatSet) -> None:
    row = fidelity_of_class("V", as_made(train), train, unseen, 0)
    assert row.unseen is not None
    measured = (row.distances, row.between_patients, row.unseen.distances, row.unseen.recorded)
    assert all(math.isfinite(getattr(distances, name)) for distances in measured for name in DISTANCES)
    no_floor = {"two_sample_auc", "two_sample_auc_shape"}  # 0.5 without looking
    assert {name for name in DISTANCES if getattr(row.floor, name) is None} == no_floor
    n_recorded = (train.table["beat_class"] == "V").sum()
    assert (row.beat_class, row.n_synthetic, row.n_train) == ("V", n_recorded, n_recorded)
    assert row.train_records == ("sim01", "sim03", "sim05", "sim10", "sim12")
    assert row.embedding == "pca-32"
    assert row.unseen.records == ("sim02", "sim06", "sim07", "sim08", "sim09")
    assert row.unseen.n_compared == row.unseen.n == 30
    assert row.n_compared <= n_recorded // 2
    assert ClassFidelity.from_json(row.to_json(), "the figures") == row


def test_exact_copies_are_close_cover_everything_and_are_found_out(copies: ClassFidelity) -> None:
    assert copies.copying_share == 1.0
    assert copies.distances.mmd < 0.5 * copies.between_patients.mmd
    assert copies.distances.frechet < 0.3 * copies.between_patients.frechet
    assert copies.distances.coverage > 0.9
    assert copies.distances.two_sample_auc < 0.65
    assert copies.between_patients.two_sample_auc > 0.9  # folds are over beats: two groups of patients are told apart


def test_noise_is_found_by_the_classifier_before_any_distance_sees_it(
    copies: ClassFidelity, train: BeatSet, embedding: PcaEmbedding
) -> None:
    noisy = fidelity_of_class("V", as_made(train, noise_mv=0.02), train, None, 0, embedding=embedding)
    assert noisy.distances.two_sample_auc > 0.95
    assert noisy.distances.mmd == pytest.approx(copies.distances.mmd, abs=0.05)


def test_mode_collapse_lowers_recall_and_coverage_but_not_precision(
    copies: ClassFidelity, train: BeatSet, embedding: PcaEmbedding
) -> None:
    few = np.resize(train.rows_of("V")[::40], 200)
    row = fidelity_of_class("V", passed_off(train, few, noise_mv=0.001), train, None, 0, embedding=embedding)
    assert row.distances.precision > 0.9
    assert row.distances.recall < 0.5 * copies.distances.recall
    assert row.distances.coverage < 0.7 * copies.distances.coverage


def test_the_references_do_not_hang_on_the_synthetic_beats(
    copies: ClassFidelity, train: BeatSet, unseen: BeatSet, embedding: PcaEmbedding
) -> None:
    many = np.resize(train.rows_of("V"), 12_000)  # as many as to be drawn from in another way
    other = fidelity_of_class("V", passed_off(train, many, noise_mv=5.0), train, unseen, 0, embedding=embedding)
    assert other.n_compared == copies.n_compared
    assert (other.between_patients, other.floor) == (copies.between_patients, copies.floor)
    assert other.unseen is not None
    assert other.distances.frechet > 100 * copies.distances.frechet
    assert other.unseen.distances.frechet > 10 * other.unseen.recorded.frechet


def test_the_same_seed_gives_the_same_figures_and_another_one_others(
    copies: ClassFidelity, train: BeatSet, embedding: PcaEmbedding
) -> None:
    again, other = (fidelity_of_class("V", as_made(train), train, None, seed, embedding=embedding) for seed in (0, 1))
    assert again == copies
    assert other.between_patients.frechet != copies.between_patients.frechet


def test_beats_held_out_are_compared_with_alone_but_copies_are_looked_for_among_all(
    train: BeatSet, embedding: PcaEmbedding
) -> None:
    rows = train.rows_of("V")
    held, learned = rows[::2], rows[1::2]
    signals = np.array(train.signals)
    signals[learned] += 3.0
    changed = replace(train, signals=signals)

    def judged(made: SyntheticBeats, held_out: np.ndarray | None) -> ClassFidelity:
        return fidelity_of_class("V", made, changed, None, 0, embedding=embedding, held_out=held_out)

    like_held = judged(passed_off(changed, held, noise_mv=0.001), held)
    assert like_held.n_held_out == len(held)
    assert like_held.distances.mmd < 0.1
    assert like_held.distances.coverage > 0.9
    without = judged(passed_off(changed, held, noise_mv=0.001), None)
    assert without.n_held_out == 0
    assert without.distances.mmd > 3 * like_held.distances.mmd
    like_learned = judged(passed_off(changed, learned), held)
    assert like_learned.copying_share == 1.0
    assert like_learned.distances.mmd > 3 * like_held.distances.mmd
    assert like_learned.between_patients.mmd is not None


def test_of_the_beats_held_out_there_may_be_fewer_than_between_patients(
    copies: ClassFidelity, train: BeatSet, embedding: PcaEmbedding
) -> None:
    held = train.rows_of("V")[::6]
    row = fidelity_of_class("V", as_made(train), train, None, 0, embedding=embedding, held_out=held)
    assert row.n_held_out == len(held) >= 20
    assert row.n_compared == min(len(held), copies.n_compared)
    assert (row.n_train, row.copying_share) == (copies.n_train, 1.0)


def test_too_few_beats_held_out_are_not_judged_by(
    copies: ClassFidelity, train: BeatSet, embedding: PcaEmbedding
) -> None:
    held = train.rows_of("V")[:19]
    row = fidelity_of_class("V", as_made(train), train, None, 0, embedding=embedding, held_out=held)
    assert row == copies
    assert row.n_held_out == 0


def test_excluded_beats_never_count(train: BeatSet, unseen: BeatSet) -> None:
    spoilt, spoilt_unseen = train.rows_of("V")[::3], unseen.rows_of("V")[:8]
    left, left_unseen = excluding(train, spoilt), excluding(unseen, spoilt_unseen)
    made = as_made(train)
    row = fidelity_of_class("V", made, left, left_unseen, 0)
    assert row.n_train == len(train.rows_of("V")) - len(spoilt)
    assert row.unseen.n == len(unseen.rows_of("V")) - 8
    signals, signals_unseen = np.array(left.signals), np.array(left_unseen.signals)
    signals[spoilt], signals_unseen[spoilt_unseen] = np.nan, np.nan
    absurd = replace(left, signals=signals), replace(left_unseen, signals=signals_unseen)
    assert fidelity_of_class("V", made, *absurd, 0) == row


def test_beats_of_one_patient_have_no_reference_row_and_the_note_says_so(simulated_beats: BeatSet) -> None:
    one = simulated_beats.only(["sim10"])
    row = fidelity_of_class("V", as_made(one, noise_mv=0.01), one, None, 0)
    assert row.between_patients == Distances()
    assert row.dominant_record == "sim10"
    assert row.n_compared == 69 // 2
    assert row.note == "All 69 beats come from one patient (record sim10): there are no two groups to compare."
    assert "no two groups of patients" in sentence(row)


def test_a_second_patient_with_a_few_beats_makes_no_group(simulated_beats: BeatSet) -> None:
    both = simulated_beats.only(["sim03", "sim10"])  # 5 and 42 fusion beats
    row = fidelity_of_class("F", as_made(both, "F", 0.01), both, None, 0)
    assert row.between_patients.mmd is None
    assert row.note == (
        "42 of 47 beats come from record sim10: two groups of patients are that record against the rest, and figures "
        "between them say little about other patients. The smaller group of patients has 5 beats: too few for a figure "
        "between groups of patients."
    )


def test_unseen_patients_with_too_few_beats_have_no_figures(train: BeatSet, simulated_beats: BeatSet) -> None:
    few = simulated_beats.only(["sim02"])
    found = fidelity_of_class("V", as_made(train), train, few, 0).unseen
    assert found is not None
    assert (found.n, found.records, found.distances, found.recorded) == (8, ("sim02",), Distances(), Distances())
    assert found.note == "Unseen patients have 8 beats of class V: too few to compare with."


class TestRefusals:
    def test_a_class_with_fewer_than_twenty_recorded_beats(self, train: BeatSet) -> None:
        made = as_made(train, "S")
        with pytest.raises(DataError) as caught:
            fidelity_of_class("S", made, train, None, 0)
        assert str(caught.value) == (
            f"Class S has {len(made)} recorded beats in the training records, at least 20 are needed to judge "
            "synthetic ones."
        )
        assert len(made) < 20

    def test_a_handful_of_synthetic_beats(self, train: BeatSet) -> None:
        with pytest.raises(DataError, match=r"^9 synthetic beats of class V, at least 10 are needed\.$"):
            fidelity_of_class("V", passed_off(train, train.rows_of("V")[:9]), train, None, 0)

    def test_beats_of_another_class_among_them(self, train: BeatSet) -> None:
        mixed = SyntheticBeats.joined([as_made(train), passed_off(train, train.rows_of("V"), "F")])
        with pytest.raises(DataError, match=r"^Synthetic beats of class F among those to be judged as V\.$"):
            fidelity_of_class("V", mixed, train, None, 0)

    def test_beats_that_are_not_numbers(self, train: BeatSet) -> None:
        made = passed_off(train, train.rows_of("V")[:50])
        made.signals[[3, 7]] = np.nan
        with pytest.raises(DataError, match=r"^2 of 50 synthetic beats of class V are not numbers\.$"):
            fidelity_of_class("V", made, train, None, 0)

    def test_another_preparation(self, train: BeatSet) -> None:
        made = replace(as_made(train), config=replace(train.config, fs=200.0))
        with pytest.raises(DataError, match=r"^The synthetic beats were prepared in another way than the recorded"):
            fidelity_of_class("V", made, train, None, 0)

    def test_a_generator_that_has_seen_other_recordings(self, train: BeatSet) -> None:
        made = replace(as_made(train), trained_on=("sim02", "sim03"))
        with pytest.raises(DataError) as caught:
            fidelity_of_class("V", made, train, None, 0)
        assert str(caught.value) == (
            "The generator was trained on record sim02, which is not among the training records: copies of its beats "
            "would go unnoticed."
        )

    def test_a_patient_on_both_sides_unless_it_is_allowed_and_said(
        self, train: BeatSet, simulated_beats: BeatSet
    ) -> None:
        made, overlapping = as_made(train), simulated_beats.only(["sim03", "sim06", "sim07"])
        with pytest.raises(DataError, match=r"^Patient sim03 is on both sides of the split"):
            fidelity_of_class("V", made, train, overlapping, 0)
        row = fidelity_of_class("V", made, train, overlapping, 0, shared_allowed=True)
        assert row.note.endswith("Patient sim03 has records on both sides: not every patient is unseen.")

    def test_all_classes_are_checked_before_any_work(self, train: BeatSet) -> None:
        done: list[int] = []
        given = {"V": as_made(train), "F": passed_off(train, train.rows_of("V")[:5], "F")}
        with pytest.raises(DataError, match=r"^5 synthetic beats of class F"):
            fidelity(given, train, None, 0, lambda k, _: done.append(k))
        assert not done


def test_all_classes_together_with_their_use(train: BeatSet, unseen: BeatSet) -> None:
    steps: list[tuple[int, int]] = []
    given = {name: as_made(train, name, 0.01) for name in ("V", "F")}
    found = fidelity(given, train, unseen, 0, lambda k, of: steps.append((k, of)))
    assert FidelityReport.from_json(found.to_json(), "the figures") == found
    n = 2 * steps_of_class(unseen=True) + 4  # the draws, the ceiling, each class replaced alone, both replaced
    assert steps == [(k, n) for k in range(n + 1)]
    assert list(found.classes) == ["V", "F"]
    alone = tstr.tstr(train, given["V"], unseen, ("V",), 0)
    assert found.classes["V"].use == alone.use_of("V")
    assert found.tstr is not None
    for name, row in found.classes.items():
        assert row.use is not None
        assert row.use.trtr_macro_f1 == found.tstr.trtr_macro_f1
        assert row.use.trtr_f1 == found.tstr.trtr_f1.get(name)
        assert sentence(row).startswith(f"Synthetic {name} beats ")
    assert found.tstr.replaced == ("V", "F")
    assert found.tstr.note.startswith("Training beats of class N, S stay recorded ones.")
    assert (found.embedding, found.note) == ("pca-32", "")


def test_without_unseen_patients_there_is_no_use_to_measure(train: BeatSet) -> None:
    found = fidelity({"V": as_made(train)}, train, None, 0)
    assert found.tstr is found.classes["V"].use is found.classes["V"].unseen is None
