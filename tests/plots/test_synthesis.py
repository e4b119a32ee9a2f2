"""Synthetic beats beside recorded ones: one scale, true to it, named, small."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import pytest

from ecg_core.evaluation.embedding import Map2d
from ecg_core.plots.fidelity import MOST_POINTS, Quantity, distributions_figure, map_figure
from ecg_core.plots.paper import MV_PER_S
from ecg_core.plots.synthesis import ACROSS, SYNTHETIC, Cell, mean_figure, pairs_figure, sheet_figure
from ecg_core.plots.theme import DARK, LIGHT

MAX_PAYLOAD_BYTES = 300_000
TIMES_S = np.arange(-63, 81) / 180
LEADS = ("MLII", "lead 2")


def cells(n: int, label: str, high: float = 1.0) -> list[Cell]:
    rng = np.random.default_rng(n)
    return [Cell(label, (high * rng.uniform(-0.4, 1, (2, len(TIMES_S)))).astype(np.float32)) for _ in range(n)]


def sheet(recorded: list[Cell], synthetic: list[Cell], **options: object) -> go.Figure:
    return sheet_figure(recorded, synthetic, TIMES_S, LEADS, LIGHT, title="t", **options)


def lines(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.customdata is not None]


def texts(figure: go.Figure) -> list[str]:
    return [text for trace in figure.data if trace.mode == "text" for text in trace.text]


def pieces(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A line with gaps as one row a beat and lead."""
    return values.reshape(-1, len(TIMES_S) + 1)[:, :-1]


def test_every_beat_and_lead_is_drawn_unchanged_and_only_shifted() -> None:
    recorded, synthetic = cells(12, "208 · 12:34"), cells(12, SYNTHETIC)
    for trace, shown in zip(lines(sheet(recorded, synthetic)), (recorded, synthetic), strict=True):
        mv = np.concatenate([cell.mv for cell in shown])
        assert np.array_equal(pieces(trace.customdata), mv)
        shift = pieces(trace.y) - mv
        assert np.allclose(shift, shift[:, :1], atol=1e-5), "a beat was stretched"
        zero = shift[:, 0] / 0.5
        assert np.allclose(zero, np.round(zero), atol=1e-4), "0 mV is not on a thick line"
        assert np.allclose(np.diff(pieces(trace.x), axis=1), 1 / 180, atol=1e-4)


def test_recorded_beats_are_on_the_left_and_synthetic_ones_on_the_right_and_named() -> None:
    figure = sheet(cells(12, "208 · 12:34"), cells(12, SYNTHETIC))
    left, right = lines(figure)
    assert np.nanmax(left.x) < np.nanmin(right.x)
    assert left.line.color != right.line.color
    assert texts(figure).count("208 · 12:34") == texts(figure).count(SYNTHETIC) == 12
    assert any(text.startswith("25 mm/s   10 mm/mV") for text in texts(figure))
    assert figure.layout.yaxis.scaleratio == MV_PER_S and figure.layout.yaxis.scaleanchor == "x"


@pytest.mark.parametrize("width_px", [320, 640, 976, 1600])
def test_rows_are_full_and_beats_never_overlap_at_any_width(width_px: int) -> None:
    figure = sheet(cells(12, "a"), cells(12, SYNTHETIC), width_px=width_px)
    for trace in lines(figure):
        x, y = pieces(trace.x), pieces(trace.y)
        first = {(round(float(start), 2), round(float(row.max()), 1)) for start, row in zip(x[:, 0], y, strict=True)}
        starts = sorted({start for start, _ in first})
        assert len(starts) in ACROSS
        assert all(b - a >= TIMES_S[-1] - TIMES_S[0] for a, b in pairwise(starts))
        assert y.min() >= figure.layout.yaxis.range[0] and y.max() <= 0, "a beat leaves the sheet"
    assert figure.layout.xaxis.range[1] >= np.nanmax(lines(figure)[1].x)


@pytest.mark.parametrize("n", [5, 12])
@pytest.mark.parametrize("width_px", [1100, 700])
def test_of_a_pair_the_recorded_beat_is_right_under_the_synthetic_one_at_the_same_scale(n: int, width_px: int) -> None:
    pairs = list(zip(cells(n, SYNTHETIC), cells(n, "208 · 1:00\n0.1 mV"), strict=True))
    figure = pairs_figure(pairs, TIMES_S, LEADS, LIGHT, title="", width_px=width_px)
    above, under = lines(figure)
    assert np.array_equal(above.x, under.x, equal_nan=True)
    assert np.array_equal(above.customdata, under.customdata, equal_nan=True)
    down = (np.asarray(above.y) - np.asarray(under.y))[~np.isnan(above.y)]
    assert down.min() > 1
    assert np.ptp(down) <= 0.5 + 1e-3, "zero lines are thick lines of the paper"
    assert texts(figure).count("208 · 1:00<br>0.1 mV") == n
    assert np.nanmin(under.y) > figure.layout.yaxis.range[0], "the paper reaches below the last row"


def test_without_recorded_beats_synthetic_ones_take_the_whole_sheet() -> None:
    figure = sheet([], cells(12, SYNTHETIC))
    (only,) = lines(figure)
    assert np.nanmin(only.x) < 0.2
    assert not figure.layout.shapes
    assert not any("Recorded" in text for text in texts(figure))


def test_simulated_beats_are_marked_and_names_from_files_stay_text() -> None:
    figure = sheet(cells(2, "<b>208</b>"), cells(2, SYNTHETIC), simulated=True)
    assert [note.text for note in figure.layout.annotations] == ["SIMULATED"]
    assert "&lt;b&gt;208&lt;/b&gt;" in texts(figure)


def test_one_tall_beat_does_not_make_the_sheet_endless() -> None:
    usual = sheet(cells(12, "a"), cells(12, SYNTHETIC)).layout.height
    assert sheet(cells(12, "a"), cells(12, SYNTHETIC, high=50.0)).layout.height < 6 * usual
    assert np.nanmax(lines(sheet(cells(1, "a"), cells(1, SYNTHETIC, high=50.0)))[1].customdata) > 40, "hover says more"


def test_a_sheet_says_what_a_table_of_it_needs() -> None:
    figure = sheet(cells(2, "<b>208"), cells(3, SYNTHETIC))
    assert figure.layout.meta["leads"] == list(LEADS)
    assert np.allclose(figure.layout.meta["ms"], 1000 * TIMES_S, atol=0.05)
    assert [list(trace.meta) for trace in lines(figure)] == [["&lt;b&gt;208"] * 2, [SYNTHETIC] * 3]


def test_means_are_drawn_with_their_spread_and_told_apart_without_colour() -> None:
    mean = np.zeros((2, len(TIMES_S)))
    figure = mean_figure((mean, mean + 0.2), (mean + 0.1, mean + 0.3), TIMES_S, LEADS, DARK, title="t")
    shown = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in shown] == [
        "Recorded, ± 1 SD",
        "Recorded, mean",
        "SYNTHETIC, mean",
        "SYNTHETIC, ± 1 SD",
    ]
    assert [trace.line.dash for trace in shown[1:]] == ["solid", "dash", "dot"]
    dotted = [float(trace.y[0]) for trace in figure.data if trace.line.dash == "dot" and trace.xaxis == "x"]
    assert np.allclose(sorted(dotted), [-0.2, 0.4])
    alone = mean_figure(None, (mean, mean + 0.3), TIMES_S, LEADS, DARK, title="t")
    assert not [trace for trace in alone.data if trace.name and trace.name.startswith("Recorded")]


def quantity(recorded: npt.NDArray[np.float64], synthetic: npt.NDArray[np.float64]) -> Quantity:
    return Quantity("QRS width", "ms", recorded, synthetic, 0.5, 0)


def test_distributions_sum_to_a_hundred_per_cent_whatever_lies_outside() -> None:
    rng = np.random.default_rng(0)
    far = np.append(rng.normal(0, 1, 1000), [99.0, np.nan])
    figure = distributions_figure([quantity(far, rng.normal(0.2, 1, 400))], LIGHT, title="t")
    for trace in figure.data:
        assert np.isclose(trace.y[:-1].sum(), 100, atol=0.01)
        assert trace.x[-1] < 20, "one odd value would squeeze all others into a bin"
    assert [trace.line.dash for trace in figure.data] == [None, "dash"]
    assert "median -0 recorded" in figure.layout.annotations[0].text.replace("median 0", "median -0")


def test_values_in_steps_leave_no_bin_between_steps_empty() -> None:
    steps = np.repeat(np.arange(60.0, 160.0, 1000 / 180), 20)
    figure = distributions_figure([quantity(steps, steps)], LIGHT, title="t")
    inside = figure.data[0].y[:-2]
    assert (inside > 0).all()


def test_a_group_without_known_values_has_no_outline() -> None:
    unknown = np.full(5, np.nan)
    figure = distributions_figure([quantity(unknown, np.arange(5.0)), quantity(unknown, unknown)], LIGHT, title="t")
    assert [trace.name for trace in figure.data] == [SYNTHETIC]
    assert "unknown recorded" in figure.layout.annotations[0].text


def test_the_map_tells_the_groups_apart_by_shape_and_draws_no_more_than_it_says() -> None:
    points = np.random.default_rng(0).normal(size=(2000, 2))
    figure = map_figure(Map2d(points, points[:50], (0.5, 0.2), ("first", "second")), LIGHT, title="t")
    assert [trace.marker.symbol for trace in figure.data] == ["circle-open", "x-thin"]
    assert [len(trace.x) for trace in figure.data] == [MOST_POINTS, 50]
    assert [trace.name for trace in figure.data] == [f"Recorded ({MOST_POINTS})", "SYNTHETIC (50)"]


def test_figures_stay_small() -> None:
    rng = np.random.default_rng(0)
    mean = np.zeros((2, len(TIMES_S)))
    points = rng.normal(size=(3000, 2))
    values = [quantity(rng.normal(size=2000), rng.normal(size=2000)) for _ in range(4)]
    for figure in (
        sheet(cells(12, "208 · 12:34"), cells(12, SYNTHETIC)),
        mean_figure((mean, mean), (mean, mean), TIMES_S, LEADS, LIGHT, title="t"),
        distributions_figure(values, LIGHT, title="t"),
        map_figure(Map2d(points, points, (0.5, 0.2), ("first", "second")), LIGHT, title="t"),
    ):
        assert len(figure.to_json()) <= MAX_PAYLOAD_BYTES
