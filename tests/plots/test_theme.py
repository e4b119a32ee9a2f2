"""Class colours can be told apart on either ground, with or without colour vision; charts never call home."""

from itertools import combinations

import numpy as np
import pytest

from ecg_core.beats.classes import CLASSES
from ecg_core.plots.theme import DARK, LIGHT, MARKERS, PALETTES, PLOTLY_CONFIG, Palette, base_layout

LEAST_CONTRAST = 3.0
LEAST_TEXT_CONTRAST = 4.5
LEAST_DISTANCE = 25.0
# Machado, Oliveira, Fernandes 2009, doi 10.1109/TVCG.2009.113, severity 1.0, for linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear_rgb(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear_rgb(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.119192, 0.9503041]]
    )
    ratio = to_xyz @ rgb / (0.95047, 1.0, 1.08883)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, sight: str) -> float:
    seen = [lab(np.clip(np.asarray(SIGHT[sight]) @ linear_rgb(c), 0, 1)) for c in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.theme)
@pytest.mark.parametrize("beat_class", CLASSES)
def test_each_class_colour_stands_out_from_paper_and_page(palette: Palette, beat_class: str) -> None:
    for ground in (palette.paper, palette.background):
        assert contrast(palette.classes[beat_class], ground) >= LEAST_CONTRAST


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.theme)
@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_class_colours_differ_in_every_kind_of_sight(palette: Palette, sight: str) -> None:
    worst = min(distance(a, b, sight) for a, b in combinations(palette.classes.values(), 2))
    assert worst >= LEAST_DISTANCE


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.theme)
def test_text_trace_and_muted_text_can_be_read(palette: Palette) -> None:
    for colour in (palette.text, palette.trace, palette.muted):
        assert contrast(colour, palette.background) >= LEAST_TEXT_CONTRAST


def test_every_class_has_its_own_shape_and_colour_in_the_order_of_the_classes() -> None:
    assert tuple(MARKERS) == CLASSES
    assert len(set(MARKERS.values())) == len(CLASSES)
    for palette in PALETTES.values():
        assert tuple(palette.classes) == CLASSES
        assert len(set(palette.classes.values())) == len(CLASSES)


def test_charts_do_not_offer_to_send_the_figure_to_a_cloud() -> None:
    assert PLOTLY_CONFIG["showSendToCloud"] is False
    assert PLOTLY_CONFIG["displaylogo"] is False


def test_no_figure_brings_a_white_ground_into_the_dark_theme() -> None:
    layout = base_layout(DARK, "Title")
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert layout["font"]["color"] == DARK.text


def test_rhythms_take_the_colour_of_the_class_that_arises_at_the_same_place() -> None:
    assert LIGHT.rhythm("ventricular") == LIGHT.classes["V"]
    assert LIGHT.rhythm("sinus") == LIGHT.rhythm("unknown") == LIGHT.muted
