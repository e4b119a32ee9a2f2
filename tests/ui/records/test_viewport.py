"""Windows stay inside the recording; what is worth seeing first is an ectopic beat."""

from dataclasses import replace
from pathlib import Path

import pytest

from ecg_core.beats.labelled_record import labelled, reference_layer
from ecg_core.data.reader import read_record
from ecg_core.ui.records import viewport
from tests.made_records import layer, record


@pytest.mark.parametrize(("start_s", "expected"), [(-5, 0), (0, 0), (12.345, 12.35), (95, 90), (1e9, 90)])
def test_clamp(start_s: float, expected: float) -> None:
    assert viewport.clamp(start_s, 10, 100) == pytest.approx(expected, abs=0.006)


def test_a_window_longer_than_the_recording_starts_at_its_beginning() -> None:
    assert viewport.clamp(3, 60, 20) == 0


def test_centred() -> None:
    assert viewport.centred(50, 10, 100) == 45
    assert viewport.centred(2, 10, 100) == 0


@pytest.mark.parametrize(("name", "beat_class"), [("100", "S"), ("208", "V"), ("232", "S"), ("102", "V"), ("107", "V")])
def test_the_first_sight_of_a_real_record_is_an_ectopic_beat(mitdb: Path, name: str, beat_class: str) -> None:
    read = read_record(mitdb, name)
    source = labelled(read, reference_layer(read))
    sample = viewport.first_sight(source)
    assert sample is not None
    assert source.beats.class_at(sample) == beat_class


def test_the_class_to_step_through_at_first_is_the_commonest_abnormal_one(mitdb: Path) -> None:
    read = read_record(mitdb, "208")
    assert viewport.default_class(labelled(read, reference_layer(read)).beats) == "V"


def test_where_nobody_gave_beats_a_class_nothing_is_worth_seeing_first() -> None:
    detected = replace(layer([2_000, 3_000], ["N", "N"]), kind="detected")
    assert viewport.first_sight(labelled(record(3_600), detected)) is None


def test_without_ectopic_beats_the_first_change_of_rhythm_is_worth_seeing() -> None:
    source = record(3_600, layer([0, 100, 2_000], ["+", "N", "+"], ["(N", "", "(AFIB"]))
    assert viewport.first_sight(labelled(source, reference_layer(source))) == 2_000
    quiet = record(3_600, layer([0, 100], ["+", "N"], ["(N", ""]))
    assert viewport.first_sight(labelled(quiet, reference_layer(quiet))) is None
