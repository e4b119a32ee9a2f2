"""Convolutions of signals that lie end to end give what torch's give of each signal by itself."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from ecg_core.networks.line import Convolution, Line

few = st.integers(1, 4)


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def by_torch(x: np.ndarray, weight: np.ndarray, stride: int) -> np.ndarray:
    """Of signals (n, length, channels) by a weight (taps, n_in, n_out)."""
    turned = (torch.from_numpy(one.copy()) for one in (x.transpose(0, 2, 1), weight.transpose(2, 1, 0)))
    made = functional.conv1d(*turned, stride=stride, padding=len(weight) // 2)
    return made.numpy().transpose(0, 2, 1)


@settings(deadline=None, max_examples=80)
@given(
    st.integers(0, 2**31 - 1), st.integers(0, 5), st.integers(1, 20), few, few, st.sampled_from([1, 3, 5, 7]),
    st.integers(0, 3), st.sampled_from([1, 2]),
)  # fmt: skip
def test_signals_do_not_see_each_other(
    seed: int, n: int, length: int, n_in: int, n_out: int, taps: int, more: int, stride: int
) -> None:
    x, weight = normal(seed, n, length, n_in), normal(seed + 1, taps, n_in, n_out)
    line = Line(n, length, taps // 2 + more, np.zeros(n_in, np.float32))
    line.signals[:] = x.reshape(n, length * n_in)
    found = Convolution(line, weight, stride).result()
    expected = by_torch(x, weight, stride) if n else np.zeros((0, -(-length // stride), n_out))
    assert found.shape == (n, expected.shape[1] * n_out)
    assert np.allclose(found, expected.reshape(found.shape), atol=1e-4)


def test_a_line_is_written_again_and_again() -> None:
    weight = normal(0, 5, 3, 4)
    line = Line(6, 11, 2, np.zeros(3, np.float32))
    convolution = Convolution(line, weight)
    for seed in range(3):
        x = normal(seed, 6, 11, 3)
        line.signals[:] = x.reshape(6, -1)
        assert np.allclose(convolution.result(), by_torch(x, weight, 1).reshape(6, -1), atol=1e-4)


def test_between_signals_lies_what_was_said() -> None:
    line = Line(3, 4, 2, np.array([5.0, -1.0], np.float32))
    line.signals[:] = 0
    whole = np.ones((5, 2, 1), np.float32)  # of sums over five points and both channels
    found = Convolution(line, whole).result()
    assert found.tolist() == [[8.0, 4.0, 4.0, 8.0]] * 3, "two of the five points, one, one, two are padding, of 4"


@pytest.mark.parametrize("shape", [(5, 2, 4), (5, 4, 4), (7, 3, 4)])
def test_a_weight_that_reads_other_memory_is_refused(shape: tuple[int, ...]) -> None:
    line = Line(2, 9, 2, np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="not for 3 channels in 2"):
        Convolution(line, np.zeros(shape, np.float32))
