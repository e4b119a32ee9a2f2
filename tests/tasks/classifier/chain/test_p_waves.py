"""A beat without the usual P wave is told from its neighbours, and a T wave that falls upon the window is no P wave."""

import numpy as np

from ecg_core.tasks.classifier.chain.p_waves import p_waves
from ecg_core.tasks.classifier.chain.shapes import shapes_of
from ecg_core.tasks.classifier.chain.timing import raw_timing
from tests.tasks.classifier.chain.factories import record_of


def test_beats_without_p_wave_are_unlike_their_neighbours() -> None:
    kinds = ["no P" if k % 10 == 5 else "N" for k in range(200)]
    record = record_of(kinds, np.full(199, 0.8))
    waves = p_waves(record, shapes_of(record, raw_timing(record)), np.zeros(200, bool))
    without = np.array([kind == "no P" for kind in kinds])
    assert waves.against_around[without].max() < waves.against_around[~without].min()
    assert np.median(waves.visible) > 0.9


def test_a_t_wave_before_an_early_beat_is_taken_off() -> None:
    kinds = ["no P" if k % 10 == 5 else "N" for k in range(200)]
    rr_s = np.array([0.45 if kind == "no P" else 0.8 for kind in kinds[1:]])  # the T wave lies where a P wave would
    record = record_of(kinds, rr_s)
    waves = p_waves(record, shapes_of(record, raw_timing(record)), np.zeros(200, bool))
    without = np.array([kind == "no P" for kind in kinds])
    assert waves.likeness[without].mean() < waves.likeness[~without].mean() - 0.3


def test_where_no_p_wave_is_nothing_is_visible() -> None:
    record = record_of(["no P"] * 100, np.full(99, 0.8))
    waves = p_waves(record, shapes_of(record, raw_timing(record)), np.zeros(100, bool))
    assert np.median(waves.visible) < 0.5
