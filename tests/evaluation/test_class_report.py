"""A report says everything once, gives Q counts but no score, and is plain JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ecg_core.errors import DataError, ModelError
from ecg_core.evaluation.bootstrap import classification_intervals
from ecg_core.evaluation.class_report import ClassReport, class_report, scored
from ecg_core.evaluation.classification import ClassFigures, figures, overall
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.support import FEWEST_BEATS, FEWEST_RECORDS, little_support
from tests.evaluation.factories import random_classified

FIVE = ("N", "S", "V", "F", "Q")
ALWAYS = [
    "split", "scored", "accuracy", "macro_f1", "classes", "confusion", "macro_over", "intervals", "areas", "ec57",
    "calibration", "records", "without", "left_out", "simulated", "missing",
]  # fmt: skip
WHERE_SOMETHING = ["label_map", "note", "evaluated", "unreadable", "layer"]


@pytest.fixture(scope="module")
def report() -> ClassReport:
    return class_report(random_classified(FIVE), "DS2", ("b", "d"))


def test_the_report_names_its_part_and_its_records(report: ClassReport) -> None:
    assert (report.split, report.scored, report.note) == ("DS2", 300, "")
    assert set(report.records) == set("abcde")
    assert set(report.ec57) == {"VEB", "SVEB"}
    assert report.macro_over == ("N", "S", "V", "F")


def test_q_has_counts_and_never_a_score(report: ClassReport) -> None:
    q, intervals = report.classes["Q"], report.intervals
    assert q == ClassFigures(q.support, q.records, q.predicted, scored=False)
    assert q.support > 0
    assert set(report.to_json()["classes"]["Q"]) == {"support", "records", "predicted"}
    assert set(report.confusion) == set(report.confusion["Q"]) == set(FIVE)
    assert intervals is not None
    for part in (intervals.classes, report.areas, report.without["b"].f1):
        assert list(part) == ["N", "S", "V", "F"]
    assert all("Q" not in row.classes for row in report.records.values())
    assert report.macro_f1 == pytest.approx(figures(random_classified(FIVE).confusion).f1[:4].mean())


def test_every_class_but_q_is_scored() -> None:
    assert scored(FIVE) == ("N", "S", "V", "F")
    assert scored(("normal", "abnormal")) == ("normal", "abnormal")


def test_without_a_record_the_overall_figures_are_those_of_the_others(report: ClassReport) -> None:
    beats = random_classified(FIVE)
    assert list(report.without) == ["b", "d"]
    assert report.without["d"] == overall(beats.only(beats.record != "d"), scored(FIVE))
    assert report.without["d"].macro_f1 != report.macro_f1
    assert class_report(beats, "DS2").without == {}


def test_its_intervals_and_figures_are_of_the_same_counts(report: ClassReport) -> None:
    assert report.intervals == classification_intervals(random_classified(FIVE), scored(FIVE))
    low, high = report.intervals.macro_f1
    assert low < report.macro_f1 < high
    assert sum(sum(row.values()) for row in report.confusion.values()) == report.scored


@pytest.mark.parametrize(("n_records", "has_intervals"), [(1, False), (4, False), (5, True)])
def test_under_five_records_there_is_no_interval(n_records: int, has_intervals: bool) -> None:
    assert FEWEST_RECORDS == 5
    report = class_report(random_classified(FIVE, records="abcde"[:n_records]), "DS2")
    assert (report.intervals is not None) == has_intervals
    assert {bool(figure.interval) for figure in report.figures()} == {has_intervals}


@pytest.mark.parametrize("n", [1, FEWEST_BEATS - 1, FEWEST_BEATS])
def test_under_a_hundred_beats_the_note_says_so(n: int) -> None:
    beats = random_classified(FIVE, n)
    report = class_report(beats, "DS2")
    assert report.note == little_support(n, len(beats.records))
    assert bool(report.note) == (n < 100)


def test_nothing_to_judge_is_said_with_the_part() -> None:
    with pytest.raises(DataError) as caught:
        class_report(random_classified(FIVE, 0), "record 100")
    assert str(caught.value) == (
        "There is no beat to judge in record 100: no record holds one that has a class and is not excluded."
    )


def test_a_scored_class_without_a_beat_is_absent_and_no_part_of_macro_f1() -> None:
    beats = random_classified(FIVE)
    report = class_report(beats.only(~np.isin(beats.truth, ["F", "Q"])), "DS2")
    assert report.absent == ("F",)
    assert report.macro_over == ("N", "S", "V")
    assert report.classes["F"].f1 is None


def test_the_headline_and_the_figures_leave_out_what_is_usual(report: ClassReport) -> None:
    report = replace(
        report,
        macro_f1=0.5,
        accuracy=0.25,
        classes={"N": ClassFigures(1, 1, 1, True, f1=0.9), "V": ClassFigures(1, 1, 1, True, f1=0.75),
                 "F": ClassFigures(0, 0, 0, True), "Q": ClassFigures(1, 1, 1, False)},
    )  # fmt: skip
    assert report.headline() == "Macro-F1 0.500, accuracy 25.0 %, V F1 0.750, F F1 –"
    intervals = report.intervals
    assert intervals is not None
    assert report.figures() == (
        Figure("Macro-F1", 0.5, intervals.macro_f1),
        Figure("Accuracy", 0.25, intervals.accuracy, "share"),
        Figure("V F1", 0.75, intervals.classes["V"].f1),
        Figure("F F1", None, intervals.classes["F"].f1),
    )


@pytest.mark.parametrize(
    "classes", [FIVE, FIVE[:4], ("normal", "abnormal"), ("beats", "wrong", "classes"), ("classes", "normal")]
)
@pytest.mark.parametrize("kept", ["all", "one class", "one record", "one beat"])
def test_it_survives_json_whatever_there_is_to_judge(classes: tuple[str, ...], kept: str) -> None:
    beats = random_classified(classes)
    rows = {
        "all": np.ones(300, bool),
        "one class": beats.truth == classes[0],
        "one record": beats.record == "a",
        "one beat": np.arange(300) == 7,
    }[kept]
    report = class_report(beats.only(rows), "validation", ("a",) if kept == "all" else ())
    text = json.dumps(report.to_json(), allow_nan=False)
    assert [name for name in json.loads(text) if name not in WHERE_SOMETHING] == ALWAYS
    assert ClassReport.from_json(json.loads(text), "figures") == report


def test_what_a_task_adds_is_in_its_json_and_left_out_where_there_is_nothing(report: ClassReport) -> None:
    added = {"label_map": "e and j as N", "note": "Few.", "evaluated": "2026-11-22T10:41:56.207+00:00",
             "unreadable": {"101": "damaged"}, "layer": "corrected"}  # fmt: skip
    assert set(report.to_json()) == set(ALWAYS)
    complete = replace(report, left_out={"Q": 3}, simulated=True, missing=("F",), **added)
    value = complete.to_json()
    assert set(value) == {*ALWAYS, *WHERE_SOMETHING}
    assert {name: value[name] for name in added} == added
    assert ClassReport.from_json(value, "figures") == complete


@pytest.mark.parametrize("value", [None, [], "figures", 3, float("nan")])
def test_what_are_no_figures_at_all_is_refused_by_name(value: object) -> None:
    with pytest.raises(ModelError) as caught:
        ClassReport.from_json(value, "The card of x", ModelError)
    kind = type(value).__name__
    assert str(caught.value) == f"The card of x is damaged: expected figures, found {kind}."


def test_a_field_that_is_missing_or_of_another_kind_is_named(report: ClassReport) -> None:
    value = report.to_json()
    del value["confusion"]
    with pytest.raises(DataError, match=r"^The card of x is damaged: .*`confusion`"):
        ClassReport.from_json(value, "The card of x")
    value = report.to_json()
    value["classes"]["V"]["f1"] = "good"
    with pytest.raises(DataError, match=r"^The card of x is damaged: Expected `float \| null`, got `str`.*\.f1"):
        ClassReport.from_json(value, "The card of x")
