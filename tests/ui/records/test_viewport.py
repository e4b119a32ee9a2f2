"""Windows stay inside the recording; stepping visits every beat of a class once."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.labelled_record import labelled, reference_layer
from ecg_core.data.reader import read_record
from ecg_core.ui.records import viewport


@pytest.mark.parametrize(("start_s", "expected"), [(-5, 0), (0, 0), (12.345, 12.35), (95, 90), (1e9, 90)])
def test_clamp(start_s: float, expected: float) -> None:
    assert viewport.clamp(start_s, 10, 100) == pytest.approx(expected, abs=0.006)


def test_a_window_longer_than_the_recording_starts_at_its_beginning() -> None:
    assert viewport.clamp(3, 60, 20) == 0


def test_centred() -> None:
    assert viewport.centred(50, 10, 100) == 45
    assert viewport.centred(2, 10, 100) == 0


def test_stepping_visits_every_beat_once_and_stops_at_the_ends() -> None:
    samples = np.array([10, 20, 30])
    visited, at = [], 0
    while (reached := viewport.step(samples, at, 1)) is not None:
        visited.append(at := reached)
    assert visited == [10, 20, 30]
    assert viewport.step(samples, 20, -1) == 10
    assert viewport.step(samples, 10, -1) is None
    assert viewport.step(np.array([], np.int64), 10, 1) is None


def test_position() -> None:
    samples = np.array([10, 20, 30])
    assert viewport.position(samples, 20, "V") == "V 2 of 3"
    assert viewport.position(samples, 21, "V") == "3 V beats"
    assert viewport.position(samples[:1], None, "F") == "1 F beat"


@pytest.mark.parametrize(("name", "beat_class"), [("100", "S"), ("208", "V"), ("232", "S"), ("102", "V"), ("107", "V")])
def test_the_first_sight_of_a_real_record_is_an_ectopic_beat(mitdb: Path, name: str, beat_class: str) -> None:
    record = read_record(mitdb, name)
    source = labelled(record, reference_layer(record))
    sample = viewport.first_sight(source)
    assert sample is not None
    assert source.beats.class_at(sample) == beat_class


def test_the_class_to_step_through_at_first_is_the_commonest_abnormal_one(mitdb: Path) -> None:
    record = read_record(mitdb, "208")
    assert viewport.default_class(labelled(record, reference_layer(record)).beats) == "V"
