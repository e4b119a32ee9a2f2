"""What classifiers tell apart; what holds for all options is in tests/learning/test_options.py."""

from typing import get_args

import pytest

from ecg_core.beats.classes import CLASSES
from ecg_core.errors import RunError
from ecg_core.tasks.classifier.options import CLASS_SET_WORDS, CLASS_SETS, ClassifierOptions, ClassSet
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions


def test_every_set_of_classes_has_names_and_they_are_aami_classes_or_words() -> None:
    assert set(CLASS_SETS) == set(get_args(ClassSet)) == set(CLASS_SET_WORDS)
    for classes, names in CLASS_SETS.items():
        of_beats, of_images = ClassifierOptions(classes=classes), ImageClassifierOptions(classes=classes)  # type: ignore[arg-type]
        assert of_beats.names == of_images.names == names
        assert set(names) <= set(CLASSES) or classes == "normal or abnormal"
        assert len(set(names)) == len(names) >= 2


def test_there_is_no_smote_of_images() -> None:
    ClassifierOptions(added="smote")
    with pytest.raises(RunError) as caught:
        ImageClassifierOptions(added="smote")  # type: ignore[arg-type]
    assert str(caught.value) == "added is 'smote': choose one of none, gan."
