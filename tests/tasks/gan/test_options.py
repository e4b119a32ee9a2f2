"""Classes of GANs; what all options have in common is tested in tests/learning/test_options.py."""

import pytest

from ecg_core.beats.classes import CLASSES
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions


def test_a_beat_gan_can_learn_any_class() -> None:
    assert set(GanOptions.named("beat_class").choices) == set(CLASSES)


@pytest.mark.parametrize("label", ["V", "my folder", "", "ü"])
def test_an_image_gan_takes_the_name_of_any_folder(label: str) -> None:
    assert ImageGanOptions(label=label).label == label
