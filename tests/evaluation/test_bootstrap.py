"""Intervals come from resampled recordings, agree with brute force, and do not shrink with more beats of the same."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from ecg_core.evaluation import bootstrap
from ecg_core.evaluation.bootstrap import detection_intervals, interval
from ecg_core.evaluation.detection import Detection


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
        assert found[name] == pytest.approx(interval(exact[name]), abs=tolerance)


@pytest.mark.parametrize(("beats", "skill"), [(150, 0.5), (150, 3.0), (20_000, 1.5)])
def test_one_record_alone_has_an_interval_of_no_width_at_its_exact_area(beats: int, skill: float) -> None:
    detection = patients(1, beats, skill=skill)
    found = detection_intervals(detection)
    assert found["roc_auc"] == pytest.approx([detection.roc_auc()] * 2, abs=0.002)
    assert found["average_precision"] == pytest.approx([detection.average_precision()] * 2, abs=0.005)


def test_ties_count_half() -> None:
    detection = patients(1)
    tied = Detection(np.round(detection.score), detection.beat_class, detection.record, detection.hours)
    assert detection_intervals(tied)["roc_auc"] == pytest.approx([tied.roc_auc()] * 2, abs=1e-9)


def test_equal_scores_tell_nothing() -> None:
    detection = patients(3)
    blind = Detection(np.ones(len(detection.score)), detection.beat_class, detection.record, detection.hours)
    assert detection_intervals(blind)["roc_auc"] == (0.5, 0.5)


def test_the_interval_holds_the_area_and_a_seed_gives_the_same_one() -> None:
    detection = patients()
    found = detection_intervals(detection, seed=1)
    assert found == detection_intervals(detection, seed=1)
    assert found != detection_intervals(detection, seed=2)
    for name, area in (("roc_auc", detection.roc_auc()), ("average_precision", detection.average_precision())):
        low, high = found[name]
        assert 0 <= low < area < high <= 1


def test_more_beats_of_the_same_patients_do_not_shrink_the_interval() -> None:
    detection = patients()
    once, often = detection_intervals(detection), detection_intervals(repeated(detection, 20))
    for name in once:
        assert often[name] == pytest.approx(once[name], abs=0.003)


def test_more_patients_do_shrink_it() -> None:
    width = {n: np.diff(detection_intervals(patients(n, 100, seed=5))["roc_auc"])[0] for n in (6, 100)}
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
    assert detection_intervals(part) == {"roc_auc": None, "average_precision": None}


def test_resamples_without_an_area_are_passed_over() -> None:
    assert interval(np.array([np.nan, 0.5, np.nan])) == (0.5, 0.5)
    assert interval(np.array([np.nan, np.inf])) is None
    low, high = interval(np.linspace(0, 1, 1001))
    assert (low, high) == pytest.approx((0.025, 0.975))
