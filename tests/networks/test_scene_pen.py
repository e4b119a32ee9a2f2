"""What a generator learns to draw with is what its images are drawn with afterwards; every number has a slope."""

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from ecg_core.beats.image_forms import draw_scenes
from ecg_core.beats.images import FORMS, LEADS, ImageConfig
from ecg_core.networks.scene_pen import ScenePen
from ecg_core.tasks.gan.image_gan import to_ink
from tests.beats.made_scenes import TIMES_S, made_scenes

CONFIGS = [
    ImageConfig(size, ground, leads, form)  # type: ignore[arg-type]
    for size, ground, leads, form in itertools.product((64, 128), ("plain", "paper"), LEADS, FORMS)
]
GREY = 1 / 127.5


def numbers_of(n: int = 6, seed: int = 0) -> tuple[Tensor, ...]:
    shown = made_scenes(n, seed)
    return tuple(torch.from_numpy(part.copy()) for part in (shown.beats, shown.usual, shown.unit_mv, shown.rhythm))


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_images_are_those_that_are_drawn_to_one_grey(config: ImageConfig) -> None:
    found = ScenePen(config, TIMES_S)(*numbers_of()).numpy()
    drawn = to_ink(draw_scenes(made_scenes(6), config))
    assert found.shape == drawn.shape == (6, config.channels, config.size, config.size)
    assert np.abs(found - drawn).max() <= 0.51 * GREY, "beyond rounding to whole greys"


@pytest.mark.parametrize("leads", LEADS)
@pytest.mark.parametrize("ground", ["plain", "paper"])
def test_every_number_of_a_scene_that_is_drawn_has_a_slope(ground: str, leads: str) -> None:
    numbers = [part.requires_grad_() for part in numbers_of()]
    pen = ScenePen(ImageConfig(64, ground, leads, "context"), TIMES_S)  # type: ignore[arg-type]
    weight = torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    beats, usual, unit_mv, rhythm = torch.autograd.grad((pen(*numbers) * weight).sum(), numbers)
    for slope in (beats, usual, unit_mv, rhythm):
        assert torch.isfinite(slope).all()
    for lead in range(2):
        shown = lead in LEADS[leads]
        assert (beats[:, lead].abs().sum(1) > 0).tolist() == [shown] * 6
        assert (usual[:, lead].abs().sum(1) > 0).tolist() == [shown] * 6
        assert (unit_mv[:, lead] != 0).tolist() == [shown] * 6
    assert (rhythm != 0).all()


def test_in_the_form_without_bars_the_rhythm_has_no_say() -> None:
    beats, usual, unit_mv, rhythm = numbers_of()
    pen = ScenePen(ImageConfig(form="usual"), TIMES_S)
    assert torch.equal(pen(beats, usual, unit_mv, rhythm), pen(beats, usual, unit_mv, -rhythm))


def test_the_beat_alone_shows_neither_usual_beat_nor_rhythm() -> None:
    beats, usual, unit_mv, rhythm = numbers_of()
    pen = ScenePen(ImageConfig(form="beat"), TIMES_S)
    assert torch.equal(pen(beats, usual, unit_mv, rhythm), pen(beats, -usual, unit_mv, -rhythm))
    assert not torch.equal(pen(beats, usual, unit_mv, rhythm), pen(beats, usual, 2 * unit_mv, rhythm))
