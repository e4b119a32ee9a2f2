"""Volumes under the surface: the published values on real series, and what must hold on any."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.reader import read_record
from ecg_core.evaluation.surface import USUAL_WINDOW, volumes, window_of
from ecg_core.protocols.tsb_labels import series_labels

GOLDEN = (
    # record, first sample, end, lead, window, VUS-PR, VUS-ROC of |x - median|, by the code behind the published table
    ("123", 100_000, 200_000, 0, 119, 0.009666165, 0.724519194),
    ("123", 100_000, 200_000, 1, 120, 0.006972504, 0.613417525),
)


@pytest.mark.parametrize(("name", "first", "end", "lead", "window", "pr", "roc"), GOLDEN)
def test_volumes_are_those_of_the_published_code(
    name: str, first: int, end: int, lead: int, window: int, pr: float, roc: float, mitdb: Path
) -> None:
    record = read_record(mitdb, name)
    series = record.signals[first:end, lead].astype(np.float64)
    label = series_labels(record.annotations, record.n_samples).label[first:end]
    assert window_of(series) == window
    found = volumes(label, np.abs(series - np.median(series)), window)
    assert found.pr == pytest.approx(pr, abs=1e-8)
    assert found.roc == pytest.approx(roc, abs=1e-8)


labels = st.lists(st.booleans(), min_size=4, max_size=60).filter(lambda one: 0 < sum(one) < len(one))


@given(labels, st.integers(0, 9), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_volumes_lie_between_0_and_1_and_hang_on_the_order_of_scores_alone(
    label: list[bool], window: int, seed: int
) -> None:
    score = np.random.default_rng(seed).integers(0, 9, len(label)).astype(np.float64)
    found = volumes(np.array(label), score, window)
    assert 0 <= found.pr <= 1 + 1e-9
    assert -1e-9 <= found.roc <= 1 + 1e-9
    again = volumes(np.array(label), np.exp(score), window)
    assert (again.pr, again.roc) == pytest.approx((found.pr, found.roc))


def test_a_perfect_score_is_better_than_one_turned_round() -> None:
    label = np.zeros(400, bool)
    label[100:130] = True
    assert volumes(label, label.astype(float), 20).pr > 0.9
    assert volumes(label, -label.astype(float), 20).pr < 0.2


def test_without_anything_to_tell_apart_there_is_no_volume() -> None:
    for label in (np.zeros(5, bool), np.ones(5, bool)):
        with pytest.raises(ValueError, match="nothing to tell apart"):
            volumes(label, np.arange(5.0), 2)


def test_a_series_that_is_like_itself_at_no_lag_has_the_usual_window() -> None:
    assert window_of(np.arange(1000.0)) == USUAL_WINDOW
