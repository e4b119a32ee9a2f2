"""The learning rate rises to its peak, falls to almost nothing, and depends on the step alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.learning.schedule import WARM_UP, one_cycle


def test_it_starts_and_ends_almost_at_nothing_and_is_at_its_peak_after_15_percent() -> None:
    rates = [one_cycle(step, 1000, 0.02) for step in range(1001)]
    assert rates[0] == pytest.approx(0.02 * 1e-3)
    assert rates[1000] == pytest.approx(0.02 * 1e-3)
    assert rates[150] == max(rates) == 0.02
    assert rates[75] == pytest.approx(0.01), "a cosine: half-way up at half the time"
    assert rates[575] == pytest.approx(0.01)


@given(st.integers(1, 2000))
def test_it_rises_to_one_peak_and_falls_from_it(steps: int) -> None:
    rates = [one_cycle(step, steps, 1.0) for step in range(steps)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert top == min(max(1, round(WARM_UP * steps)), steps - 1)


@given(st.integers(1, 500), st.integers(-5, 600), st.floats(1e-6, 1))
def test_it_is_positive_never_beyond_its_peak_and_in_proportion_to_it(steps: int, step: int, peak: float) -> None:
    found = one_cycle(step, steps, peak)
    assert 1e-3 * peak <= found <= peak
    assert found == pytest.approx(peak * one_cycle(step, steps, 1.0))
