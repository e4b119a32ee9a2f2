"""The same beats in each form, as the classifier of a form has them drawn."""

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.images import FORMS
from ecg_core.tasks.image_classifier.classifier import ImageClassifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.image_classifier.side_by_side import in_form, some_of


def test_rows_of_a_class_are_drawn_by_seed_and_in_order(simulated_beats: BeatSet) -> None:
    rows = some_of(simulated_beats, "V", 5, 1)
    assert set(simulated_beats.table["beat_class"].iloc[rows]) == {"V"}
    assert np.all(np.diff(rows) > 0)
    assert rows.tolist() == some_of(simulated_beats, "V", 5, 1).tolist() != some_of(simulated_beats, "V", 5, 2).tolist()


def test_without_a_classifier_beats_are_drawn_in_every_form_and_no_two_forms_look_alike(
    simulated_beats: BeatSet,
) -> None:
    rows = some_of(simulated_beats, "V", 3, 0)
    beat, usual, context = (in_form(simulated_beats, rows, form) for form in FORMS)
    assert beat.images.shape == (3, 64, 64)
    assert beat.classes == ()
    assert not np.array_equal(beat.images, usual.images)
    assert not np.array_equal(usual.images, context.images)


def test_a_classifier_of_another_form_is_not_asked(simulated_beats: BeatSet) -> None:
    other = ImageClassifier(ImageClassifierOptions(form="usual"), ("N", "V"))
    with pytest.raises(ValueError, match="form"):
        in_form(simulated_beats, np.array([0]), "context", other)
