"""Hiding a part changes the probability of a class by what that part said, and by nothing where it said nothing."""

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import Encoder, Inputs
from ecg_core.tasks.classifier.occlusion import STEP, WINDOW, occlusion
from ecg_core.tasks.classifier.options import ClassifierOptions

OPTIONS = ClassifierOptions(epochs=8, members=1, most_normal=100, batch_size=32, parts=False, steps=False)


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(["sim03", "sim10"])


@pytest.fixture(scope="module")
def classifier(beats: BeatSet) -> BeatClassifier:
    return BeatClassifier(OPTIONS).fit(beats, validate=False)


@pytest.fixture(scope="module")
def ventricular(beats: BeatSet) -> Inputs:
    return Encoder(beats).encode(beats.rows_of("V")[:1])


def with_signal(beat: Inputs, signals: np.ndarray) -> Inputs:
    return Inputs(signals.astype(np.float32), beat.numbers)


def probability(classifier: BeatClassifier, beat: Inputs, beat_class: str = "V") -> float:
    return float(classifier.proba_of(beat)[0, classifier.classes_.index(beat_class)])


def test_the_fall_has_a_value_for_every_point_within_minus_one_and_one(
    classifier: BeatClassifier, ventricular: Inputs
) -> None:
    for name in classifier.classes_:
        fall, of_rhythm = occlusion(classifier, ventricular, name)
        assert fall.shape == (2, 144)
        assert np.isfinite(fall).all()
        assert np.abs(fall).max() <= 1
        assert -1 <= of_rhythm <= 1


def test_what_one_class_loses_the_others_gain(classifier: BeatClassifier, ventricular: Inputs) -> None:
    falls, rhythms = zip(*(occlusion(classifier, ventricular, name) for name in classifier.classes_), strict=True)
    assert sum(falls) == pytest.approx(np.zeros((2, 144)), abs=1e-5)
    assert sum(rhythms) == pytest.approx(0, abs=1e-5)


def test_a_point_falls_by_the_mean_over_the_windows_that_hide_it(
    classifier: BeatClassifier, ventricular: Inputs
) -> None:
    fall, _ = occlusion(classifier, ventricular, "V")
    whole = probability(classifier, ventricular)
    for lead, point in ((0, 0), (0, 70), (1, 143), (1, 62)):
        found = []
        for start in range(-WINDOW + STEP, 144, STEP):
            if start <= point < start + WINDOW:
                hidden = ventricular.signals.copy()
                hidden[0, lead, max(0, start) : start + WINDOW] = 0
                found.append(whole - probability(classifier, with_signal(ventricular, hidden)))
        assert len(found) == 3
        assert fall[lead, point] == pytest.approx(np.mean(found), abs=1e-5)


def test_a_ventricular_beat_is_told_by_its_shape(classifier: BeatClassifier, ventricular: Inputs) -> None:
    assert probability(classifier, ventricular) > 0.5
    assert occlusion(classifier, ventricular, "V")[0].max() > 0.01


def test_where_a_beat_is_as_usual_hiding_changes_nothing(classifier: BeatClassifier, ventricular: Inputs) -> None:
    usual = with_signal(ventricular, np.zeros_like(ventricular.signals))
    assert occlusion(classifier, usual, "V")[0] == pytest.approx(np.zeros((2, 144)), abs=1e-6)
    part = slice(50, 86)
    odd = np.zeros_like(ventricular.signals)
    odd[0, 0, part] = ventricular.signals[0, 0, part]
    fall, _ = occlusion(classifier, with_signal(ventricular, odd), "V")
    beyond = np.r_[: part.start - WINDOW, part.stop + WINDOW : 144]
    assert fall[1] == pytest.approx(np.zeros(144), abs=1e-6), "the other lead"
    assert fall[0, beyond] == pytest.approx(np.zeros(len(beyond)), abs=1e-6)
    assert np.abs(fall[0, part]).max() > 1e-3


def test_the_rhythm_counts_against_that_of_the_average_training_beat(
    classifier: BeatClassifier, ventricular: Inputs
) -> None:
    average = Inputs(ventricular.signals, classifier.scaler_.mean[None])
    _, fall = occlusion(classifier, ventricular, "V")
    assert fall == pytest.approx(probability(classifier, ventricular) - probability(classifier, average), abs=1e-5)
    assert abs(fall) > 1e-3
    assert occlusion(classifier, average, "V")[1] == pytest.approx(0, abs=1e-6)


def test_without_rhythm_hiding_it_changes_nothing(beats: BeatSet) -> None:
    options = ClassifierOptions(
        epochs=1, members=1, most_normal=50, batch_size=64, parts=False, rhythm=False, steps=False
    )
    classifier = BeatClassifier(options).fit(beats, validate=False)
    beat = Encoder(beats, rhythm=False).encode(beats.rows_of("V")[:1])
    fall, of_rhythm = occlusion(classifier, beat, "V")
    assert of_rhythm == pytest.approx(0, abs=1e-6)
    assert fall.any()


def test_the_beat_itself_is_left_alone(classifier: BeatClassifier, ventricular: Inputs) -> None:
    before = ventricular.signals.copy(), ventricular.numbers.copy()
    occlusion(classifier, ventricular, "V")
    assert np.array_equal(ventricular.signals, before[0])
    assert np.array_equal(ventricular.numbers, before[1])
