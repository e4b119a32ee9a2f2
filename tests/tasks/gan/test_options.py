"""What is special to the options of GANs; what all options have in common is tested with `learning.options`."""

from typing import Any

import pytest

from ecg_core.beats.classes import CLASSES
from ecg_core.errors import RunError
from ecg_core.learning.options import Options
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions


def test_a_beat_gan_makes_any_aami_class_and_an_image_gan_whatever_a_folder_is_called() -> None:
    assert set(GanOptions.named("beat_class").choices) == set(CLASSES)
    assert ImageGanOptions(label="Left bundle branch block").label == "Left bundle branch block"


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (GanOptions, "beat_class", "X", "beat_class is 'X': choose one of S, V, F, N, Q."),
        (GanOptions, "beat_class", "", "beat_class is '': choose one of S, V, F, N, Q."),
        (ImageGanOptions, "size", 100, "size is 100: choose one of 64, 128."),
        (ImageGanOptions, "size", "64", "size is '64': choose one of 64, 128."),
        (ImageGanOptions, "ground", "white", "ground is 'white': choose one of plain, paper."),
    ],
)
def test_a_choice_that_is_none_is_refused_with_the_choices(
    kind: type[Options], name: str, value: Any, message: str
) -> None:
    with pytest.raises(RunError) as caught:
        kind(**{name: value})
    assert str(caught.value) == message
