"""The beats of a class are dealt to three parts once and for all: every beat in one of them, the same for everyone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.tasks.gan.beat_gan import parts_of
from ecg_core.tasks.gan.options import GanOptions
from ecg_core.tasks.gan.parts import Parts

rows_of_a_class = st.lists(st.integers(0, 10_000), max_size=300, unique=True).map(np.sort)
shares = st.floats(0, 0.4)
seeds = st.integers(0, 2**31 - 1)


@settings(deadline=None)
@given(rows_of_a_class, shares, shares, seeds)
def test_every_row_is_in_one_part_and_each_part_in_order(
    rows: np.ndarray, sampler: float, judged: float, seed: int
) -> None:
    parts = Parts.of(rows.astype(np.int64), sampler, judged, seed)
    each = (parts.learned, parts.sampler, parts.judged)
    assert sorted(np.concatenate(each).tolist()) == rows.tolist()
    assert all((np.diff(part) > 0).all() for part in each)
    assert len(parts.sampler) == round(len(rows) * sampler)
    assert len(parts.judged) == round(len(rows) * judged)


@settings(deadline=None)
@given(seeds)
def test_the_same_seed_deals_the_same_parts_and_another_seed_others(seed: int) -> None:
    rows = np.arange(200)
    one, again, other = (Parts.of(rows, 0.2, 0.2, k) for k in (seed, seed, seed + 1))
    for name in ("learned", "sampler", "judged"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
        assert not np.array_equal(getattr(one, name), getattr(other, name))


def test_with_nothing_held_out_all_is_learned() -> None:
    parts = Parts.of(np.arange(50), 0.0, 0.0, 3)
    assert parts.learned.tolist() == list(range(50))
    assert parts.sampler.size == parts.judged.size == 0


@pytest.mark.parametrize("held_out", [0.0, 0.4, 0.8])
def test_a_beat_gan_holds_out_half_for_its_sampler_and_half_to_be_judged(
    simulated_beats: BeatSet, held_out: float
) -> None:
    parts = parts_of(GanOptions(beat_class="V", held_out=held_out), simulated_beats)
    n = len(simulated_beats.rows_of("V"))
    assert len(parts.sampler) == len(parts.judged) == round(n * held_out / 2)
    classes = simulated_beats.table["beat_class"].to_numpy()
    assert (classes[np.concatenate([parts.learned, parts.sampler, parts.judged])] == "V").all()
