"""Figures are given on records the model has not seen, say what was left out, and are plain JSON."""

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.errors import DataError, ModelError
from ecg_core.evaluation.class_report import class_report
from ecg_core.tasks.classifier.classifier import BeatClassifier, labels_of
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import (
    GAN_NOTE,
    VALIDATION_NOTE,
    beats_report,
    check_unseen,
    classified,
    report,
    said_of,
    validation_report,
)

QUICK = ClassifierOptions(epochs=1, folds=2, members=1, most_normal=50, batch_size=64, parts=False)
TRAIN, TEST = ("sim03", "sim10"), ("sim04", "sim08", "sim12")
TOO_FEW = " The training records held too few beats of class S to learn from: every beat of it counts as missed."
ADDED = {"label_map", "left_out", "simulated", "note", "missing"}


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TRAIN)


@pytest.fixture(scope="module")
def test(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TEST)


@pytest.fixture(scope="module")
def classifier(train: BeatSet) -> BeatClassifier:
    return BeatClassifier(QUICK).fit(train)


def card(train: tuple[str, ...] = TRAIN) -> dict[str, Any]:
    return {"split": {"train": list(train)}}


def called(beats: BeatSet, names: dict[str, str]) -> BeatSet:
    """The same set with records of other names."""
    table = beats.table.assign(record=beats.table["record"].replace(names))
    known = {one: {names.get(k, k): v for k, v in getattr(beats, one).items()}
             for one in ("templates", "units_mv", "leads", "durations_s", "digests")}  # fmt: skip
    return dataclasses.replace(beats, table=table, **known)


def test_a_record_the_model_was_trained_on_is_refused_in_every_part() -> None:
    for part in ("DS2", "test", "unseen", "all", "106,101"):
        with pytest.raises(ModelError) as caught:
            check_unseen(card(("101", "106")), ("100", "106", "101"), part)
        assert str(caught.value) == (
            "The model was trained on record 106, 101: figures on it would flatter. Judge it on other records, or on "
            "its validation."
        )


@pytest.mark.parametrize(("trained", "judged"), [("201", "202"), ("202", "201")])
@pytest.mark.parametrize("part", ["all", "202", "201,100", "DS1", "train"])
def test_another_record_of_a_trained_patient_is_refused(trained: str, judged: str, part: str) -> None:
    with pytest.raises(ModelError) as caught:
        check_unseen(card(("101", trained)), ("100", judged), part)
    assert str(caught.value) == (
        f"Record {judged} is of a patient the model was trained on: leave it out. Only DS2 as the literature has it "
        "may hold it, with the figure without it beside."
    )


@pytest.mark.parametrize("part", ["DS2", "test", "unseen"])
def test_the_ds2_of_the_literature_holds_202(part: str) -> None:
    check_unseen(card(("101", "201")), ("100", "202"), part)


def test_records_of_other_patients_may_be_judged() -> None:
    check_unseen(card(("101", "106")), ("201", "202", "100"), "201,202,100")


def test_the_report_has_all_figures_and_what_a_reader_must_know(classifier: BeatClassifier, test: BeatSet) -> None:
    found = report(classifier, card(), test, "test")
    plain, _ = classified(classifier, test)
    assert set(found) == set(class_report(plain, "test")) | ADDED
    assert {name: found[name] for name in ("split", "accuracy", "confusion")} == {
        name: class_report(plain, "test")[name] for name in ("split", "accuracy", "confusion")
    }
    assert found["label_map"] == "AAMI EC57, e and j as N"
    assert found["simulated"] is True
    assert set(found["records"]) == set(TEST)
    json.dumps(found, allow_nan=False)


def test_what_is_left_out_is_counted_by_reason(classifier: BeatClassifier, test: BeatSet) -> None:
    table = test.table.copy()
    normal = np.flatnonzero(table["beat_class"] == "N")
    table.loc[normal[:7], "excluded"] = "clipped"
    table.loc[normal[10:12], "excluded"] = "flat"
    found = report(classifier, card(), dataclasses.replace(test, table=table), "test")
    n_paced = int((test.table["beat_class"] == "Q").sum())
    assert found["left_out"] == {"Q": n_paced, "clipped": 7, "flat": 2}
    assert found["scored"] == len(test) - n_paced - 9
    assert sum(row["support"] for row in found["classes"].values()) == found["scored"]


def test_every_beat_is_scored_or_left_out_once(classifier: BeatClassifier, test: BeatSet) -> None:
    table = test.table.copy()
    table.loc[np.flatnonzero(table["beat_class"] == "Q")[:5], "excluded"] = "clipped"
    found = report(classifier, card(), dataclasses.replace(test, table=table), "test")
    assert found["scored"] + sum(found["left_out"].values()) == len(test)


def test_a_class_too_rare_to_learn_is_said_to_be_missed(classifier: BeatClassifier, test: BeatSet) -> None:
    assert classifier.missing_ == ("S",)
    found = report(classifier, card(), test, "test")
    assert found["missing"] == ["S"]
    assert found["note"] == "No patient of these records was seen in training." + TOO_FEW
    assert found["classes"]["S"]["sensitivity"] == 0


def test_the_note_says_where_one_patient_is_on_both_sides_and_gives_the_figures_without(
    classifier: BeatClassifier, test: BeatSet
) -> None:
    as_ds2 = called(test, {"sim04": "202", "sim12": "232"})
    found = report(classifier, card(("101", "201")), as_ds2, "DS2")
    assert found["note"].startswith(
        "Records 201 (training) and 202 (here) are one patient, as DS1/DS2 of the literature has it; the figures "
        "without 202 are given too."
    )
    assert list(found["without"]) == ["202", "232"]
    assert said_of(card(("101", "106")), as_ds2, ())["note"] == "No patient of these records was seen in training."
    alone = called(test.only(["sim04"]), {"sim04": "202"})
    assert report(classifier, card(("101",)), alone, "202")["without"] == {}, "nothing would be left"


def test_validation_is_judged_by_the_networks_that_had_not_seen_the_patient(
    classifier: BeatClassifier, train: BeatSet
) -> None:
    found = validation_report(classifier, train)
    own, _ = classified(classifier, train, classifier.validation_probability_)
    assert (found["split"], found["note"], found["missing"]) == ("validation", VALIDATION_NOTE + TOO_FEW, ["S"])
    assert found["confusion"] == class_report(own, "validation")["confusion"]
    assert found["confusion"] != report(classifier, card(), train, "train")["confusion"]
    json.dumps(found, allow_nan=False)


def test_validation_of_a_training_with_a_gan_says_that_those_networks_did_without(
    classifier: BeatClassifier, train: BeatSet
) -> None:
    with_gan = dataclasses.replace(classifier, options=dataclasses.replace(QUICK, added="gan"))
    assert validation_report(with_gan, train)["note"] == VALIDATION_NOTE + GAN_NOTE + TOO_FEW


def test_validation_of_other_data_is_refused(classifier: BeatClassifier, test: BeatSet) -> None:
    with pytest.raises(DataError) as caught:
        validation_report(classifier, test)
    assert str(caught.value) == (
        "The validation belongs to the data the model was trained on, which are not in use now."
    )


def test_only_beats_with_a_class_that_are_not_excluded_are_judged(classifier: BeatClassifier, test: BeatSet) -> None:
    table = test.table.copy()
    table.loc[::10, "excluded"] = "clipped"
    some = dataclasses.replace(test, table=table)
    found, rows = classified(classifier, some)
    assert np.array_equal(rows, np.flatnonzero(some.used & (labels_of(some, QUICK) >= 0)))
    assert np.array_equal(found.truth, table["beat_class"].to_numpy(dtype=str)[rows])
    assert np.array_equal(found.record, table["record"].to_numpy(dtype=str)[rows])
    assert np.array_equal(found.probability, classifier.predict_proba(some)[rows])


def test_five_classes_leave_no_q_out_and_give_it_no_score(simulated_beats: BeatSet) -> None:
    some = simulated_beats.only(["sim08", "sim09"])
    options = dataclasses.replace(QUICK, classes="five classes", escape="S")
    classifier = BeatClassifier(options).fit(some, validate=False)
    found = report(classifier, card(), some, "test")
    assert found["left_out"] == {"Q": 0}
    assert found["classes"]["Q"].keys() == {"support", "records", "predicted"}
    assert found["label_map"] == "AAMI EC57, e and j as S"
    assert beats_report(classified(classifier, some)[0], some, "test", "N")["label_map"].endswith("as N")
