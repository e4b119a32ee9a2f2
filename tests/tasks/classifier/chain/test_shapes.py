"""Beats of one shape are one family, the sinus beats are known by being usual, and neither lead nor gain matters."""

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.tasks.classifier.chain.record import RecordBeats
from ecg_core.tasks.classifier.chain.shapes import shapes_of
from ecg_core.tasks.classifier.chain.timing import raw_timing
from tests.tasks.classifier.chain.factories import record_of, with_ectopics


def grouped(record: RecordBeats) -> "np.ndarray":
    return shapes_of(record, raw_timing(record)).family


def test_v_beats_are_a_family_of_their_own_and_the_others_the_sinus_beats() -> None:
    record, ventricular = with_ectopics()
    shapes = shapes_of(record, raw_timing(record))
    assert len(np.unique(shapes.family[ventricular])) == 1
    assert np.array_equal(shapes.sinus, ~ventricular)
    assert shapes.width_ms[ventricular].min() > shapes.width_ms[~ventricular].max()


def test_sinus_beats_are_found_where_more_beats_are_v() -> None:
    kinds = ["V" if k % 5 > 1 else "N" for k in range(200)]
    rr_s = np.array([0.5 if kind == "V" else 1.1 for kind in kinds[1:]])
    record = record_of(kinds, rr_s)
    shapes = shapes_of(record, raw_timing(record))
    assert np.array_equal(shapes.sinus, np.array([kind == "N" for kind in kinds]))


@pytest.mark.parametrize("change", ["swapped", "inverted"])
def test_order_and_sign_of_the_leads_change_no_family(change: str) -> None:
    record, _ = with_ectopics()
    signals = (
        record.signals[:, ::-1] if change == "swapped" else record.signals * np.array([1, -1], np.float32)[:, None]
    )
    assert np.array_equal(grouped(replace(record, signals=np.ascontiguousarray(signals))), grouped(record))


def test_the_same_recording_is_grouped_alike_each_time() -> None:
    record, _ = with_ectopics()
    assert np.array_equal(grouped(record), grouped(record))


@pytest.mark.parametrize("n", [1, 2, 5, 13, 21])
def test_a_handful_of_beats_is_grouped_too(n: int) -> None:
    record = record_of(["N"] * n, np.full(n - 1, 0.8))
    assert shapes_of(record, raw_timing(record)).neighbours.shape[0] == n
