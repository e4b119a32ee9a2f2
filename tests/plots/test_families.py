"""Pictures of families: mean, band, beats behind, number and count, all of a recording on one scale."""

from xml.etree import ElementTree

import numpy as np
import pytest

from ecg_core.beats.families import Families, families
from ecg_core.plots.families import FINE, LANE_PX, family_svg, tile_scale
from ecg_core.plots.theme import PALETTES, Palette
from tests.beats.made_ecg import as_record, ecg

MV, R_SAMPLE = ecg(seconds=60, seed=2, ectopic={"V": 0.15})
RECORD = as_record(MV)
FOUND: Families = families(RECORD, R_SAMPLE)
SVG = "{http://www.w3.org/2000/svg}"


def heights(path: str) -> np.ndarray:
    """y of every point of a path, in tenths of a pixel."""
    first, steps = path.removeprefix("M").removesuffix("Z").replace("-", " -").split("l")
    down = np.array(steps.split(), int)[1::2]
    return int(first.split()[1]) + np.concatenate([[0], np.cumsum(down)])


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_a_picture_says_number_and_count_and_draws_mean_band_and_beats_of_each_lead(palette: Palette) -> None:
    family = FOUND.largest_first[0]
    beats = FOUND.superimposed(RECORD, 1, most=5)
    text = family_svg(family, tile_scale(FOUND), palette, leads=(0, 1), beats=beats)
    root = ElementTree.fromstring(text)
    assert root.get("aria-label") == f"Family 1: {len(family)} beats, L0, L1"
    assert [one.text for one in root.iter(f"{SVG}text")] == ["Family 1", f"{len(family)} beats", "L0", "L1"]
    lanes = list(root.iter(f"{SVG}g"))
    assert len(lanes) == 2
    for lane in lanes:
        grid, behind, band, mean = (path.get("d") or "" for path in lane)
        assert grid.count("v") >= 3
        assert behind.count("M") == 5
        assert len(heights(mean)) == len(FOUND.times_s)
        upper, lower = np.split(heights(band), 2)
        assert (upper <= heights(mean)).all() and (heights(mean) <= lower[::-1]).all()
    assert len(text) < 30_000


def test_all_pictures_have_one_scale_and_nothing_leaves_its_lane() -> None:
    scale = tile_scale(FOUND)
    for family in FOUND.families:
        mean = next(iter(ElementTree.fromstring(family_svg(family, scale, PALETTES["light"])).iter(f"{SVG}g")))[-1]
        y = heights(mean.get("d") or "")
        assert y.min() >= 0 and y.max() <= LANE_PX * FINE
        mv = scale.high_mv[0] - y / (LANE_PX * FINE) * (scale.high_mv[0] - scale.low_mv[0])
        inside = np.clip(family.template[0], scale.low_mv[0], scale.high_mv[0])
        assert mv == pytest.approx(inside, abs=0.01)


def test_names_from_files_are_escaped_and_guessed_mv_make_no_thousand_lines() -> None:
    record = as_record(MV * 2, gain=2)
    found = families(record, R_SAMPLE)
    named = Families("r", ('<b>"', "V1"), found.centre, found.excluded, found.cells, found.number_of_cell)
    text = family_svg(named.families[0], tile_scale(named), PALETTES["dark"], leads=(0, 1))
    ElementTree.fromstring(text)
    assert "<b>" not in text
    wide = families(as_record(MV * 4000, gain=1), R_SAMPLE)
    assert len(family_svg(wide.families[0], tile_scale(wide), PALETTES["dark"])) < 20_000


def test_without_a_family_there_is_a_scale_all_the_same() -> None:
    scale = tile_scale(families(RECORD, np.zeros(0, np.int64)))
    assert all(low < high for low, high in zip(scale.low_mv, scale.high_mv, strict=True))
