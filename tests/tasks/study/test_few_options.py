"""A study of few beats compares ways on the same few beats, and refuses what cannot be compared."""

import json
from dataclasses import asdict

import pytest

from ecg_core.errors import RunError
from ecg_core.tasks.study.few_options import USUAL_OF_FEW, FewBeatsOptions
from ecg_core.tasks.study.options import PLAIN, WAYS


def test_what_is_asked_for_several_times_is_done_once_and_numbers_ascend() -> None:
    options = FewBeatsOptions(classes="S V  S", numbers="30 10 30", choices="gan gan")
    assert options.class_names == ("S", "V")
    assert options.counts == (10, 30)
    assert options.ways == (PLAIN, "gan")


@pytest.mark.parametrize("way", USUAL_OF_FEW)
def test_a_way_changes_what_it_names_and_nothing_else(way: str) -> None:
    options = FewBeatsOptions(seed=7)
    plain, found = (asdict(options.of_way(one, 2)) for one in (PLAIN, way))
    assert {name: value for name, value in found.items() if value != plain[name]} == WAYS[way]
    assert found["seed"] == 9
    assert found["epochs"] * found["steps_per_epoch"] == 500


def test_the_gan_learns_from_every_beat_it_is_given_and_keeps_all_it_makes() -> None:
    options = FewBeatsOptions(gan_epochs=3, seed=7).of_gan("S", 2)
    assert (options.beat_class, options.held_out, options.accepted, options.epochs, options.seed) == ("S", 0, 1, 3, 9)
    assert FewBeatsOptions(gan_epochs=3).gan_steps == 300


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"classes": " "}, "classes is empty: name at least one, separated by spaces."),
        ({"numbers": ""}, "numbers is empty: name at least one, separated by spaces."),
        ({"classes": "V N Q"}, "Few beats of class N, Q: choose among S, V, F."),
        ({"numbers": "10 7 x -9"},
         "numbers has 7, x, -9: choose whole numbers from 8 to 10,000, separated by spaces."),
        ({"numbers": "10 300", "filled": 300},
         "filled is 300: with 300 recorded beats nothing would be added. Choose more."),
        ({"choices": "smote+gan"}, "smote+gan: two of these set added. Choose one of them."),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(chosen: dict[str, object], message: str) -> None:
    with pytest.raises(RunError) as caught:
        FewBeatsOptions(**chosen)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_options_survive_json() -> None:
    options = FewBeatsOptions(classes="F", numbers="20", filled=50, seeds=3)
    assert FewBeatsOptions.from_json(json.loads(json.dumps(options.to_json()))) == options
