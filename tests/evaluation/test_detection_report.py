"""A report of scored beats says everything once, and survives JSON."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecg_core.errors import DataError, ModelError
from ecg_core.evaluation.bootstrap import AreaIntervals, detection_intervals
from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.detection_report import DetectionReport, detection_report
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.support import little_support

ALWAYS = [
    "split", "unit", "scored", "abnormal", "left_out", "roc_auc", "average_precision", "intervals", "threshold",
    "classes", "records", "parts", "without", "simulated", "note",
]  # fmt: skip


def detection_of(n: int = 400, records: str = "abcde", classes: str = "NSVFQ", seed: int = 0) -> Detection:
    """Beats of several records, abnormal ones scored higher by about as much as they differ among themselves."""
    rng = np.random.default_rng(seed)
    beat_class = rng.choice(list(classes), n)
    score = rng.normal(size=n) + np.isin(beat_class, ["S", "V", "F"])
    return Detection(score, beat_class, rng.choice(list(records), n), dict.fromkeys(records, 0.5))


def report_of(detection: Detection, **changes: Any) -> DetectionReport:
    plain = {"split": "DS2", "unit": "beats", "left_out": {}, "without": (), "simulated": False, "note": "",
             "unreadable": {}}  # fmt: skip
    return detection_report(detection, {}, 1.0, **(plain | changes))


def test_every_figure_is_that_of_the_detection_it_is_of() -> None:
    detection, early = detection_of(), detection_of(seed=1)
    report = detection_report(
        detection, {"shape": detection, "early": early}, 1.0, split="validation", unit="windows",
        left_out={"clipped": 4}, without=("b", "d"), simulated=True, note="Shared: 201.", unreadable={"z": "damaged"},
        layer="corrected",
    )  # fmt: skip
    assert (report.split, report.unit, report.simulated, report.note) == ("validation", "windows", True, "Shared: 201.")
    assert (report.unreadable, report.layer, report.evaluated) == ({"z": "damaged"}, "corrected", "")
    assert report.scored == detection.counted.sum()
    assert report.abnormal == np.isin(detection.beat_class, ["S", "V", "F"]).sum()
    assert report.left_out == {"Q": 400 - report.scored, "clipped": 4}
    assert (report.roc_auc, report.average_precision) == (detection.roc_auc(), detection.average_precision())
    assert report.intervals == detection_intervals(detection)
    assert report.threshold == detection.at(1.0)
    assert (report.classes, report.records) == (detection.by_class(1.0), detection.by_record(1.0))
    assert report.parts == {"shape": detection.areas(), "early": early.areas()}
    assert report.without == {name: detection.without(name).areas() for name in ("b", "d")}


@pytest.mark.parametrize(("n_records", "has_intervals"), [(1, False), (4, False), (5, True)])
def test_under_five_records_there_is_no_interval(n_records: int, has_intervals: bool) -> None:
    report = report_of(detection_of(records="abcde"[:n_records]))
    assert (report.intervals != AreaIntervals(None, None)) == has_intervals
    assert report.roc_auc is not None
    assert [bool(figure.interval) for figure in report.figures()] == [has_intervals, has_intervals, False, False]


@pytest.mark.parametrize("n", [1, 99, 100])
def test_under_a_hundred_beats_the_note_says_so_after_what_else_it_says(n: int) -> None:
    detection = detection_of(n, classes="NV")
    few = little_support(n, 5)
    assert bool(few) == (n < 100)
    assert report_of(detection).note == few
    assert report_of(detection, note="Shared: 201.").note == f"Shared: 201. {few}".strip()


def test_beats_of_class_q_are_none_of_the_hundred() -> None:
    beat_class = np.repeat(["N", "Q"], [99, 50])
    detection = Detection(np.zeros(149), beat_class, np.full(149, "a"), {"a": 0.5})
    assert report_of(detection).note == "Only 99 beats of 1 record: these figures say next to nothing."


@pytest.mark.parametrize("detection", [detection_of(0), detection_of(300, classes="Q")], ids=["no beat", "only Q"])
def test_nothing_to_judge_is_said_with_the_part(detection: Detection) -> None:
    with pytest.raises(DataError) as caught:
        report_of(detection, split="record 102")
    assert str(caught.value) == (
        "There is no beat to judge in record 102: no record holds one that has a class and is not excluded."
    )


@pytest.mark.parametrize("classes", ["NSVFQ", "N", "V", "NS"])
@pytest.mark.parametrize("records", ["abcde", "a"])
def test_it_survives_json_whatever_there_is_to_judge(classes: str, records: str) -> None:
    report = report_of(detection_of(records=records, classes=classes), without=("a",) if len(records) > 1 else ())
    text = json.dumps(report.to_json(), allow_nan=False)
    assert list(json.loads(text)) == ALWAYS
    assert DetectionReport.from_json(json.loads(text), "figures") == report


def test_what_is_only_sometimes_there_is_in_the_json_where_it_is() -> None:
    report = replace(
        report_of(detection_of(), unreadable={"z": "damaged"}, layer="corrected"),
        evaluated="2026-11-22T04:39:33.340+00:00",
    )
    value = report.to_json()
    assert list(value) == [*ALWAYS, "evaluated", "unreadable", "layer"]
    assert DetectionReport.from_json(value, "figures") == report


def test_the_headline_and_the_figures() -> None:
    point = replace(detection_of().at(1.25), true_positives=30, abnormal=40, false_positives=10, hours=4.0)
    report = replace(
        report_of(detection_of()), roc_auc=0.9791, average_precision=None, threshold=point,
        intervals=AreaIntervals((0.9, 0.99), None),
    )  # fmt: skip
    assert report.headline() == "ROC AUC 0.979, threshold 1.25"
    assert report.figures() == (
        Figure("ROC AUC", 0.9791, (0.9, 0.99)),
        Figure("Average precision", None),
        Figure("Sensitivity", 0.75, kind="share"),
        Figure("False alarms per hour", 2.5, kind="rate"),
    )


def test_what_is_derived_is_written_and_not_read_back() -> None:
    value = report_of(detection_of()).to_json()
    value["threshold"]["sensitivity"] = 17.0
    assert DetectionReport.from_json(value, "figures") == report_of(detection_of())


def test_a_field_that_is_missing_or_of_another_kind_is_named() -> None:
    value = report_of(detection_of()).to_json()
    value["intervals"]["roc_auc"] = [0.9]
    with pytest.raises(ModelError, match=r"^The card of x is damaged: .*\.intervals\.roc_auc"):
        DetectionReport.from_json(value, "The card of x", ModelError)
    del value["intervals"]
    with pytest.raises(DataError, match=r"^The card of x is damaged: .*`intervals`"):
        DetectionReport.from_json(value, "The card of x")


@pytest.mark.parametrize("count", [-1, 10**400, 0.5])
def test_counts_that_nothing_can_be_divided_by_are_refused(count: float) -> None:
    value = report_of(detection_of()).to_json()
    value["threshold"]["false_positives"] = count
    with pytest.raises(DataError, match=r"^The card of x is damaged: .*\.false_positives"):
        DetectionReport.from_json(value, "The card of x")
