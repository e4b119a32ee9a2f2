"""RR intervals over a recording: each interval counts in the column its last R peak lies in, none across a gap."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.rr_trend import rr_trend
from tests.reports.made_reports import beats, found_unreadable, of


@given(st.lists(st.floats(0.3, 2.5), min_size=2, max_size=40), st.integers(1, 30))
def test_columns_hold_the_extremes_of_all_intervals(rr_s: list[float], columns: int) -> None:
    source = of(*beats(*(("N", 1, one) for one in rr_s)))
    trend, every = rr_trend(source, columns), source.beats.rr_pre_s[1:]
    assert trend.edges_s[[0, -1]] == pytest.approx([0, source.record.duration_s])
    assert np.nanmin(trend.lowest_s) == pytest.approx(every.min())
    assert np.nanmax(trend.highest_s) == pytest.approx(every.max())
    known = np.isfinite(trend.median_s)
    assert (trend.lowest_s[known] <= trend.median_s[known]).all()
    assert (trend.median_s[known] <= trend.highest_s[known]).all()


def test_no_interval_counts_across_what_cannot_be_read_or_a_gap_of_labels() -> None:
    source = of(*beats(("N", 10, 0.8), ("N", 1, 4.0), ("N", 10, 0.8), ("N", 1, 21.0), ("N", 10, 0.8)))
    assert np.nanmax(rr_trend(source, 10).highest_s) == pytest.approx(4.0)
    unreadable = replace(source, record=found_unreadable(source.record, (10.0, 11.0)))
    trend = rr_trend(unreadable, 10)
    assert np.nanmax(trend.highest_s) == pytest.approx(0.8, abs=0.01)
    assert trend.unreadable_s == ((10.0, 11.0),)


def test_a_recording_without_beats_has_no_intervals() -> None:
    assert np.isnan(rr_trend(of([], []), 5).median_s).all()
