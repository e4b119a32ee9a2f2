"""Figures are given on records the model has not seen, say what was left out, and are plain JSON."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.usual_beat import usual_beat_caution
from ecg_core.data.patients import UNKNOWN_NOTE
from ecg_core.data.sources import open_folder
from ecg_core.errors import RunError
from ecg_core.evaluation.class_report import ClassReport, class_report
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.model import save_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import (
    GAN_NOTE,
    VALIDATION_NOTE,
    beats_report,
    check_validation,
    classified,
    validated,
)
from ecg_core.tasks.classifier.training import evaluate
from ecg_core.tasks.classifier.truth import labels_of
from ecg_core.tasks.judged_beats import JudgedOn
from tests.learning.cards import card_of

QUICK = ClassifierOptions(epochs=1, folds=2, members=1, most_normal=50, batch_size=64, parts=False, steps=False)
TRAIN, TEST = ("sim03", "sim10"), ("sim04", "sim08", "sim12")
TOO_FEW = " The training records held too few beats of class S to learn from: every beat of it counts as missed."
NOTE = "No patient of these records was seen in training."


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TRAIN)


@pytest.fixture(scope="module")
def test(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TEST)


@pytest.fixture(scope="module")
def classifier(train: BeatSet) -> BeatClassifier:
    return BeatClassifier(QUICK).fit(train)


def report(classifier: BeatClassifier, beats: BeatSet, part: str = "test", note: str = NOTE) -> ClassReport:
    result, _ = classified(classifier, beats)
    return beats_report(result, beats, part, classifier.options.escape, note, classifier.missing_)


def called(beats: BeatSet, names: dict[str, str]) -> BeatSet:
    """The same set with records of other names."""
    table = beats.table.assign(record=beats.table["record"].replace(names))
    known = {one: {names.get(k, k): v for k, v in getattr(beats, one).items()}
             for one in ("templates", "units_mv", "leads", "durations_s", "digests")}  # fmt: skip
    return dataclasses.replace(beats, table=table, **known)


def test_the_report_has_all_figures_and_what_a_reader_must_know(classifier: BeatClassifier, test: BeatSet) -> None:
    found = report(classifier, test)
    plain, _ = classified(classifier, test)
    added = {name: getattr(found, name) for name in ("label_map", "left_out", "simulated", "note", "missing")}
    assert dataclasses.replace(class_report(plain, "test"), **added) == found
    assert found.label_map == "AAMI EC57, e and j as N"
    assert found.simulated is True
    assert set(found.records) == set(TEST)
    assert (found.layer, found.unreadable, found.evaluated) == ("", {}, "")


def test_the_report_survives_json(classifier: BeatClassifier, test: BeatSet) -> None:
    found = report(classifier, test)
    assert ClassReport.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)), "figures") == found


def test_what_could_not_be_read_and_another_layer_are_said(classifier: BeatClassifier, test: BeatSet) -> None:
    other = dataclasses.replace(test, layer="second reader", left_out={"sim99": "no annotations"})
    found = report(classifier, other)
    assert (found.layer, found.unreadable) == ("second reader", {"sim99": "no annotations"})


def test_what_is_left_out_is_counted_by_reason(classifier: BeatClassifier, test: BeatSet) -> None:
    table = test.table.copy()
    normal = np.flatnonzero(table["beat_class"] == "N")
    table.loc[normal[:7], "excluded"] = "clipped"
    table.loc[normal[10:12], "excluded"] = "flat"
    found = report(classifier, dataclasses.replace(test, table=table))
    n_paced = int((test.table["beat_class"] == "Q").sum())
    assert found.left_out == {"Q": n_paced, "clipped": 7, "flat": 2}
    assert found.scored == len(test) - n_paced - 9
    assert sum(row.support for row in found.classes.values()) == found.scored


def test_every_beat_is_scored_or_left_out_once(classifier: BeatClassifier, test: BeatSet) -> None:
    table = test.table.copy()
    table.loc[np.flatnonzero(table["beat_class"] == "Q")[:5], "excluded"] = "clipped"
    found = report(classifier, dataclasses.replace(test, table=table), "test")
    assert found.scored + sum(found.left_out.values()) == len(test)


def test_a_class_too_rare_to_learn_is_said_to_be_missed(classifier: BeatClassifier, test: BeatSet) -> None:
    assert classifier.missing_ == ("S",)
    found = report(classifier, test, "test")
    assert found.missing == ("S",)
    assert found.note == NOTE + TOO_FEW
    assert found.classes["S"].sensitivity == 0


def test_the_figures_are_given_again_without_records_that_stand_for_too_much(
    classifier: BeatClassifier, test: BeatSet
) -> None:
    as_ds2 = called(test, {"sim04": "202", "sim12": "232"})
    assert list(report(classifier, as_ds2, "DS2").without) == ["202", "232"]
    alone = called(test.only(["sim04"]), {"sim04": "202"})
    assert report(classifier, alone, "202").without == {}, "nothing would be left"


def test_validation_is_judged_by_the_networks_that_had_not_seen_the_patient(
    classifier: BeatClassifier, train: BeatSet
) -> None:
    found = validated(classifier, train).report()
    own, _ = classified(classifier, train, classifier.validation_probability_)
    assert (found.split, found.note, found.missing) == ("validation", VALIDATION_NOTE + TOO_FEW, ("S",))
    assert found.confusion == class_report(own, "validation").confusion
    assert found.confusion != report(classifier, train, "train").confusion


def test_validation_of_a_training_with_a_gan_says_that_those_networks_did_without(
    classifier: BeatClassifier, train: BeatSet
) -> None:
    with_gan = dataclasses.replace(classifier, options=dataclasses.replace(QUICK, added="gan"))
    assert validated(with_gan, train).report().note.startswith(VALIDATION_NOTE + GAN_NOTE + TOO_FEW)


def test_validation_of_other_data_is_refused(classifier: BeatClassifier, test: BeatSet) -> None:
    with pytest.raises(RunError) as caught:
        validated(classifier, test).report()
    assert str(caught.value) == (
        "The validation belongs to the data the model was trained on, which are not in use now."
    )
    card = card_of("classifier", classifier.options, test)
    with pytest.raises(RunError, match="belongs to the data the model was trained on"):
        check_validation(card, dataclasses.replace(test, digests=dict.fromkeys(TEST, "0")))
    check_validation(card, test)


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
    found = report(classifier, some, "test")
    assert found.left_out == {"Q": 0}
    assert found.classes["Q"].scored is False
    assert found.to_json()["classes"]["Q"].keys() == {"support", "records", "predicted"}
    assert found.label_map == "AAMI EC57, e and j as S"
    assert beats_report(classified(classifier, some)[0], some, "test", "N", "", ()).label_map.endswith("as N")


def test_a_saved_classifier_is_judged_as_in_memory(
    classifier: BeatClassifier, train: BeatSet, test: BeatSet, tmp_path: Path, simulated: Path
) -> None:
    card = card_of("classifier", classifier.options, train)
    save_classifier(tmp_path, classifier, card)
    source = open_folder(simulated)
    found = evaluate(tmp_path, JudgedOn(source, TEST, "test"))
    unknown = f"No record of that name was seen in training. {UNKNOWN_NOTE}"
    assert found == report(classifier, test, note=" ".join(filter(None, [unknown, usual_beat_caution(test)])))
    assert evaluate(tmp_path, JudgedOn(source, TRAIN, "validation")) == validated(classifier, train).report()
    with pytest.raises(RunError, match="belongs to the data the model was trained on"):
        evaluate(tmp_path, JudgedOn(source, TEST, "validation"))
