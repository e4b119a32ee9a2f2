"""A report says everything once, gives Q counts but no score, and is plain JSON."""

import json

import numpy as np
import pytest

from ecg_core.evaluation.bootstrap import classification_intervals
from ecg_core.evaluation.class_report import class_report, scored
from ecg_core.evaluation.classification import Classified, figures, summary

FIVE = ("N", "S", "V", "F", "Q")
KEYS = [
    "split", "scored", "accuracy", "macro_f1", "classes", "confusion", "macro_over", "intervals", "areas", "ec57",
    "calibration", "records", "without",
]  # fmt: skip


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
def report() -> dict:
    return class_report(beats(), "DS2", ("b", "d"))


def test_the_report_has_these_parts_and_names_its_own(report: dict) -> None:
    assert list(report) == KEYS
    assert (report["split"], report["scored"]) == ("DS2", 300)
    assert set(report["records"]) == set("abcde")
    assert set(report["ec57"]) == {"VEB", "SVEB"}


def test_q_has_counts_and_never_a_score(report: dict) -> None:
    assert set(report["classes"]["Q"]) == {"support", "records", "predicted"}
    assert report["classes"]["Q"]["support"] > 0
    assert set(report["confusion"]) == set(report["confusion"]["Q"]) == set(FIVE)
    for part in (report["intervals"]["classes"], report["areas"], report["without"]["b"]["f1"]):
        assert list(part) == ["N", "S", "V", "F"]
    assert all("Q" not in row for row in report["records"].values())
    assert report["macro_f1"] == pytest.approx(figures(beats().confusion).f1[:4].mean())


def test_every_class_but_q_is_scored() -> None:
    assert scored(FIVE) == ("N", "S", "V", "F")
    assert scored(("normal", "abnormal")) == ("normal", "abnormal")


def test_without_a_record_the_summary_is_that_of_the_others(report: dict) -> None:
    found = beats()
    assert list(report["without"]) == ["b", "d"]
    assert report["without"]["d"] == summary(found.only(found.record != "d"), scored(FIVE))
    assert report["without"]["d"]["macro_f1"] != report["macro_f1"]
    assert class_report(found, "DS2")["without"] == {}


def test_its_intervals_and_figures_are_of_the_same_counts(report: dict) -> None:
    assert report["intervals"] == classification_intervals(beats(), scored(FIVE))
    low, high = report["intervals"]["macro_f1"]
    assert low < report["macro_f1"] < high
    assert sum(sum(row.values()) for row in report["confusion"].values()) == report["scored"]


@pytest.mark.parametrize("classes", [FIVE, FIVE[:4], ("normal", "abnormal")])
@pytest.mark.parametrize("kept", ["all", "one class", "one record", "one beat"])
def test_it_is_json_whatever_there_is_to_judge(classes: tuple[str, ...], kept: str) -> None:
    found = beats(classes)
    rows = {
        "all": np.ones(300, bool),
        "one class": found.truth == classes[0],
        "one record": found.record == "a",
        "one beat": np.arange(300) == 7,
    }[kept]
    report = class_report(found.only(rows), "validation", ("a",) if kept == "all" else ())
    assert list(json.loads(json.dumps(report, allow_nan=False))) == KEYS
    assert (report["intervals"] is None) == (len(report["records"]) < 5), "two records cannot say how records differ"
