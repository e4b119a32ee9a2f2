"""The leaking split and the honest one: both judge every beat once, and only one shares patients."""

import numpy as np

from ecg_core.beats.beat_set import BeatSet
from ecg_core.protocols.protocol import kept_result
from ecg_core.protocols.random_beats import PARTS, RANDOM_BEATS, _at_random, _by_patient, numbers_of


def test_every_beat_is_judged_once_either_way_and_patients_are_kept_apart_in_one(simulated_beats: BeatSet) -> None:
    rows = np.flatnonzero(simulated_beats.used)
    patient = simulated_beats.table["patient"].to_numpy(dtype=str)
    for parts, apart in ((_at_random(rows), False), (_by_patient(simulated_beats, rows), True)):
        every = list(parts)
        assert len(every) == PARTS
        assert np.array_equal(np.sort(np.concatenate(every)), rows)
        shared = [set(patient[part]) & set(patient[rows[~np.isin(rows, part)]]) for part in every]
        assert not any(shared) if apart else all(shared)


def test_numbers_are_numbers(simulated_beats: BeatSet) -> None:
    numbers, judged = numbers_of(simulated_beats)
    assert np.isfinite(numbers).all()
    assert np.array_equal(judged, simulated_beats.used)


def test_the_kept_result_says_how_much_the_leak_flatters() -> None:
    result = kept_result(RANDOM_BEATS.name)
    assert result is not None
    (leaking,) = result.published
    assert leaking.figures["macro F1"] > (result.total["macro F1"] or 1) + 0.2
    assert "nothing about a new patient" in leaking.caution
