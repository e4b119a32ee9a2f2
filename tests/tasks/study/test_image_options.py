"""A study of images compares ways of training that differ in what they name, and in nothing else."""

from dataclasses import asdict

import pytest

from ecg_core.errors import RunError
from ecg_core.tasks.study.image_options import IMAGE_WAYS, USUAL_OF_IMAGES, ImageStudyOptions
from ecg_core.tasks.study.options import PLAIN


@pytest.mark.parametrize("way", [*USUAL_OF_IMAGES, *IMAGE_WAYS])
def test_a_way_changes_what_it_names_and_nothing_else(way: str) -> None:
    options = ImageStudyOptions(ratio=0.4, gans="a b", form="usual", epochs=3, steps_per_epoch=70, seed=10)
    plain, found = (asdict(options.of_way(one, 2)) for one in (PLAIN, way))
    changed = {name: value for name, value in found.items() if value != plain[name]}
    assert changed == {name: value for part in way.split("+") for name, value in IMAGE_WAYS[part].items()}
    assert (plain["balance"], plain["added"], plain["form"], plain["gans"]) == ("none", "none", "usual", "a b")
    assert (plain["epochs"], plain["steps_per_epoch"], plain["seed"]) == (3, 70, 12)
    assert options.varied(way) == ("augmentation" in way)


def test_no_two_usual_ways_are_the_same_training() -> None:
    options = ImageStudyOptions()
    assert options.ways == USUAL_OF_IMAGES
    assert len({(options.of_way(way, 0), options.varied(way)) for way in options.ways}) == len(USUAL_OF_IMAGES)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (" ", "choices is empty: name ways of training, separated by spaces."),
        ("smote", "Unknown way of training 'smote': choose among none, class-weights, balanced-batches, oversampling, "
         "augmentation, gan, or join some by +."),
        ("class-weights+oversampling", "class-weights+oversampling: two of these set balance. Choose one of them."),
    ],
)  # fmt: skip
def test_a_way_there_is_not_is_refused_before_anything_is_trained(choices: str, message: str) -> None:
    with pytest.raises(RunError) as caught:
        ImageStudyOptions(choices=choices)
    assert str(caught.value) == message
