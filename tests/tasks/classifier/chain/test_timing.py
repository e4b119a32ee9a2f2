"""The rhythm without V beats: neither the beat after one nor the pause behind it is out of time."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.tasks.classifier.chain.timing import raw_timing, timing_without
from tests.tasks.classifier.chain.factories import record_of, with_ectopics

ON_TIME = 0.5


def test_against_all_beats_the_v_is_early_and_a_pause_follows() -> None:
    record, ventricular = with_ectopics()
    raw = raw_timing(record)
    assert (raw.early[ventricular][1:-1] > 5).all()
    assert (raw.after_before[ventricular][:-1] > 0.5).all()


def test_without_the_v_beats_no_sinus_beat_is_early_or_late() -> None:
    record, ventricular = with_ectopics()
    clean = timing_without(record, ventricular)
    sinus = ~ventricular
    assert (np.abs(clean.early[sinus]) < ON_TIME).all()
    assert (np.abs(clean.late_local[sinus][:-1]) < ON_TIME).all()
    assert (clean.early[ventricular][:-1] > 5).all(), "an early beat stays early"


def test_an_interpolated_beat_leaves_the_rhythm_as_it_is() -> None:
    kinds = ["V" if k % 20 == 10 else "N" for k in range(200)]
    rr_s = np.array([0.4 if "V" in pair else 0.8 for pair in pairwise(kinds)])
    clean = timing_without(record_of(kinds, rr_s), np.array([kind == "V" for kind in kinds]))
    sinus = np.array([kind == "N" for kind in kinds])
    assert (np.abs(clean.early[sinus]) < ON_TIME).all()


def test_chaos_is_told_from_bigeminy_and_from_a_steady_rhythm() -> None:
    rng = np.random.default_rng(0)
    n = 400
    steady, bigeminy = np.full(n, 0.8), np.tile([0.5, 1.1], n // 2)
    chaos = rng.uniform(0.4, 1.2, n)
    found = [
        float(np.median(raw_timing(record_of(["N"] * (n + 1), rr)).fibrillation)) for rr in (steady, bigeminy, chaos)
    ]
    assert found[0] < 0.01
    assert found[1] < 0.01
    assert found[2] > 0.08


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_any_beats_may_be_taken_out_of_any_rhythm(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    record = record_of(["N"] * n, rng.uniform(0.2, 3, n - 1))
    clean = timing_without(record, rng.random(n) < rng.random())
    for name in vars(clean):
        values = getattr(clean, name)
        assert values.shape == (n,)
        assert np.isfinite(values).all(), name
