"""What is special to the options of classifiers; what all options have in common is tested with `learning.options`."""

from typing import get_args

import pytest

from ecg_core.beats.classes import CLASSES
from ecg_core.errors import RunError
from ecg_core.learning.options import Options
from ecg_core.tasks.classifier.options import CLASS_SET_WORDS, CLASS_SETS, ClassifierOptions, ClassSet
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions


def test_every_set_of_classes_has_names_and_they_are_aami_classes_or_words() -> None:
    assert set(CLASS_SETS) == set(get_args(ClassSet)) == set(CLASS_SET_WORDS)
    for class_set, names in CLASS_SETS.items():
        assert ClassifierOptions(classes=class_set).names == names  # type: ignore[arg-type]
        assert ImageClassifierOptions(classes=class_set).names == names  # type: ignore[arg-type]
        assert set(names) <= set(CLASSES) or class_set == "normal or abnormal"
        assert len(set(names)) == len(names) >= 2


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (ClassifierOptions, "escape", "V", "'V': choose one of N, S."),
        (ClassifierOptions, "added", None, "None: choose one of none, smote, gan."),
        (ImageClassifierOptions, "added", "smote", "'smote': choose one of none, gan."),
        (ImageClassifierOptions, "size", 100, "100: choose one of 64, 128."),
    ],
)
def test_what_only_one_of_them_can_have_is_refused_by_the_other(
    kind: type[Options], name: str, value: object, message: str
) -> None:
    with pytest.raises(RunError) as caught:
        kind(**{name: value})
    assert str(caught.value) == f"{name} is {message}"


def test_what_both_have_is_said_and_limited_alike() -> None:
    shared = ("balance", "ratio", "most_normal", "steps_per_epoch", "batch_size", "folds", "members", "seed")
    for name in shared:
        one, other = ClassifierOptions.named(name), ImageClassifierOptions.named(name)
        assert (one.option, one.type, one.choices) == (other.option, other.type, other.choices)
