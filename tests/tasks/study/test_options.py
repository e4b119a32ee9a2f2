"""A study compares ways of training that differ in what they name, and in nothing else."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import RunError
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
        ("none", ("none",)),
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
        (" ", "choices is empty: name ways of training, separated by spaces."),
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


def test_every_seed_of_a_study_is_one_a_training_can_have() -> None:
    for name in ("seeds", "seed"):
        limits = StudyOptions.named(name).option
        assert limits.high is not None
        options = StudyOptions(**{name: int(limits.high)})
        options.of_way(PLAIN, options.seeds - 1)
    most = StudyOptions(seeds=int(StudyOptions.named("seeds").option.high or 0), seed=int(limits.high))
    most.of_way(PLAIN, most.seeds - 1)


@given(st.lists(st.sampled_from(USUAL), min_size=1), st.integers(2, 50), st.integers(0, 2**30))
def test_options_survive_json(ways: list[str], seeds: int, seed: int) -> None:
    options = StudyOptions(choices=" ".join(ways), seeds=seeds, seed=seed)
    assert StudyOptions.from_json(json.loads(json.dumps(options.to_json()))) == options
    assert options.ways[0] == PLAIN
