"""Every figure of a threshold by hand, against brute force, and where there is nothing to divide by."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ecg_core.errors import DataError
from ecg_core.evaluation.curve_points import CURVE_POINTS
from ecg_core.evaluation.detection import DetectedRecord, Detection

# two records; abnormal are S, V and F; Q counts on neither side
ROWS = (
    ("a", "N", 0.1), ("a", "N", 0.2), ("a", "N", 3.0), ("a", "V", 4.0), ("a", "V", 0.5), ("a", "Q", 9.0),
    ("b", "N", 0.3), ("b", "N", 2.0), ("b", "S", 2.0), ("b", "F", 5.0), ("b", "Q", 0.0),
)  # fmt: skip


def detection_of(rows: object, hours: dict[str, float] | None = None) -> Detection:
    record, beat_class, score = (np.array(column) for column in zip(*rows, strict=True))
    hours = dict.fromkeys(np.unique(record).tolist(), 0.5) if hours is None else hours
    return Detection(score.astype(np.float64), beat_class, record, hours)


EXAMPLE = detection_of(ROWS)


def test_the_worked_example() -> None:
    point = EXAMPLE.at(2.0)  # flagged: N 3.0 and 2.0; V 4.0, S 2.0, F 5.0; Q does not count
    assert (point.true_positives, point.false_positives, point.abnormal, point.normal) == (3, 2, 4, 5)
    assert point.flagged == 5
    assert point.sensitivity == 3 / 4
    assert point.specificity == 3 / 5
    assert point.positive_predictivity == 3 / 5
    assert point.f1 == 2 * 3 / (2 * 3 + 2 + 1)
    assert (point.hours, point.false_alarms_per_hour) == (1.0, 2.0)
    assert EXAMPLE.roc_auc() == (5 + 3 + 3.5 + 5) / 20  # V 4.0, V 0.5, S 2.0 with one tie, F 5.0 over 5 N
    assert point.to_json() == {
        "threshold": 2.0, "true_positives": 3, "false_positives": 2, "abnormal": 4, "normal": 5, "hours": 1.0,
        "flagged": 5, "sensitivity": 0.75, "specificity": 0.6, "positive_predictivity": 0.6, "f1": 2 / 3,
        "false_alarms_per_hour": 2.0,
    }  # fmt: skip


def test_a_score_at_the_threshold_is_flagged_and_one_just_below_is_not() -> None:
    assert EXAMPLE.flagged("S", 2.0) == 1
    assert EXAMPLE.flagged("S", np.nextafter(2.0, 3.0)) == 0


def test_q_counts_on_neither_side() -> None:
    without = detection_of([row for row in ROWS if row[1] != "Q"])
    for threshold in (0.0, 1.0, 2.0, 8.0):
        assert EXAMPLE.at(threshold) == without.at(threshold)
    assert (EXAMPLE.roc_auc(), EXAMPLE.average_precision()) == (without.roc_auc(), without.average_precision())
    pd.testing.assert_frame_equal(EXAMPLE.roc(), without.roc())
    pd.testing.assert_frame_equal(EXAMPLE.precision_recall(), without.precision_recall())
    assert EXAMPLE.counted.sum() == 9


def test_one_row_a_class_with_q_shown_but_not_judged() -> None:
    classes = EXAMPLE.by_class(2.0)
    assert list(classes) == ["N", "S", "V", "F", "Q"]
    assert [row.beats for row in classes.values()] == [5, 1, 2, 1, 2]
    assert [row.records for row in classes.values()] == [2, 1, 1, 1, 2]
    assert [row.flagged for row in classes.values()] == [2, 1, 1, 1, 1]
    assert [row.flagged_share for row in classes.values()] == [0.4, 1.0, 0.5, 1.0, 0.5]
    assert classes["V"].roc_auc == pytest.approx((5 + 3) / 10)
    assert classes["N"].roc_auc is classes["N"].average_precision is None
    assert classes["Q"].roc_auc is classes["Q"].average_precision is None


def test_one_row_a_record_whose_counts_add_up() -> None:
    records = EXAMPLE.by_record(2.0)
    assert records["a"] == DetectedRecord(
        beats=6, abnormal=2, flagged=2, sensitivity=0.5, positive_predictivity=0.5, false_alarms_per_hour=2.0,
        roc_auc=pytest.approx((3 + 2) / 6),
    )  # fmt: skip
    point, rows = EXAMPLE.at(2.0), records.values()
    assert (sum(row.abnormal for row in rows), sum(row.flagged for row in rows)) == (point.abnormal, point.flagged)
    assert sum(row.beats for row in rows) == len(ROWS)


def test_a_record_without_a_single_beat_keeps_its_row() -> None:
    detection = detection_of(ROWS, {"a": 0.5, "b": 0.5, "empty": 0.25})
    assert detection.by_record(1.0)["empty"] == DetectedRecord(0, 0, 0, None, None, None, None)


def test_hours_are_those_of_records_in_which_somebody_labelled_a_beat() -> None:
    detection = detection_of([*ROWS, ("unlabelled", "Q", 9.0)], {"a": 0.5, "b": 0.5, "unlabelled": 24.0})
    assert detection.labelled_records == ("a", "b")
    assert detection.at(2.0) == detection_of(ROWS, {"a": 0.5, "b": 0.5}).at(2.0)


def test_leaving_a_record_out_leaves_its_beats_and_its_hours_out() -> None:
    rest = EXAMPLE.without("a")
    assert rest.hours == {"b": 0.5}
    assert (len(rest.score), set(rest.record)) == (5, {"b"})
    assert rest.at(2.0).abnormal == 2
    assert EXAMPLE.at(2.0).abnormal == 4


classes = st.sampled_from("NSVFQ")
some_scores = st.one_of(st.sampled_from([0.0, 1.0, 2.5]), st.floats(0, 20))
row_lists = st.lists(st.tuples(st.sampled_from("ab"), classes, some_scores), min_size=1, max_size=60)


@settings(deadline=None)
@given(row_lists, some_scores)
def test_the_operating_point_is_what_counting_beat_by_beat_gives(
    rows: list[tuple[str, str, float]], threshold: float
) -> None:
    point = detection_of(rows).at(threshold)
    tp = sum(name in "SVF" and score >= threshold for _, name, score in rows)
    fp = sum(name == "N" and score >= threshold for _, name, score in rows)
    abnormal, normal = (sum(name in kind for _, name, _ in rows) for kind in ("SVF", "N"))
    assert (point.true_positives, point.false_positives, point.abnormal, point.normal) == (tp, fp, abnormal, normal)
    assert point.sensitivity == (tp / abnormal if abnormal else None)
    assert point.specificity == ((normal - fp) / normal if normal else None)
    assert point.positive_predictivity == (tp / (tp + fp) if tp + fp else None)
    assert point.f1 == (2 * tp / (tp + fp + abnormal) if tp + fp + abnormal else None)


@settings(deadline=None)
@given(row_lists)
def test_every_point_of_the_roc_curve_is_the_operating_point_of_its_threshold(
    rows: list[tuple[str, str, float]],
) -> None:
    detection = detection_of(rows)
    if detection.roc_auc() is None:
        return
    for rate, sensitivity, threshold in detection.roc().itertuples(index=False):
        point = detection.at(threshold)
        assert sensitivity == pytest.approx(point.sensitivity)
        assert 1 - rate == pytest.approx(point.specificity)
    for sensitivity, predictivity, threshold in detection.precision_recall().itertuples(index=False):
        point = detection.at(threshold)
        assert sensitivity == pytest.approx(point.sensitivity)
        assert predictivity == pytest.approx(point.positive_predictivity)


def random_detection(n: int, shift: float, seed: int = 0) -> Detection:
    rng = np.random.default_rng(seed)
    beat_class: npt.NDArray[np.str_] = rng.choice(list("NSVF"), n, p=[0.85, 0.05, 0.08, 0.02])
    score = rng.normal(size=n) + shift * (beat_class != "N")
    return Detection(score, beat_class, np.full(n, "a"), {"a": 1.0})


@pytest.mark.parametrize("shift", [0.0, 1.0, 3.0])
def test_the_thinned_roc_curve_encloses_the_exact_area(shift: float) -> None:
    detection = random_detection(30_000, shift)
    curve = detection.roc()
    assert len(curve) <= CURVE_POINTS
    x, y = (np.concatenate([[0], curve[name]]) for name in ("false_positive_rate", "sensitivity"))
    exact = roc_auc_score(detection.beat_class != "N", detection.score)
    assert np.trapezoid(y, x) == pytest.approx(exact, abs=0.003)
    assert detection.roc_auc() == pytest.approx(exact)
    assert curve.iloc[-1][["false_positive_rate", "sensitivity"]].tolist() == [1, 1]


def test_the_thinned_precision_recall_curve_keeps_its_area_and_both_ends() -> None:
    detection = random_detection(30_000, 2.0)
    curve = detection.precision_recall()
    assert len(curve) <= CURVE_POINTS
    area = -np.trapezoid(curve["positive_predictivity"], curve["sensitivity"])
    assert area == pytest.approx(detection.average_precision(), abs=0.01)
    assert curve["sensitivity"].iloc[0] == 1.0
    assert curve["threshold"].iloc[-1] == detection.score.max()
    assert (np.diff(curve["threshold"]) > 0).all()


def test_curves_of_scores_in_any_unit_are_the_same() -> None:
    one = random_detection(2000, 1.0)
    other = Detection(np.exp(one.score), one.beat_class, one.record, one.hours)
    assert one.roc_auc() == other.roc_auc()
    assert np.array_equal(one.roc()["sensitivity"], other.roc()["sensitivity"])


@pytest.mark.parametrize("kept", ["N", "V", "Q", ""])
def test_where_a_side_is_empty_there_is_no_area_and_no_share(kept: str) -> None:
    rows = [row for row in ROWS if row[1] in kept]
    detection = detection_of(rows) if rows else Detection(np.zeros(0), np.zeros(0, str), np.zeros(0, str), {})
    point = detection.at(1.0)
    assert detection.roc_auc() is detection.average_precision() is None
    assert (point.sensitivity is None) == (kept != "V")
    assert (point.specificity is None) == (kept != "N")
    assert (point.false_alarms_per_hour is None) == (kept in ("Q", ""))
    classes = detection.by_class(1.0).values()
    assert sum(row.beats for row in classes) == len(rows)
    assert all(row.roc_auc is row.average_precision is None for row in classes)


def test_nothing_flagged_has_no_positive_predictivity() -> None:
    point = EXAMPLE.at(100.0)
    assert (point.flagged, point.sensitivity, point.specificity) == (0, 0.0, 1.0)
    assert point.positive_predictivity is None
    assert point.f1 == 0.0


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_scores_that_are_not_numbers_are_refused(bad: float) -> None:
    with pytest.raises(DataError) as caught:
        detection_of([("a", "N", 1.0), ("a", "V", bad), ("a", "N", bad)])
    assert str(caught.value) == "2 scores are not numbers."


def test_a_choice_of_windows_has_no_rate_per_hour() -> None:
    scores, classes, records = np.array([1.0, 2.0, 3.0]), np.array(["N", "N", "V"]), np.array(["a", "a", "a"])
    whole = Detection(scores, classes, records, {"a": 0.5})
    chosen = Detection(scores, classes, records, {"a": 0.5}, complete=False)
    assert whole.at(1.5).false_alarms_per_hour == 2.0
    assert chosen.at(1.5).false_alarms_per_hour is None
    assert chosen.without("b").at(1.5).false_alarms_per_hour is None
    assert chosen.by_record(1.5)["a"].false_alarms_per_hour is None
