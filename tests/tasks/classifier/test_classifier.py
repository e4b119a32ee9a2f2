"""The classifier judges no patient with a network that has seen them, learns nothing from what it is tested on, and
repeats itself, broken off or not.

On simulated recordings, a few networks of an epoch each: what is asked here does not depend on how good they are.
"""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import folds
from ecg_core.beats.synthetic import RHYTHM, SyntheticBeats
from ecg_core.errors import DataError, ModelError, RunError
from ecg_core.evaluation.classification import figures
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.loop import Stopped
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.beat_cnn_numpy import classify_beats
from ecg_core.tasks.classifier import classifier as classifier_module
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import Encoder, NumberScaler
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import classified
from ecg_core.tasks.classifier.truth import labels_from, labels_of, truth_of
from tests.learning.listening import Listener

TRAIN, TEST = ("sim01", "sim03", "sim04", "sim10"), ("sim05", "sim12")
OPTIONS = ClassifierOptions(
    balance="class-weights", augment=True, parts=False, rhythm=True, added="none", epochs=1, folds=2, members=1,
    batch_size=64, most_normal=50, learning_rate=6e-3, steps=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TRAIN)


@pytest.fixture(scope="module")
def test(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TEST)


def fitted(
    beats: BeatSet, options: ClassifierOptions = OPTIONS, monitor: Monitor | None = None, **more: Any
) -> BeatClassifier:
    return BeatClassifier(options).fit(beats, monitor=monitor, **more)


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="module")
def classifier(train: BeatSet, listener: Listener) -> BeatClassifier:
    return fitted(train, monitor=listener)


def same_arrays(a: Arrays, b: Arrays) -> bool:
    return set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a)


def same_networks(a: BeatClassifier, b: BeatClassifier) -> bool:
    return len(a.networks_) == len(b.networks_) and all(map(same_arrays, a.networks_, b.networks_))


def same(a: BeatClassifier, b: BeatClassifier) -> bool:
    """Whether two classifiers learned exactly the same."""
    return (
        same_networks(a, b)
        and np.array_equal(a.scaler_.mean, b.scaler_.mean)
        and np.array_equal(a.scaler_.deviation, b.scaler_.deviation)
        and np.array_equal(a.validation_probability_, b.validation_probability_)
        and (a.missing_, a.trained_on_) == (b.missing_, b.trained_on_)
    )


def of_record(beats: BeatSet, *names: str) -> npt.NDArray[np.bool_]:
    return beats.table["record"].isin(names).to_numpy()


def of_class(beats: BeatSet, names: str) -> npt.NDArray[np.bool_]:
    return beats.table["beat_class"].isin(list(names)).to_numpy()


def with_noise(beats: BeatSet, rows: npt.NDArray[np.bool_]) -> BeatSet:
    """The same set with noise on some beats; templates and units stay."""
    signals = np.array(beats.signals)
    signals[rows] += np.random.default_rng(0).normal(0, 0.3, signals[rows].shape).astype(np.float32)
    return dataclasses.replace(beats, signals=signals)


def relabelled(beats: BeatSet, rows: npt.NDArray[np.bool_], seed: int = 0) -> BeatSet:
    """The same set with the labels of some beats dealt out anew among them."""
    table = beats.table.copy()
    at = np.flatnonzero(rows)
    order = np.random.default_rng(seed).permutation(at)
    for column in ("beat_class", "symbol"):
        values = table[column].to_numpy().copy()
        values[at] = values[order]
        table[column] = values
    return dataclasses.replace(beats, table=table)


def copies(beats: BeatSet, rows: npt.NDArray[np.int64], trained_on: tuple[str, ...]) -> SyntheticBeats:
    """Recorded beats passed off as synthetic ones."""
    table = beats.table.iloc[rows]
    return SyntheticBeats(
        np.array(beats.signals[rows]), table[list(RHYTHM)].fillna(1).to_numpy(np.float32),
        table["beat_class"].to_numpy(dtype=str), beats.config, "copies", trained_on,
    )  # fmt: skip


def test_a_seed_reproduces_everything_and_another_seed_does_not(train: BeatSet, classifier: BeatClassifier) -> None:
    assert same(fitted(train), classifier)
    assert not same_networks(fitted(train, dataclasses.replace(OPTIONS, seed=1)), classifier)


def test_probabilities_are_those_of_classes_and_sum_to_one(test: BeatSet, classifier: BeatClassifier) -> None:
    found = classifier.predict_proba(test)
    assert (found.shape, found.dtype) == ((len(test), 4), np.float32)
    assert classifier.classes_ == ("N", "S", "V", "F")
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(classifier.predict(test), np.array(list("NSVF"))[found.argmax(axis=1)])


def test_labels_of_test_records_change_no_probability_no_prediction_and_nothing_learned(
    simulated_beats: BeatSet, test: BeatSet, classifier: BeatClassifier
) -> None:
    before = classifier.predict_proba(test)
    permuted = relabelled(test, np.ones(len(test), bool))
    assert not test.table["beat_class"].equals(permuted.table["beat_class"])
    assert np.array_equal(classifier.predict_proba(permuted), before)
    assert np.array_equal(classifier.predict(permuted), classifier.predict(test))
    elsewhere = relabelled(simulated_beats, of_record(simulated_beats, *TEST))
    assert same(fitted(elsewhere.only(TRAIN)), classifier)


def test_signals_of_records_that_are_not_trained_on_change_nothing_learned(
    simulated_beats: BeatSet, classifier: BeatClassifier
) -> None:
    other = with_noise(simulated_beats, ~of_record(simulated_beats, *TRAIN))
    assert same(fitted(other.only(TRAIN)), classifier)


def test_signals_and_labels_of_training_records_do_change_it(train: BeatSet, classifier: BeatClassifier) -> None:
    assert not same_networks(fitted(with_noise(train, of_class(train, "V"))), classifier)
    assert not same_networks(fitted(relabelled(train, ~of_class(train, "N"))), classifier)


def test_a_patient_left_out_reaches_neither_network_nor_scaler_that_judges_them(
    train: BeatSet, classifier: BeatClassifier, listener: Listener
) -> None:
    held_outs = [held for _, held in folds(train.records, OPTIONS.folds, OPTIONS.seed, train.patients)]
    assert sorted(sum(held_outs, ())) == sorted(train.records)
    for stage, held_out in enumerate(held_outs):
        rows = of_record(train, *held_out)
        own = Listener()
        changed = relabelled(train, rows)
        signals = changed.signals * np.where(rows, 1.3, 1).astype(np.float32)[:, None, None]
        table = changed.table.assign(rr_pre_s=np.where(rows, 0.7, 1) * changed.table["rr_pre_s"])
        fitted(dataclasses.replace(changed, signals=signals, table=table), monitor=own)
        assert same_arrays(own.network(stage), listener.network(stage)), "this network leaves the patients out"
        assert not same_arrays(own.network(1 - stage), listener.network(1 - stage)), "the other one trains on them"
        assert not same_arrays(own.network(2), listener.network(2)), "and so does the final one"


def test_labels_of_a_patient_left_out_do_not_change_how_they_are_judged(
    train: BeatSet, classifier: BeatClassifier
) -> None:
    _, held_out = folds(train.records, OPTIONS.folds, OPTIONS.seed, train.patients)[0]
    rows = of_record(train, *held_out)
    other = fitted(relabelled(train, rows))
    assert np.array_equal(other.validation_probability_[rows], classifier.validation_probability_[rows])
    assert not np.array_equal(other.validation_probability_[~rows], classifier.validation_probability_[~rows])


def test_validation_probabilities_are_not_those_of_the_final_network(
    train: BeatSet, classifier: BeatClassifier
) -> None:
    found = classifier.validation_probability_
    assert found.shape == (len(train), 4)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    final = classifier.predict_proba(train)
    for name in TRAIN:
        assert not np.allclose(found[of_record(train, name)], final[of_record(train, name)], atol=0.01)


def test_a_record_alone_is_classified_as_among_others(test: BeatSet, classifier: BeatClassifier) -> None:
    among = classifier.predict_proba(test)[of_record(test, "sim12")]
    assert np.allclose(classifier.predict_proba(test.only(["sim12"])), among, atol=1e-5)


def test_a_louder_recording_is_classified_alike(test: BeatSet, classifier: BeatClassifier) -> None:
    louder = dataclasses.replace(
        test,
        signals=4 * np.array(test.signals),
        templates={name: 4 * one for name, one in test.templates.items()},
        units_mv={name: 4 * one for name, one in test.units_mv.items()},
    )
    assert np.allclose(classifier.predict_proba(louder), classifier.predict_proba(test), atol=1e-4)


def test_ventricular_beats_of_unseen_patients_are_found(train: BeatSet, test: BeatSet) -> None:
    options = dataclasses.replace(OPTIONS, epochs=4, most_normal=100)
    values = figures(classified(fitted(train, options, validate=False), test)[0].confusion)
    assert values.sensitivity[2] > 0.8
    assert values.sensitivity[0] > 0.8


def test_excluded_beats_change_nothing_learned(train: BeatSet) -> None:
    table = train.table.copy()
    table.loc[::20, "excluded"] = "clipped"
    some = dataclasses.replace(train, table=table)
    one, other = fitted(some), fitted(with_noise(some, ~some.used))
    assert same_networks(one, other)
    assert not one.validation_probability_[~some.used].any(), "they are not judged"


def test_the_final_network_learns_n_beats_up_to_the_most_and_all_others(
    train: BeatSet, classifier: BeatClassifier
) -> None:
    counts = train.table["beat_class"].value_counts()
    rare = {name: int(counts[name]) for name in "SVF"}
    assert classifier.trained_on_ == {"N": 50 * len(TRAIN), **rare}
    parts = fitted(train, dataclasses.replace(OPTIONS, parts=True), validate=False)
    assert parts.trained_on_ == {name: 2 * n for name, n in classifier.trained_on_.items()}, "whole and in quarters"


def test_several_members_start_apart_and_their_probabilities_are_averaged(train: BeatSet, test: BeatSet) -> None:
    options = dataclasses.replace(OPTIONS, members=2)
    both = fitted(train, options, validate=False)
    assert len(both.networks_) == 2
    assert not same_arrays(*both.networks_)
    assert both.trained_on_ == fitted(train, validate=False).trained_on_
    alone = [dataclasses.replace(both, networks_=[one]).predict_proba(test) for one in both.networks_]
    assert np.allclose(both.predict_proba(test), (alone[0] + alone[1]) / 2, atol=1e-6)


def test_the_scaler_is_fitted_to_training_rows_and_used_on_others(train: BeatSet, test: BeatSet) -> None:
    options = dataclasses.replace(OPTIONS, most_normal=100_000)
    some = train.only(["sim04"])
    classifier = fitted(some, options, validate=False)
    expected = NumberScaler.fit(Encoder(some).encode(np.flatnonzero(labels_of(some, options) >= 0)).numbers)
    assert np.array_equal(classifier.scaler_.mean, expected.mean)
    assert np.array_equal(classifier.scaler_.deviation, expected.deviation)
    inputs = Encoder(test).encode(np.arange(len(test))).scaled(expected)
    by_hand = classify_beats(classifier.networks_[0], inputs.signals, inputs.numbers)
    by_hand = classifier_module.without(by_hand, classifier.classes_, classifier.missing_)
    assert np.allclose(by_hand, classifier.predict_proba(test), atol=1e-5)


def test_rhythm_counts_with_it_and_not_without(train: BeatSet, test: BeatSet, classifier: BeatClassifier) -> None:
    earlier = dataclasses.replace(test, table=test.table.assign(rr_pre_s=test.table["rr_pre_s"] ** 2))
    assert not np.allclose(classifier.predict_proba(earlier), classifier.predict_proba(test), atol=0.01)
    shape = fitted(train, dataclasses.replace(OPTIONS, rhythm=False), validate=False)
    assert np.array_equal(shape.predict_proba(earlier), shape.predict_proba(test))


def test_without_validation_only_final_networks_are_trained(train: BeatSet) -> None:
    listener = Listener()
    classifier = fitted(train, monitor=listener, validate=False)
    assert [(row.stage, row.stages) for row in listener.rows] == [(1, 1)]
    assert classifier.validation_probability_.shape == (0, 4)
    fitted(train.only(["sim10"]), validate=False)  # one patient is enough then


def test_rows_of_progress_count_epochs_over_every_network(listener: Listener, classifier: BeatClassifier) -> None:
    assert classifier.networks_
    assert [(row.stage, row.stages, row.epoch, row.done, row.of) for row in listener.rows] == [
        (1, 3, 1, 1, 3), (2, 3, 1, 2, 3), (3, 3, 1, 3, 3)
    ]  # fmt: skip
    assert ["validation_loss" in row.figures for row in listener.rows] == [True, True, False]
    assert all(0 <= row.figures["macro_f1"] <= 1 for row in listener.rows[:2])
    assert listener.rows[-1].eta_s == 0
    assert [one.values["done"] for one in listener.kept] == [1, 2, 3]


TWICE = dataclasses.replace(OPTIONS, epochs=2, members=2, most_normal=50)


@pytest.fixture(scope="module")
def whole(train: BeatSet) -> tuple[BeatClassifier, Listener]:
    listener = Listener()
    return fitted(train, TWICE, listener), listener


@pytest.mark.parametrize("stop_after", [1, 2, 5, 7])
def test_a_stopped_training_goes_on_to_exactly_what_an_unbroken_one_learns(
    train: BeatSet, whole: tuple[BeatClassifier, Listener], stop_after: int
) -> None:
    stopped = Listener(stop_after)
    with pytest.raises(Stopped):
        fitted(train, TWICE, stopped)
    assert len(stopped.rows) == stop_after
    resumed = Listener(resume=stopped.kept[-1])
    assert same(fitted(train, TWICE, resumed), whole[0])
    assert stopped.losses + resumed.losses == whole[1].losses


def test_beats_of_a_gan_reach_the_final_network_and_no_other(train: BeatSet) -> None:
    made = copies(train, np.concatenate([train.rows_of(name) for name in "SVF"]), TRAIN)
    options = dataclasses.replace(OPTIONS, added="gan", most_normal=300, ratio=0.2)
    listeners = Listener(), Listener()
    without, with_gan = fitted(train, options, listeners[0]), fitted(train, options, listeners[1], synthetic=made)
    assert np.array_equal(with_gan.validation_probability_, without.validation_probability_)
    for stage in (0, 1):
        assert same_arrays(listeners[0].network(stage), listeners[1].network(stage))
    assert not same_networks(with_gan, without)
    assert with_gan.trained_on_["V"] > without.trained_on_["V"]
    assert with_gan.trained_on_["N"] == without.trained_on_["N"]


def test_synthetic_beats_are_not_used_unless_they_were_chosen(train: BeatSet, classifier: BeatClassifier) -> None:
    made = copies(train, train.rows_of("V"), TRAIN)
    assert same(fitted(train, synthetic=made), classifier)


def test_a_gan_that_saw_other_records_is_refused(train: BeatSet) -> None:
    made = copies(train, train.rows_of("V"), (*TRAIN, "sim12"))
    with pytest.raises(DataError, match="was trained on record sim12, which is not in this training set"):
        fitted(train, dataclasses.replace(OPTIONS, added="gan"), synthetic=made)


def test_one_patient_alone_cannot_be_validated(train: BeatSet) -> None:
    with pytest.raises(RunError) as caught:
        fitted(train.only(["sim10"]))
    assert str(caught.value) == (
        "Record sim10: one patient only, at least 2 are needed, so that each can be left out in turn for validation. "
        "Choose more records."
    )


def test_two_records_of_one_patient_cannot_be_validated_either(train: BeatSet) -> None:
    two = train.only(["sim03", "sim10"])
    table = two.table.assign(patient="same")
    with pytest.raises(RunError, match=r"^Record sim03, sim10: one patient only, at least 2 are needed"):
        fitted(dataclasses.replace(two, table=table))


def test_one_class_alone_cannot_be_learned(train: BeatSet) -> None:
    table = train.table.copy()
    table.loc[of_class(train, "SVF"), "beat_class"] = "Q"
    table.loc[np.flatnonzero(of_class(train, "V"))[0], "beat_class"] = "V"
    with pytest.raises(RunError) as caught:
        fitted(dataclasses.replace(train, table=table))
    normal = int(of_class(train, "N").sum())
    assert str(caught.value) == (
        f"The training records hold beats of fewer than two classes ({normal:,} N, 0 S, 1 V, 0 F): choose records with "
        "more."
    )


def test_a_fold_that_leaves_one_class_to_train_on_is_refused(simulated_beats: BeatSet) -> None:
    two = simulated_beats.only(["sim02", "sim03"])
    table = two.table.copy()
    table.loc[of_record(two, "sim02") & ~of_class(two, "N"), "beat_class"] = "Q"
    with pytest.raises(RunError) as caught:
        fitted(dataclasses.replace(two, table=table))
    assert str(caught.value) == (
        "Without record sim03, left out for validation, one class of beats remains to train on: choose more records."
    )


def test_classes_of_which_the_training_records_hold_too_few_beats_are_named(simulated_beats: BeatSet) -> None:
    some = simulated_beats.only(["sim01", "sim05"])
    classifier = fitted(some)
    assert classifier.missing_ == ("F",)
    assert classifier.trained_on_["F"] == 0
    assert classifier.predict_proba(some).shape == (len(some), 4)
    one = fitted(simulated_beats.only(["sim06", "sim12"]), validate=False)
    assert one.missing_ == ("F",), "a single beat is too few"


def test_a_classifier_of_five_classes_knows_q_and_one_of_two_knows_normal_and_abnormal(
    simulated_beats: BeatSet,
) -> None:
    some = simulated_beats.only(["sim08", "sim09"])
    five = fitted(some, dataclasses.replace(OPTIONS, classes="five classes"), validate=False)
    assert five.trained_on_["Q"] == 627
    assert set(five.missing_) == {"S", "F"}
    two = fitted(some, dataclasses.replace(OPTIONS, classes="normal or abnormal"), validate=False)
    assert two.trained_on_ == {"normal": 100, "abnormal": 10}, "Q is neither"
    assert set(two.predict(some)) <= {"normal", "abnormal"}


def test_rows_cannot_be_added_to_normal_and_abnormal(train: BeatSet) -> None:
    with pytest.raises(RunError, match="Beats are added class by class"):
        fitted(train, dataclasses.replace(OPTIONS, classes="normal or abnormal", added="smote"))


@pytest.mark.parametrize("escape", ["N", "S"])
def test_escape_beats_are_n_or_s_as_the_options_say(simulated_beats: BeatSet, escape: str) -> None:
    some = simulated_beats.only(["sim11"])
    nodal = (some.table["symbol"] == "j").to_numpy()
    assert nodal.sum() == 5
    truth = truth_of(some, escape)
    assert set(truth[nodal]) == {escape}
    assert np.array_equal(truth[~nodal], some.table["beat_class"].to_numpy(dtype=str)[~nodal])
    options = dataclasses.replace(OPTIONS, escape=escape)
    assert (labels_of(some, options)[nodal] == "NS".index(escape)).all()


@pytest.mark.parametrize(
    ("class_set", "expected"),
    [
        ("four classes", [0, 1, 2, 3, -1]),
        ("five classes", [0, 1, 2, 3, 4]),
        ("normal or abnormal", [0, 1, 1, 1, -1]),
    ],
)
def test_labels_are_numbers_of_a_set_of_classes_and_minus_one_where_it_has_none(
    class_set: str, expected: list[int]
) -> None:
    assert labels_from(np.array(list("NSVFQ")), class_set).tolist() == expected


def test_an_untrained_classifier_classifies_nothing(test: BeatSet) -> None:
    with pytest.raises(ModelError) as caught:
        BeatClassifier().predict_proba(test)
    assert str(caught.value) == "This classifier is not trained yet."
    with pytest.raises(ModelError, match="not trained yet"):
        BeatClassifier().proba_of(Encoder(test).encode(np.arange(2)))
