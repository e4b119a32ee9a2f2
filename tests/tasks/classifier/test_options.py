"""Sets of classes; what all options have in common is tested in tests/learning/test_options.py."""

from typing import get_args

from ecg_core.beats.classes import CLASSES
from ecg_core.learning.options import OptionField
from ecg_core.tasks.classifier.options import CLASS_SET_WORDS, CLASS_SETS, ClassifierOptions, ClassSet
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions


def test_every_set_of_classes_has_names_and_they_are_aami_classes_or_words() -> None:
    assert set(CLASS_SETS) == set(CLASS_SET_WORDS) == set(get_args(ClassSet))
    for name, classes in CLASS_SETS.items():
        assert ClassifierOptions(classes=name).names == ImageClassifierOptions(classes=name).names == classes
        assert set(classes) <= set(CLASSES) or name == "normal or abnormal"
        assert len(set(classes)) == len(classes) >= 2


def test_options_of_both_classifiers_mean_the_same() -> None:
    """Each is declared once; only the defaults may differ, and what there is to add."""

    def meaning(option: OptionField) -> tuple[object, ...]:
        return option.type, option.choices, option.option

    shared = {option.name for option in ClassifierOptions.declared()} & {
        option.name for option in ImageClassifierOptions.declared()
    }
    assert shared >= {"balance", "ratio", "epochs", "folds", "members", "seed"}
    for name in shared - {"classes", "added", "gans"}:
        assert meaning(ClassifierOptions.named(name)) == meaning(ImageClassifierOptions.named(name))
