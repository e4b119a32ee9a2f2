"""A study compares ways of training that differ in what they name, and in nothing else."""

from dataclasses import asdict

import pytest

from ecg_core.errors import RunError
from ecg_core.learning.options import OptionField
from ecg_core.tasks.classifier.balancing import check_class_set
from ecg_core.tasks.study.options import PLAIN, USUAL, WAYS, StudyOptions


def refused(**chosen: object) -> str:
    with pytest.raises(RunError) as caught:
        StudyOptions(**chosen)
    return str(caught.value)


@pytest.mark.parametrize("way", [*USUAL, *WAYS])
def test_a_way_changes_what_it_names_and_nothing_else(way: str) -> None:
    options = StudyOptions(ratio=0.4, gans="a b", epochs=3, steps_per_epoch=70, seed=10)
    plain, found = (asdict(options.of_way(one, 2)) for one in (PLAIN, way))
    changed = {name: value for name, value in found.items() if value != plain[name]}
    assert changed == {name: value for part in way.split("+") for name, value in WAYS[part].items()}
    assert (plain["balance"], plain["added"], plain["augment"], plain["parts"]) == ("none", "none", False, False)
    shared = {name: found[name] for name in ("ratio", "gans", "epochs", "steps_per_epoch", "seed")}
    assert shared == {"ratio": 0.4, "gans": "a b", "epochs": 3, "steps_per_epoch": 70, "seed": 12}


def test_seeds_follow_each_other_and_are_the_same_for_every_way() -> None:
    options = StudyOptions(seed=100, seeds=3)
    for way in options.ways:
        assert [options.of_way(way, k).seed for k in range(3)] == [100, 101, 102]


def test_every_usual_way_suits_four_classes_and_shows_the_same_number_of_steps() -> None:
    options = StudyOptions()
    assert options.ways == USUAL
    found = [options.of_way(way, 0) for way in options.ways]
    for one in found:
        check_class_set(one.classes, one)
    assert len({(one.classes, one.epochs, one.steps_per_epoch, one.batch_size) for one in found}) == 1
    assert found[0].steps_per_epoch > 0
    assert len(set(found)) == len(USUAL), "no two are the same training"


@pytest.mark.parametrize(
    ("choices", "ways"),
    [
        ("smote", ("none", "smote")),
        ("smote none", ("none", "smote")),
        ("  gan\tsmote \n gan ", ("none", "gan", "smote")),
        ("smote+augmentation class-weights", ("none", "smote+augmentation", "class-weights")),
    ],
)
def test_the_plainest_way_comes_first_and_each_once(choices: str, ways: tuple[str, ...]) -> None:
    assert StudyOptions(choices=choices).ways == ways


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ("smoke", "Unknown way of training 'smoke': choose among none, class-weights, balanced-batches, oversampling, "
         "augmentation, smote, gan, or join some by +."),
        ("smote smote+", "Unknown way of training '': choose among none, class-weights, balanced-batches, "
         "oversampling, augmentation, smote, gan, or join some by +."),
        ("smote+gan", "smote+gan: two of these set added. Choose one of them."),
        ("class-weights+augmentation+oversampling", "class-weights+augmentation+oversampling: two of these set "
         "balance. Choose one of them."),
        ("augmentation+augmentation", "augmentation+augmentation: two of these set augment, parts. Choose one of "
         "them."),
    ],
)  # fmt: skip
def test_a_way_there_is_not_is_refused_before_anything_is_trained(choices: str, message: str) -> None:
    assert refused(choices=choices) == message


@pytest.mark.parametrize("choices", ["", " \t\n"])
def test_no_way_at_all_is_refused(choices: str) -> None:
    assert refused(choices=choices) == "choices is empty: name ways of training, separated by spaces."


@pytest.mark.parametrize(
    "one", [one for one in StudyOptions.declared() if one.option.low is not None], ids=lambda one: one.name
)
def test_at_the_limits_of_a_study_every_training_has_options_of_its_own(one: OptionField) -> None:
    for limit in (one.option.low, one.option.high):
        options = StudyOptions(**{one.name: limit})
        options.of_way(PLAIN, options.seeds - 1)
