"""Intervals come from resampled recordings, agree with brute force, and do not shrink with more beats of the same."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from ecg_core.errors import DataError
from ecg_core.evaluation import bootstrap
from ecg_core.evaluation.bootstrap import (
    AreaIntervals,
    Change,
    classification_intervals,
    detection_intervals,
    interval,
    paired_changes,
    resamples,
)
from ecg_core.evaluation.classification import Classified, figures
from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.support import FEWEST_RECORDS


def patients(n_records: int = 6, beats: int = 150, seed: int = 0, skill: float = 1.5) -> Detection:
    """Records that differ in how well their abnormal beats stand out; one of them has none."""
    rng = np.random.default_rng(seed)
    score, beat_class, record = [], [], []
    for k in range(n_records):
        abnormal = rng.random(beats) < (0 if k == 1 else 0.15)
        score.append(rng.normal(size=beats) + abnormal * rng.normal(skill, 1.0) + rng.normal(0, 0.3))
        beat_class.append(np.where(abnormal, rng.choice(list("SVF"), beats), "N"))
        record.append(np.full(beats, f"r{k}"))
    names = {f"r{k}": 0.5 for k in range(n_records)}
    return Detection(np.concatenate(score), np.concatenate(beat_class), np.concatenate(record), names)


def repeated(detection: Detection, times: int) -> Detection:
    """Every beat `times` over, in the same records."""
    arrays = (np.tile(one, times) for one in (detection.score, detection.beat_class, detection.record))
    return Detection(*arrays, detection.hours)


def same_in_every_record(beats: int = 150, skill: float = 1.5) -> Detection:
    """As few records as have an interval, all with the same beats: whichever are drawn, the area is the same."""
    alone = patients(1, beats, skill=skill)
    names = [f"r{k}" for k in range(FEWEST_RECORDS)]
    score, beat_class = np.tile(alone.score, FEWEST_RECORDS), np.tile(alone.beat_class, FEWEST_RECORDS)
    return Detection(score, beat_class, np.repeat(names, beats), dict.fromkeys(names, 0.5))


def brute_force(detection: Detection, seed: int, resamples: int) -> dict[str, npt.NDArray[np.float64]]:
    """The same draws of recordings, every area computed exactly from the beats."""
    names = np.unique(detection.record)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)
    found: dict[str, list[float]] = {"roc_auc": [], "average_precision": []}
    for draw in draws:
        rows = np.concatenate([np.tile(np.flatnonzero(detection.record == n), k) for n, k in zip(names, draw)])  # noqa: B905
        truth, score = detection.beat_class[rows] != "N", detection.score[rows]
        if truth.any() and not truth.all():
            found["roc_auc"].append(roc_auc_score(truth, score))
            found["average_precision"].append(average_precision_score(truth, score))
    return {name: np.array(values) for name, values in found.items()}


def test_the_intervals_are_those_of_a_bootstrap_beat_by_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", 200)
    detection = patients()
    found, exact = detection_intervals(detection, seed=3), brute_force(detection, 3, 200)
    for name, tolerance in (("roc_auc", 0.001), ("average_precision", 0.005)):
        assert getattr(found, name) == pytest.approx(interval(exact[name]), abs=tolerance)


@pytest.mark.parametrize(("beats", "skill"), [(150, 0.5), (150, 3.0), (20_000, 1.5)])
def test_records_all_alike_have_an_interval_of_no_width_at_their_exact_area(beats: int, skill: float) -> None:
    detection = same_in_every_record(beats, skill)
    found = detection_intervals(detection)
    assert found.roc_auc == pytest.approx([detection.roc_auc()] * 2, abs=0.002)
    assert found.average_precision == pytest.approx([detection.average_precision()] * 2, abs=0.005)


def test_ties_count_half() -> None:
    detection = same_in_every_record()
    tied = Detection(np.round(detection.score), detection.beat_class, detection.record, detection.hours)
    assert detection_intervals(tied).roc_auc == pytest.approx([tied.roc_auc()] * 2, abs=1e-9)


def test_equal_scores_tell_nothing() -> None:
    detection = patients(FEWEST_RECORDS)
    blind = Detection(np.ones(len(detection.score)), detection.beat_class, detection.record, detection.hours)
    assert detection_intervals(blind).roc_auc == (0.5, 0.5)


def test_the_interval_holds_the_area_and_a_seed_gives_the_same_one() -> None:
    detection = patients()
    found = detection_intervals(detection, seed=1)
    assert found == detection_intervals(detection, seed=1)
    assert found != detection_intervals(detection, seed=2)
    for name, area in (("roc_auc", detection.roc_auc()), ("average_precision", detection.average_precision())):
        low, high = getattr(found, name)
        assert 0 <= low < area < high <= 1


def test_more_beats_of_the_same_patients_do_not_shrink_the_interval() -> None:
    detection = patients()
    once, often = detection_intervals(detection), detection_intervals(repeated(detection, 20))
    for name in ("roc_auc", "average_precision"):
        assert getattr(often, name) == pytest.approx(getattr(once, name), abs=0.003)


def test_more_patients_do_shrink_it() -> None:
    width = {n: np.diff(detection_intervals(patients(n, 100, seed=5)).roc_auc)[0] for n in (6, 100)}
    assert width[100] < 0.6 * width[6]


def test_q_counts_on_neither_side() -> None:
    detection = patients()
    n = len(detection.score)
    more = Detection(
        np.append(detection.score, np.full(50, 99.0)),
        np.append(detection.beat_class, np.full(50, "Q")),
        np.append(detection.record, np.full(50, "r0")),
        detection.hours,
    )
    assert len(more.score) == n + 50
    assert detection_intervals(more) == detection_intervals(detection)


@pytest.mark.parametrize("kept", ["N", "SVF"])
def test_where_a_side_is_empty_there_is_no_interval(kept: str) -> None:
    detection = patients()
    rows = np.isin(detection.beat_class, list(kept))
    part = Detection(detection.score[rows], detection.beat_class[rows], detection.record[rows], detection.hours)
    assert detection_intervals(part) == AreaIntervals(None, None)


@pytest.mark.parametrize("n_records", [1, FEWEST_RECORDS - 1])
def test_under_five_records_a_detector_has_no_interval(n_records: int) -> None:
    assert FEWEST_RECORDS == 5
    detection = patients(n_records)
    assert detection.roc_auc() is not None
    assert detection_intervals(detection) == AreaIntervals(None, None)


def test_a_record_without_a_beat_to_judge_is_not_one_of_the_five() -> None:
    few = patients(FEWEST_RECORDS - 1)
    unjudged = Detection(
        np.append(few.score, [1.0, 2.0]),
        np.append(few.beat_class, ["Q", "Q"]),
        np.append(few.record, ["paced", "paced"]),
        {**few.hours, "paced": 0.5, "empty": 0.5},
    )
    assert detection_intervals(unjudged) == AreaIntervals(None, None)


def test_without_a_record_there_is_nothing_to_resample() -> None:
    with pytest.raises(DataError) as caught:
        resamples(0)
    assert str(caught.value) == ("There is no beat to judge: no record holds one that has a class and is not excluded.")


def test_resamples_without_an_area_are_passed_over() -> None:
    assert interval(np.array([np.nan, 0.5, np.nan])) == (0.5, 0.5)
    assert interval(np.array([np.nan, np.inf])) is None
    low, high = interval(np.linspace(0, 1, 1001))
    assert (low, high) == pytest.approx((0.025, 0.975))


def called(n_records: int = 8, beats: int = 120, right: float = 0.8, seed: int = 0) -> Classified:
    """Records of N, S and V beats; how many are called right differs from record to record, and S is only in some."""
    rng = np.random.default_rng(seed)
    truth, probability, record = [], [], []
    for r in range(n_records):
        true = rng.choice(3, beats, p=[0.8, 0.1, 0.1] if r % 2 else [0.9, 0.0, 0.1])
        own = rng.random(beats) < np.clip(rng.normal(right, 0.1), 0, 1)
        probability.append(np.eye(3, dtype=np.float32)[np.where(own, true, rng.integers(0, 3, beats))])
        truth.append(np.array(list("NSV"))[true])
        record.append(np.full(beats, f"r{r}"))
    return Classified(("N", "S", "V"), np.concatenate(truth), np.concatenate(probability), np.concatenate(record))


def test_intervals_of_a_classifier_hold_its_figures_and_a_seed_gives_the_same_ones() -> None:
    found = called()
    intervals = classification_intervals(found, ("N", "S", "V"), seed=1)
    assert intervals == classification_intervals(found, ("N", "S", "V"), seed=1)
    assert intervals != classification_intervals(found, ("N", "S", "V"), seed=2)
    values = figures(found.confusion)
    points = {"accuracy": values.accuracy, "macro_f1": values.macro_f1}
    for name, point in points.items():
        low, high = getattr(intervals, name)
        assert 0 <= low < point < high <= 1
    for k, name in enumerate(found.classes):
        for key in ("sensitivity", "ppv", "f1"):
            low, high = getattr(intervals.classes[name], key)
            assert 0 <= low < getattr(values, key)[k] < high <= 1


def test_intervals_of_a_classifier_are_those_of_resampled_beats() -> None:
    found = called(4)
    draws = resamples(4, seed=5)
    exact = []
    for draw in draws:
        rows = np.concatenate([np.tile(np.flatnonzero(found.record == n), k) for n, k in zip(found.records, draw)])  # noqa: B905
        exact.append((found.predicted[rows] == found.true_column[rows]).mean())
    assert classification_intervals(found, ("V",), seed=5).accuracy == pytest.approx(interval(np.array(exact)))


def test_one_record_alone_has_an_interval_of_no_width_and_a_class_that_is_not_there_none() -> None:
    found = called(1)
    intervals = classification_intervals(found, ("N", "S", "V"))
    accuracy = figures(found.confusion).accuracy
    assert intervals.accuracy == (accuracy, accuracy)
    assert intervals.classes["S"].sensitivity is None
    assert list(classification_intervals(found, ("V",)).classes) == ["V"]


def test_a_classifier_right_in_every_record_has_an_interval_at_one() -> None:
    found = classification_intervals(called(right=10.0), ("N", "S", "V"))
    assert found.accuracy == found.macro_f1 == (1, 1)


def counts_of(right: float, n_seeds: int = 3, first: int = 0) -> npt.NDArray[np.int64]:
    """(n_seeds, n_records, 3, 3) confusion matrices of as many trainings."""
    return np.stack([called(right=right, seed=0 if right > 1 else first + k).counts for k in range(n_seeds)])


def test_the_same_matrices_before_and_after_have_changed_by_exactly_nothing() -> None:
    counts = counts_of(0.8)
    for row in paired_changes(counts, counts, ("N", "S", "V"), ("N", "S", "V")).values():
        for one in row.values():
            assert (one.change, one.low, one.high, one.clear) == (0, 0, 0, False)


def improved(counts: npt.NDArray[np.int64], share: float) -> npt.NDArray[np.int64]:
    """A share of the wrong beats of each class called right, in every record and training."""
    after = counts.copy()
    for k in range(counts.shape[-1]):
        for j in {0, 1, 2} - {k}:
            mended = np.ceil(share * counts[..., k, j]).astype(np.int64)
            after[..., k, j] -= mended
            after[..., k, k] += mended
    return after


def test_an_improvement_in_every_record_is_clear_and_so_is_its_opposite() -> None:
    before = counts_of(0.7)
    after = improved(before, 0.6)
    better = paired_changes(before, after, ("N", "S", "V"), ("S", "V"))
    worse = paired_changes(after, before, ("N", "S", "V"), ("S", "V"))
    assert list(better) == ["S", "V", "all"]
    assert list(better["all"]) == ["macro_f1", "accuracy"]
    for name, row in better.items():
        for key, one in row.items():
            assert one.clear
            assert 0 < one.low < one.change < one.high
            opposite = worse[name][key]
            assert (opposite.low, opposite.high) == pytest.approx((-one.high, -one.low))
            assert opposite.clear
            assert opposite.change == pytest.approx(-one.change)


def test_a_change_in_one_record_of_many_is_not_clear() -> None:
    before = counts_of(0.7)
    after = before.copy()
    after[:, :1] = improved(before, 0.9)[:, :1]
    found = paired_changes(before, after, ("N", "S", "V"), ("V",))["all"]["accuracy"]
    assert found.change > 0.01
    assert (found.low, found.clear) == (0, False), "a resample may leave that record out"


def test_a_change_in_one_training_of_several_is_not_clear() -> None:
    before = counts_of(0.7)
    after = before.copy()
    after[:1] = improved(before, 0.9)[:1]
    found = paired_changes(before, after, ("N", "S", "V"), ("V",))["all"]["accuracy"]
    assert found.change > 0.05
    assert (found.low, found.clear) == (0, False), "a resample may leave that training out"


def test_figures_of_a_change_are_means_over_trainings_and_a_seed_gives_the_same_interval() -> None:
    before, after = counts_of(0.7), counts_of(0.8, first=10)
    found = paired_changes(before, after, ("N", "S", "V"), ("V",), seed=4)
    values = [figures(one.sum(axis=1)) for one in (before, after)]
    assert (found["V"]["f1"].before, found["V"]["f1"].after) == pytest.approx([one.f1[:, 2].mean() for one in values])
    assert found["all"]["accuracy"].change == pytest.approx(values[1].accuracy.mean() - values[0].accuracy.mean())
    assert found == paired_changes(before, after, ("N", "S", "V"), ("V",), seed=4)
    assert found != paired_changes(before, after, ("N", "S", "V"), ("V",), seed=5)


def test_matrices_that_do_not_pair_are_refused() -> None:
    counts = counts_of(0.8)
    with pytest.raises(DataError) as caught:
        paired_changes(counts, counts[:, 1:], ("N", "S", "V"), ("V",))
    assert str(caught.value) == "Confusion matrices of shape (3, 8, 3, 3) and (3, 7, 3, 3) cannot be paired."


def test_which_trainings_are_drawn_does_not_follow_from_which_records_are() -> None:
    """Training k mends record k alone. If seeds and records were drawn alike, a training drawn often would go with
    its own record drawn often, and the mean resampled change would exceed the true one."""
    n = 6
    before = np.zeros((n, n, 2, 2), np.int64)
    before[:, :, 0, 1] = 10
    after = before.copy()
    for k in range(n):
        after[k, k] = [[10, 0], [0, 0]]
    found = paired_changes(before, after, ("N", "V"), ("N",))["all"]["accuracy"]
    assert found.change == pytest.approx(1 / n)
    rng = np.random.default_rng(99)
    drawn = [rng.multinomial(n, np.full(n, 1 / n), 20_000) / n for _ in range(2)]
    low, high = np.quantile((drawn[0] * drawn[1]).sum(axis=1), [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (Change(0.5, 0.6, 0.01, 0.2), "better"),
        (Change(0.6, 0.5, -0.2, -0.01), "worse"),
        (Change(0.5, 0.6, 0.0, 0.2), "no clear effect"),
        (Change(0.6, 0.5, -0.2, 0.0), "no clear effect"),
        (Change(0.5, 0.6, None, None), "no clear effect"),
        (Change(None, None, None, None), "no clear effect"),
    ],
)
def test_the_verdict_follows_the_interval(change: Change, verdict: str) -> None:
    assert change.verdict == verdict
