"""A report says everything once, gives Q counts but no score, and is read back from its JSON as it was."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ecg_core.errors import DataError
from ecg_core.evaluation.bootstrap import classification_intervals
from ecg_core.evaluation.class_report import ClassReport, class_report, scored
from ecg_core.evaluation.classification import Classified, figures, overall
from ecg_core.evaluation.figure import Figure

FIVE = ("N", "S", "V", "F", "Q")
KEYS = [
    "split", "scored", "accuracy", "macro_f1", "classes", "confusion", "macro_over", "intervals", "areas", "ec57",
    "calibration", "records", "without", "left_out", "simulated", "missing",
]  # fmt: skip
"""Of the JSON, where nothing else is to be said."""


def beats(classes: tuple[str, ...] = FIVE, n: int = 300, seed: int = 0) -> Classified:
    """Five records, a third of all beats called wrong; the last class rare."""
    rng = np.random.default_rng(seed)
    shares = np.array([0.6, *[0.4 / (len(classes) - 1)] * (len(classes) - 1)])
    true = rng.choice(len(classes), n, p=shares)
    called = np.where(rng.random(n) < 0.67, true, rng.integers(0, len(classes), n))
    probability = rng.dirichlet(np.ones(len(classes)), n).astype(np.float32)
    probability[np.arange(n), called] += 1
    return Classified(classes, np.array(classes)[true], probability / 2, rng.choice(list("abcde"), n))


@pytest.fixture(scope="module")
def report() -> ClassReport:
    return class_report(beats(), "DS2", ("b", "d"))


def test_the_report_has_these_parts_and_names_its_own(report: ClassReport) -> None:
    assert list(report.to_json()) == KEYS
    assert (report.split, report.scored) == ("DS2", 300)
    assert set(report.records) == set("abcde")
    assert set(report.ec57) == {"VEB", "SVEB"}
    assert report.macro_over == ("N", "S", "V", "F")


def test_q_has_counts_and_never_a_score(report: ClassReport) -> None:
    assert set(report.to_json()["classes"]["Q"]) == {"support", "records", "predicted"}
    assert report.classes["Q"].support > 0
    assert not report.classes["Q"].scored
    assert report.classes["Q"].sensitivity is report.classes["Q"].ppv is report.classes["Q"].f1 is None
    assert set(report.confusion) == set(report.confusion["Q"]) == set(FIVE)
    for part in (report.intervals.classes, report.areas, report.without["b"].f1):
        assert list(part) == ["N", "S", "V", "F"]
    assert all("Q" not in row.classes for row in report.records.values())
    assert report.macro_f1 == pytest.approx(figures(beats().confusion).f1[:4].mean())
    assert "Q F1" not in report.headline()


def test_every_class_but_q_is_scored() -> None:
    assert scored(FIVE) == ("N", "S", "V", "F")
    assert scored(("normal", "abnormal")) == ("normal", "abnormal")


def test_without_a_record_the_overall_figures_are_those_of_the_others(report: ClassReport) -> None:
    found = beats()
    assert list(report.without) == ["b", "d"]
    assert report.without["d"] == overall(found.only(found.record != "d"), scored(FIVE))
    assert report.without["d"].macro_f1 != report.macro_f1
    assert class_report(found, "DS2").without == {}


def test_its_intervals_and_figures_are_of_the_same_counts(report: ClassReport) -> None:
    assert report.intervals == classification_intervals(beats(), scored(FIVE))
    low, high = report.intervals.macro_f1
    assert low < report.macro_f1 < high
    assert sum(sum(row.values()) for row in report.confusion.values()) == report.scored


def test_the_figures_to_compare_by_are_those_of_the_report_with_their_intervals(report: ClassReport) -> None:
    assert [figure.name for figure in report.figures()] == ["Macro-F1", "Accuracy", "S F1", "V F1", "F F1"]
    assert report.figures()[0] == Figure("Macro-F1", report.macro_f1, report.intervals.macro_f1)
    assert report.figures()[1].kind == "share"
    assert report.figures()[3] == Figure("V F1", report.classes["V"].f1, report.intervals.classes["V"].f1)
    alone = replace(report, intervals=None).figures()
    assert [figure.value for figure in alone] == [figure.value for figure in report.figures()]
    assert {figure.interval for figure in alone} == {None}


def test_a_class_without_a_beat_is_absent_and_macro_f1_is_over_the_others() -> None:
    found = beats(FIVE[:4])
    report = class_report(found.only(found.truth != "F"), "DS2")
    assert report.absent == ("F",)
    assert report.macro_over == ("N", "S", "V")
    assert report.macro_f1 == pytest.approx(np.mean([report.classes[name].f1 for name in ("N", "S", "V")]))
    assert class_report(beats(), "DS2").absent == ()


@pytest.mark.parametrize("classes", [FIVE, FIVE[:4], ("normal", "abnormal")])
@pytest.mark.parametrize("kept", ["all", "one class", "one record", "one beat", "four records"])
def test_it_is_read_back_from_json_whatever_there_is_to_judge(classes: tuple[str, ...], kept: str) -> None:
    found = beats(classes)
    rows = {
        "all": np.ones(300, bool),
        "one class": found.truth == classes[0],
        "one record": found.record == "a",
        "one beat": np.arange(300) == 7,
        "four records": found.record != "a",
    }[kept]
    report = class_report(found.only(rows), "validation", ("a",) if kept == "all" else ())
    written = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert set(written) - {"note"} == set(KEYS)
    assert ClassReport.from_json(written, "The report") == report
    assert (report.intervals is None) == (len(report.records) < 5), "few records cannot say how records differ"


def test_what_else_is_said_of_it_is_read_back_too(report: ClassReport) -> None:
    full = replace(
        report,
        label_map="AAMI EC57",
        left_out={"clipped": 7},
        simulated=True,
        note="A note.",
        missing=("S",),
        evaluated="2026-01-01T00:00:00.000+00:00",
        unreadable={"z": "no such file"},
        layer="predictions",
    )
    assert ClassReport.from_json(json.loads(json.dumps(full.to_json())), "The report") == full


@pytest.mark.parametrize(
    ("n", "note"),
    [
        (1, "Only 1 beat of 1 record: these figures say next to nothing."),
        (99, "Only 99 beats of 5 records: these figures say next to nothing."),
        (100, ""),
    ],
)
def test_under_a_hundred_beats_the_note_says_so(n: int, note: str) -> None:
    report = class_report(beats().only(np.arange(300) < n), "DS2")
    assert (report.scored, report.note) == (n, note)
    assert report.to_json().get("note", "") == note


def test_judging_nothing_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        class_report(beats().only(np.zeros(300, bool)), "DS2")
    assert str(caught.value) == (
        "There is no beat to judge in DS2: no record holds one that has a class and is not excluded."
    )
