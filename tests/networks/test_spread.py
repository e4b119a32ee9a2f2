"""The spread of a group of rows, appended to each of them."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.networks.spread import SMALLEST, with_spread


def features_of(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 6), st.integers(2, 8), st.integers(1, 9), st.integers(0, 1000))
def test_each_row_gets_the_mean_spread_of_its_group_and_keeps_its_features(
    groups: int, group: int, d: int, seed: int
) -> None:
    x = features_of(groups * group, d, seed)
    found = with_spread(x, group)
    assert found.shape == (groups * group, d + 1)
    assert torch.equal(found[:, :d], x)
    for k in range(groups):
        rows = x.numpy()[k::groups]  # k, k + B / group, and so on
        spread = np.sqrt(rows.var(axis=0) + SMALLEST).mean()
        assert len(rows) == group
        assert np.allclose(found.numpy()[k::groups, d], spread, atol=1e-5)


def test_a_batch_that_is_no_multiple_is_one_group() -> None:
    x = features_of(7, 5)
    found = with_spread(x, 4)[:, 5]
    assert torch.allclose(found, (x.var(0, unbiased=False) + SMALLEST).sqrt().mean())
    assert torch.equal(found, with_spread(x, 7)[:, 5])


def test_equal_rows_have_next_to_no_spread_and_a_slope_that_is_a_number() -> None:
    x = torch.ones(8, 3, requires_grad=True)
    found = with_spread(x, 4)
    assert (found[:, 3] < 0.01).all()
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_more_variety_is_more_spread() -> None:
    x = features_of(8, 3)
    assert (with_spread(3 * x, 8)[:, 3] > 2.9 * with_spread(x, 8)[:, 3]).all()
