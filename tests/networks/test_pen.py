"""The pen in torch draws what the pen in numpy draws, and every point it is led to has a slope."""

import numpy as np
import numpy.typing as npt
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_core.beats.pen import area_ink, bar_ink, trace_ink
from ecg_core.networks.pen import Pen, bar

SAME = 1e-5
sizes = st.tuples(st.integers(2, 90), st.integers(1, 40), st.integers(8, 40))
radii = st.floats(0.5, 2.5)
seeds = st.integers(0, 2**31 - 1)


def traces(seed: int, n_points: int, height: int, n: int = 2) -> npt.NDArray[np.float32]:
    """Rough and smooth ones, also beyond the edges."""
    rng = np.random.default_rng(seed)
    rough = rng.uniform(-0.3 * height, 1.3 * height, (n, n_points))
    smooth = height / 2 + rng.normal(0, height / 12, (n, n_points)).cumsum(axis=1)
    return np.concatenate([rough, smooth]).astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(sizes, radii, seeds)
def test_torch_draws_the_traces_numpy_draws(size: tuple[int, int, int], radius: float, seed: int) -> None:
    n_points, width, height = size
    y = traces(seed, n_points, height)
    drawn = Pen(n_points, width, height, radius).trace(torch.from_numpy(y)).numpy()
    assert drawn.shape == (len(y), height, width)
    assert np.abs(drawn - trace_ink(y, width, height, radius)).max() < SAME * height


@settings(deadline=None, max_examples=30)
@given(sizes, seeds)
def test_torch_fills_the_areas_numpy_fills(size: tuple[int, int, int], seed: int) -> None:
    n_points, width, height = size
    one, other = traces(seed, n_points, height), traces(seed + 1, n_points, height)
    drawn = Pen(n_points, width, height, 1.0).area(torch.from_numpy(one), torch.from_numpy(other)).numpy()
    assert np.abs(drawn - area_ink(one, other, width, height)).max() < SAME * height


places = hnp.arrays(np.float32, 5, elements=st.floats(-20, 60, width=32))


@settings(deadline=None)
@given(places, places, st.integers(1, 40))
def test_torch_draws_the_bars_numpy_draws(
    start: npt.NDArray[np.float32], end: npt.NDArray[np.float32], width: int
) -> None:
    drawn = bar(torch.from_numpy(start), torch.from_numpy(end), width).numpy()
    assert np.abs(drawn - bar_ink(start, end, width)).max() < SAME


def test_a_trace_is_led_onto_another_by_its_slope_alone() -> None:
    pen = Pen(48, 32, 24, 1.0)
    at = torch.linspace(0, 6.28, 48)
    target = pen.trace((12 + 4 * torch.sin(at))[None])
    y = torch.full((1, 48), 12.0, requires_grad=True)
    optimiser = torch.optim.Adam([y], 0.3)
    before = (pen.trace(y) - target).square().mean().item()
    for _ in range(30):
        optimiser.zero_grad()
        (pen.trace(y) - target).square().mean().backward()
        optimiser.step()
    assert (pen.trace(y) - target).square().mean().item() < 0.5 * before


def test_an_area_has_a_slope_in_both_traces_and_a_bar_in_its_end() -> None:
    one, other = (torch.full((1, 48), level, requires_grad=True) for level in (5.3, 9.6))
    slopes = torch.autograd.grad(Pen(48, 32, 24, 1.0).area(one, other).sum(), (one, other))
    assert slopes[0].sum() < 0 < slopes[1].sum()
    end = torch.tensor([7.4], requires_grad=True)
    (slope,) = torch.autograd.grad(bar(torch.tensor([2.0]), end, 32).sum(), end)
    assert slope.item() == 1
