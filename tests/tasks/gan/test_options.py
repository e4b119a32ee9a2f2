"""What GANs learn; what holds for all options is in tests/learning/test_options.py."""

import pytest

from ecg_core.beats.classes import CLASSES
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions


def test_there_can_be_a_gan_of_every_class() -> None:
    assert set(GanOptions.named("beat_class").choices) == set(CLASSES)


@pytest.mark.parametrize("label", ["V", "atrial flutter", "Größe"])
def test_an_image_gan_can_learn_any_sub_folder(label: str) -> None:
    assert ImageGanOptions(label=label).label == label
