"""The pen covers what a round pen covers: against areas measured point by point, for traces, bars and areas."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_core.beats.pen import SUBCOLUMNS, area_ink, bar_ink, reach, reading, trace_ink

WIDTH, HEIGHT, FINE = 24, 20, 8

lengths = st.integers(2, 60)
px = st.floats(-5, 25, width=32)


def by_distance(y: npt.NDArray[np.float32], radius: float) -> npt.NDArray[np.float64]:
    """Share of 8 x 8 places in each pixel that lie within `radius` of the line through the points."""
    x = np.append(np.arange(len(y)), len(y)) * WIDTH / len(y)
    tall = np.append(y, y[-1])
    places = (np.arange(max(WIDTH, HEIGHT) * FINE) + 0.5) / FINE
    across, down = places[None, : WIDTH * FINE], places[: HEIGHT * FINE, None]
    nearest = np.full((HEIGHT * FINE, WIDTH * FINE), np.inf)
    for k in range(len(y)):
        dx, dy = x[k + 1] - x[k], tall[k + 1] - tall[k]
        along = np.clip(((across - x[k]) * dx + (down - tall[k]) * dy) / (dx**2 + dy**2), 0, 1)
        nearest = np.minimum(nearest, np.hypot(across - x[k] - along * dx, down - tall[k] - along * dy))
    return (nearest <= radius).reshape(HEIGHT, FINE, WIDTH, FINE).mean(axis=(1, 3))


@settings(deadline=None, max_examples=15)
@given(st.lists(st.floats(3, HEIGHT - 3), min_size=2, max_size=40), st.floats(0.6, 2))
def test_a_trace_covers_what_a_round_pen_covers(points: list[float], radius: float) -> None:
    y = np.array(points, np.float32)
    drawn = trace_ink(y[None], WIDTH, HEIGHT, radius)[0]
    inside = slice(2, -2)  # beyond the ends the pen goes on
    expected = by_distance(y, radius)[:, inside]
    assert np.abs(drawn[:, inside] - expected).mean() < 0.03
    assert np.abs(drawn[:, inside] - expected).max() < 0.6


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.float32, st.tuples(st.integers(0, 3), lengths), elements=px), st.floats(0.5, 3))
def test_ink_is_a_share_of_each_pixel_and_a_trace_looks_alike_in_any_company(
    y: npt.NDArray[np.float32], radius: float
) -> None:
    drawn = trace_ink(y, WIDTH, HEIGHT, radius)
    assert (drawn.shape, drawn.dtype) == ((len(y), HEIGHT, WIDTH), np.float32)
    assert not drawn.size or (drawn.min() >= 0 and drawn.max() <= 1)
    for k in range(len(y)):
        assert np.array_equal(trace_ink(y[k : k + 1], WIDTH, HEIGHT, radius)[0], drawn[k])


@pytest.mark.parametrize("radius", [0.7, 1.0, 1.4])
@pytest.mark.parametrize("level", [5.0, 5.3, 9.99])
def test_a_level_trace_is_as_thick_as_the_pen_in_every_column(radius: float, level: float) -> None:
    drawn = trace_ink(np.full((1, 30), level, np.float32), WIDTH, HEIGHT, radius)[0]
    rows = np.arange(HEIGHT)
    covered = np.clip(np.minimum(level + radius, rows + 1) - np.maximum(level - radius, rows), 0, 1)
    assert np.allclose(drawn, covered[:, None], atol=1e-4)


@pytest.mark.parametrize(("level", "edge"), [(-40.0, 0), (60.0, HEIGHT - 1)])
def test_what_would_leave_the_grid_runs_along_its_edge(level: float, edge: int) -> None:
    drawn = trace_ink(np.full((1, 30), level, np.float32), WIDTH, HEIGHT, 1.0)[0]
    assert np.allclose(drawn[edge], 1)
    assert np.allclose(drawn.sum(axis=0), 2, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(lengths, st.integers(1, 40))
def test_every_point_is_read_and_every_subcolumn_has_its_own_span(n_points: int, width: int) -> None:
    whole, part, spans = reading(n_points, width)
    at = whole + part
    assert np.isin(np.arange(n_points), np.round(at, 4)).all()
    assert (np.diff(at) >= -1e-4).all()
    assert (whole >= 0).all()
    assert (whole <= n_points - 2).all()
    assert len(spans) == width * SUBCOLUMNS
    assert (spans[:, 0] < spans[:, 1]).all()
    edges = np.linspace(0, n_points, width * SUBCOLUMNS + 1).clip(max=n_points - 1)
    assert np.allclose(at[spans[:, 0]], edges[:-1], atol=1e-3)
    assert np.allclose(at[spans[:, 1] - 1], edges[1:], atol=1e-3)


@settings(deadline=None)
@given(st.floats(0.3, 5))
def test_the_pen_reaches_its_radius_in_the_middle_and_is_round(radius: float) -> None:
    above = reach(radius)
    middle = len(above) // 2
    assert above[middle] == pytest.approx(radius, rel=1e-5)
    assert np.array_equal(above, above[::-1])
    beside = (np.arange(len(above)) - middle) / SUBCOLUMNS
    assert np.allclose(above**2 + beside**2, radius**2, rtol=1e-4)


@settings(deadline=None, max_examples=60)
@given(px, px)
def test_an_area_is_as_tall_as_the_traces_are_apart_whichever_comes_first(one: float, other: float) -> None:
    a, b = (np.full((1, 30), level, np.float32) for level in (one, other))
    drawn = area_ink(a, b, WIDTH, HEIGHT)
    assert np.array_equal(drawn, area_ink(b, a, WIDTH, HEIGHT))
    low, high = np.clip(sorted([one, other]), 0, HEIGHT)
    assert np.allclose(drawn[0].sum(axis=0), high - low, atol=1e-3)
    covered = np.flatnonzero(drawn[0, :, 0] > 0)
    assert not len(covered) or (covered[0] >= int(low) and covered[-1] <= high)


def test_there_is_no_area_between_a_trace_and_itself() -> None:
    y = np.random.default_rng(0).uniform(0, HEIGHT, (3, 40)).astype(np.float32)
    assert not area_ink(y, y, WIDTH, HEIGHT).any()


def test_traces_that_cross_have_area_on_both_sides_of_the_crossing() -> None:
    drawn = area_ink(np.linspace(2, 18, 40, dtype=np.float32)[None], np.full((1, 40), 10, np.float32), WIDTH, HEIGHT)[0]
    assert drawn[:10, :9].sum() > 20
    assert drawn[10:, 15:].sum() > 20
    assert not drawn[10:, :9].any()
    assert not drawn[:10, 15:].any()


@settings(deadline=None, max_examples=60)
@given(st.floats(-10, 40, width=32), st.floats(-10, 40, width=32))
def test_a_bar_is_as_long_as_from_start_to_end_within_the_width(start: float, end: float) -> None:
    a, b = (np.array([at], np.float32) for at in (start, end))
    drawn = bar_ink(a, b, WIDTH)
    assert np.array_equal(drawn, bar_ink(b, a, WIDTH))
    low, high = np.clip(sorted([start, end]), 0, WIDTH)
    assert drawn.shape == (1, WIDTH)
    assert drawn.sum() == pytest.approx(high - low, abs=1e-3)
    assert not drawn[0, : int(low)].any()
    assert not drawn[0, int(np.ceil(high)) :].any()
