"""What is fast gives the same numbers as what it stands for, to the bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from ecg_core.beats.fast_filters import gaussian, high_quantile


@given(st.integers(0, 2**31), st.integers(0, 3000), st.floats(0.3, 40))
def test_smoothing_is_that_of_scipy(seed: int, n: int, sigma: float) -> None:
    values = np.random.default_rng(seed).gamma(0.3, size=n).astype(np.float32)
    wanted = gaussian_filter1d(values, sigma)
    found = gaussian(values, sigma)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=3e-7, atol=1e-30)
    assert n < 100 or np.mean(found == wanted) > 0.99


@given(st.integers(0, 2**31), st.integers(1, 5000), st.floats(0.9, 1.0), st.booleans())
def test_a_high_quantile_is_that_of_numpy(seed: int, n: int, share: float, few: bool) -> None:
    values = np.random.default_rng(seed).gamma(0.3, size=n).astype(np.float32)
    if few:  # many of one value
        values = np.round(values)
    assert high_quantile(values, share) == np.quantile(values, share)


def test_a_quantile_is_right_where_a_glance_misleads() -> None:
    values = np.zeros(6400, np.float32)
    values[::32] = 100  # all that is looked at first
    assert high_quantile(values, 0.96) == np.quantile(values, 0.96)
