"""A report of scored beats has every figure of the detection, and says where it rests on little."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecg_core.errors import DataError
from ecg_core.evaluation.bootstrap import AreaIntervals, detection_intervals
from ecg_core.evaluation.classification import Areas
from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.detection_report import DetectionReport, detection_report
from ecg_core.evaluation.figure import Figure


def beats(n: int = 300, records: str = "abcde", classes: str = "NNNNNNSVFQ", seed: int = 0) -> Detection:
    """Beats dealt out to the records in turn; abnormal ones score higher by 1 on average."""
    rng = np.random.default_rng(seed)
    beat_class = rng.choice(list(classes), n)
    score = rng.normal(size=n) + np.isin(beat_class, list("SVF"))
    return Detection(score, beat_class, np.resize(list(records), n), dict.fromkeys(records, 0.5))


def reported(detection: Detection, **changed: Any) -> DetectionReport:
    usual: dict[str, Any] = {
        "split": "DS2", "unit": "beats", "left_out": {"clipped": 3}, "without": ("b",), "simulated": False,
        "note": "", "unreadable": {},
    }  # fmt: skip
    parts = {"shape": replace(detection, score=-detection.score)}
    return detection_report(detection, parts, 0.5, **{**usual, **changed})


@pytest.fixture(scope="module")
def report() -> DetectionReport:
    return reported(beats())


def test_every_figure_is_the_detections_own(report: DetectionReport) -> None:
    detection = beats()
    n_q = int((detection.beat_class == "Q").sum())
    assert report.scored == 300 - n_q
    assert report.left_out == {"Q": n_q, "clipped": 3}
    assert report.abnormal == report.threshold.abnormal == np.isin(detection.beat_class, list("SVF")).sum()
    assert (report.roc_auc, report.average_precision) == (detection.roc_auc(), detection.average_precision())
    assert report.intervals == detection_intervals(detection)
    assert report.threshold == detection.at(0.5)
    assert report.classes == detection.by_class(0.5)
    assert report.records == detection.by_record(0.5)
    assert report.parts["shape"].roc_auc == pytest.approx(1 - report.roc_auc)
    assert report.without == {"b": detection.without("b").areas()}
    assert report.without["b"] != Areas(report.roc_auc, report.average_precision)


def test_it_is_read_back_from_json_as_it_was(report: DetectionReport) -> None:
    full = replace(report, evaluated="2026-01-01T00:00:00.000+00:00", unreadable={"z": "gone"}, layer="predictions")
    for value in (report, full):
        assert DetectionReport.from_json(json.loads(json.dumps(value.to_json(), allow_nan=False)), "It") == value
    assert set(full.to_json()) - set(report.to_json()) == {"evaluated", "unreadable", "layer"}


def test_its_threshold_is_written_with_what_follows_from_it(report: DetectionReport) -> None:
    assert report.to_json()["threshold"] == report.threshold.to_json()
    assert report.to_json()["threshold"]["sensitivity"] == report.threshold.sensitivity


def test_the_figures_to_compare_by_are_those_of_the_report_with_their_intervals(report: DetectionReport) -> None:
    auc, precision, sensitivity, alarms = report.figures()
    assert auc == Figure("ROC AUC", report.roc_auc, report.intervals.roc_auc)
    assert precision == Figure("Average precision", report.average_precision, report.intervals.average_precision)
    assert (sensitivity.value, sensitivity.kind) == (report.threshold.sensitivity, "share")
    assert (alarms.value, alarms.kind) == (report.threshold.false_alarms_per_hour, "rate")


@pytest.mark.parametrize("records", ["a", "ab", "abcd", "abcde", "abcdef"])
def test_under_five_records_there_is_no_interval(records: str) -> None:
    report = reported(beats(records=records), without=())
    assert (report.intervals == AreaIntervals(None, None)) == (len(records) < 5)
    assert report.roc_auc is not None


@pytest.mark.parametrize(
    ("n", "note"),
    [
        (1, "Only 1 beat of 1 record: these figures say next to nothing."),
        (99, "Only 99 beats of 1 record: these figures say next to nothing."),
        (100, ""),
    ],
)
def test_under_a_hundred_beats_the_note_says_so(n: int, note: str) -> None:
    detection = beats(n, records="a", classes="NNV")
    assert reported(detection, without=()).note == note
    assert reported(detection, without=(), note="First.").note == f"First. {note}".strip()


@pytest.mark.parametrize("classes", ["", "Q"])
def test_judging_nothing_is_refused(classes: str) -> None:
    detection = beats(200 * len(classes), classes=classes or "N")
    with pytest.raises(DataError) as caught:
        reported(detection)
    assert str(caught.value) == (
        "There is no beat to judge in DS2: no record holds one that has a class and is not excluded."
    )


@pytest.mark.parametrize("classes", ["N", "V"])
def test_one_side_alone_has_no_area_and_is_json_all_the_same(classes: str) -> None:
    report = reported(beats(classes=classes))
    assert (report.roc_auc, report.average_precision, report.intervals) == (None, None, AreaIntervals(None, None))
    assert DetectionReport.from_json(json.loads(json.dumps(report.to_json(), allow_nan=False)), "It") == report
    assert report.headline().startswith("ROC AUC –")
