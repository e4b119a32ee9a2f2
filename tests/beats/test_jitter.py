"""Jittered beats are the same beats a little beside their place, and RR intervals follow."""

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.jitter import JITTER_S, jittered


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(["sim01", "sim03"])


def test_every_beat_is_itself_some_points_later_or_earlier(beats: BeatSet) -> None:
    signals = np.asarray(beats.signals)
    found = np.asarray(jittered(beats, 1).signals)
    most = round(3 * JITTER_S * beats.config.fs)
    middle = slice(most, signals.shape[2] - most)
    moves = []
    for beat, moved in zip(signals[:60], found[:60], strict=True):
        fits = [
            move
            for move in range(-most, most + 1)
            if np.array_equal(np.roll(beat, -move, axis=1)[:, middle], moved[:, middle])
        ]
        assert fits, "no move gives the beat"
        moves.append(fits[0])
    assert 0.5 * JITTER_S < np.std(moves) / beats.config.fs < 2 * JITTER_S


def test_the_same_seed_gives_the_same_and_the_original_stays(beats: BeatSet) -> None:
    before = np.array(beats.signals)
    one, two, other = jittered(beats, 1), jittered(beats, 1), jittered(beats, 2)
    assert np.array_equal(np.asarray(one.signals), np.asarray(two.signals))
    assert not np.array_equal(np.asarray(one.signals), np.asarray(other.signals))
    assert np.array_equal(np.asarray(beats.signals), before)


def test_intervals_before_and_after_move_together_within_a_recording(beats: BeatSet) -> None:
    found = jittered(beats, 1)
    for name in beats.records:
        own = (beats.table["record"] == name).to_numpy()
        pre, post = (found.table[column].to_numpy()[own] for column in ("rr_pre_s", "rr_post_s"))
        assert np.allclose(pre[1:], post[:-1])
        change = pre - beats.table["rr_pre_s"].to_numpy()[own]
        assert np.isnan(change[0])
        assert np.abs(np.nansum(change)) < 6 * JITTER_S, "a recording does not grow longer"


def test_without_any_deviation_nothing_moves(beats: BeatSet) -> None:
    same = jittered(beats, 1, 0.0)
    assert np.array_equal(np.asarray(same.signals), np.asarray(beats.signals))
