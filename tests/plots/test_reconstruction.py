"""Tiles: a beat and its reconstruction on one scale, a click knows which beat it was, and text stays text."""

import numpy as np
import plotly.graph_objects as go
import pytest

from ecg_core.plots.reconstruction import Tile, tiles_figure
from ecg_core.plots.theme import DARK, LIGHT, MARKERS, Palette

MAX_PAYLOAD_BYTES = 300_000
TIMES_S = np.arange(-63, 81) / 180
PER_TILE = 4  # traces: the lower edge of the shade, the shade, the reconstruction, the beat


def tiles(n: int, n_points: int = 144, classes: str = "NSVFQ") -> list[Tile]:
    rng = np.random.default_rng(0)
    return [
        Tile(
            row=1000 + 7 * k,
            label=f"208 · 00:{k:02d} · {classes[k % len(classes)]}",
            detail=f"shape {k}.0 + early 0.3",
            beat_class=classes[k % len(classes)],
            original=rng.normal(size=(2, n_points)).astype(np.float32),
            reconstruction=rng.normal(size=(2, n_points)).astype(np.float32),
        )
        for k in range(n)
    ]


def clickable(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.customdata is not None]


@pytest.mark.parametrize("n", [1, 4, 5, 12])
def test_every_point_of_a_beat_carries_its_row(n: int) -> None:
    made = tiles(n)
    figure = tiles_figure(made, TIMES_S, LIGHT)
    assert len(figure.data) == PER_TILE * n
    beats = clickable(figure)
    assert len(beats) == n
    for trace, tile in zip(beats, made, strict=True):
        assert trace.customdata.tolist() == [tile.row] * len(TIMES_S)
        assert np.array_equal(trace.y, tile.original[0])
    others = [trace for trace in figure.data if trace.customdata is None]
    assert {trace.hoverinfo for trace in others} == {"skip"}, "nothing without a row can be clicked"
    assert figure.layout.clickmode == "event+select"


@pytest.mark.parametrize("lead", [0, 1])
def test_the_reconstruction_is_drawn_dashed_over_the_chosen_lead_and_the_error_shaded(lead: int) -> None:
    (tile,) = tiles(1)
    lower, shade, drawn, beat = tiles_figure([tile], TIMES_S, LIGHT, lead=lead).data
    assert np.array_equal(lower.y, tile.reconstruction[lead])
    assert np.array_equal(shade.y, tile.original[lead])
    assert shade.fill == "tonexty"
    assert np.array_equal(drawn.y, tile.reconstruction[lead])
    assert (drawn.line.dash, drawn.line.color) == ("dash", LIGHT.accent)
    assert np.array_equal(beat.y, tile.original[lead])
    assert beat.line.dash is None
    for trace in (lower, shade, drawn, beat):
        assert np.allclose(trace.x0 + trace.dx * np.arange(len(trace.y)), TIMES_S * 1000)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_class_has_its_colour_and_marker(palette: Palette) -> None:
    for trace, name in zip(clickable(tiles_figure(tiles(5), TIMES_S, palette)), "NSVFQ", strict=True):
        assert trace.line.color == palette.classes[name]
        assert trace.marker.symbol == MARKERS[name]


def test_tiles_fill_rows_from_the_left_each_on_one_scale() -> None:
    figure = tiles_figure(tiles(6), TIMES_S, LIGHT, columns=4)
    axes = [trace.xaxis for trace in clickable(figure)]
    assert len(set(axes)) == 6
    assert figure.layout.yaxis2.matches == figure.layout.yaxis4.matches == "y"
    assert figure.layout.yaxis6.matches == "y5"
    assert figure.layout.yaxis5.matches is None, "another row may have another scale"
    assert figure.layout.height > tiles_figure(tiles(4), TIMES_S, LIGHT).layout.height


def test_titles_say_which_beat_and_how_it_scored() -> None:
    notes = tiles_figure(tiles(2), TIMES_S, LIGHT).layout.annotations
    assert [note.text for note in notes] == [
        "<b>208 · 00:00 · N</b><br>shape 0.0 + early 0.3",
        "<b>208 · 00:01 · S</b><br>shape 1.0 + early 0.3",
    ]


def test_names_from_files_are_shown_as_text_not_as_html() -> None:
    (tile,) = tiles(1)
    evil = Tile(1, "<a href='x'>208</a>", "<script>1</script> & more", "N", tile.original, tile.reconstruction)
    text = tiles_figure([evil], TIMES_S, LIGHT).layout.annotations[0].text
    assert text.replace("<b>", "").replace("</b>", "").replace("<br>", "").count("<") == 0
    assert "&lt;script&gt;1&lt;/script&gt; &amp; more" in text


def test_no_tiles_make_an_empty_figure() -> None:
    figure = tiles_figure([], TIMES_S, LIGHT)
    assert not figure.data
    assert figure.layout.height > 0


@pytest.mark.parametrize(("n_points", "fs"), [(144, 180), (540, 90)])
def test_twelve_tiles_of_beats_or_six_second_windows_stay_small_and_hold_only_finite_numbers(
    n_points: int, fs: int
) -> None:
    figure = tiles_figure(tiles(12, n_points), (np.arange(n_points) - n_points // 2) / fs, LIGHT)
    assert len(figure.to_json()) <= MAX_PAYLOAD_BYTES
    for trace in figure.data:
        assert np.isfinite([trace.x0, trace.dx]).all()
        assert np.isfinite(trace.y).all()
        assert trace.y.dtype == np.float32
    assert figure.layout.xaxis.dtick == (1000 if n_points / fs > 2 else 200)
