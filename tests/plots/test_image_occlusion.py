"""What speaks for a class, laid over the image."""

import numpy as np
import pytest

from ecg_core.plots.image_occlusion import LEAST_POINTS, occlusion_figure
from ecg_core.plots.theme import LIGHT


@pytest.mark.parametrize("channels", [(), (3,)])
def test_the_colours_are_centred_on_nothing_and_reach_as_far_either_way(channels: tuple[int, ...]) -> None:
    image = np.full((64, 64, *channels), 255, np.uint8)
    fall = np.zeros((64, 64))
    fall[3, 5] = -0.4
    grey, heat = occlusion_figure(image, fall, LIGHT, "What speaks for V").data
    assert np.shape(grey.z) == (64, 64)
    assert float(np.asarray(grey.z).min()) == pytest.approx(255)
    assert (heat.zmin, heat.zmax) == (pytest.approx(-40), pytest.approx(40))
    assert np.asarray(heat.z)[3, 5] == pytest.approx(-40)


def test_chance_is_not_painted_as_a_finding() -> None:
    heat = occlusion_figure(np.zeros((64, 64), np.uint8), np.full((64, 64), 0.001), LIGHT, "").data[1]
    assert heat.zmax == LEAST_POINTS
