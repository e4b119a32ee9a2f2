"""Curves over the number of beats: a column a class, bands where there are intervals, changes in percentage points."""

import pytest

from ecg_core.plots.few_beats import Curve, Point, few_beats_figure
from ecg_core.plots.theme import PALETTES, Palette

NONE = Curve([Point(10, 0.1, 0.0, 0.2), Point(100, 0.5, 0.4, 0.6)], [])
GAN = Curve(
    [Point(10, 0.3, 0.2, 0.4), Point(100, 0.5, 0.5, 0.6)],
    [Point(10, 0.2, 0.1, 0.3), Point(100, None, None, None)],
)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_each_class_has_f1_and_its_change_one_above_the_other(palette: Palette) -> None:
    figure = few_beats_figure(
        {"V: 300 recorded": {"none": NONE, "GAN": GAN}, "S: 90 recorded": {"none": NONE}}, palette
    )
    assert [note.text for note in figure.layout.annotations] == ["<b>V: 300 recorded</b>", "<b>S: 90 recorded</b>"]
    lines = [(one.name, one.yaxis, list(one.x), list(one.y)) for one in figure.data if one.mode == "lines+markers"]
    assert lines == [
        ("none", "y", [10, 100], [0.1, 0.5]),
        ("GAN", "y", [10, 100], [0.3, 0.5]),
        ("GAN", "y2", [10], [pytest.approx(20)]),
        ("none", "y3", [10, 100], [0.1, 0.5]),
    ]
    assert [one.name for one in figure.data if one.showlegend] == ["none", "GAN"]
    band = next(one for one in figure.data if one.yaxis == "y2" and one.fill == "toself")
    assert list(band.y) == pytest.approx([10, 30])
    low, high = figure.layout.yaxis2.range
    assert low < 0 < 30 < high < 35, "every interval, and zero"
    assert {figure.layout[f"xaxis{end}"].type for end in ("", "2", "3", "4")} == {"log"}
    assert len({one.line.dash for one in figure.data if one.yaxis == "y" and one.mode == "lines+markers"}) == 2


def test_without_any_class_there_is_an_empty_figure() -> None:
    assert len(few_beats_figure({}, PALETTES["light"]).data) == 0
