"""R peaks of real and simulated recordings: floors, and what must change nothing."""

from pathlib import Path

import pytest

from ecg_core.beats.r_peaks import detect_r_peaks
from ecg_core.data.reader import read_record
from ecg_core.evaluation.beat_comparison import compare_records, peaks


@pytest.mark.parametrize(
    ("name", "sensitivity", "predictivity"),
    [
        ("100", 1.0, 1.0),
        ("106", 0.999, 0.998),
        ("108", 0.998, 0.985),
        ("119", 0.999, 0.999),
        ("200", 0.99, 0.995),
        ("207", 0.998, 0.998),
        ("208", 0.995, 0.997),
        ("222", 0.999, 0.999),
    ],
)
def test_on_records_that_are_hard_each_in_its_way_few_beats_are_missed_or_made_up(
    mitdb: Path, name: str, sensitivity: float, predictivity: float
) -> None:
    record = read_record(mitdb, name)
    found = compare_records(record.annotations, peaks(detect_r_peaks(record).r_sample), record.fs, 0.0)
    hits = len(found.matches.matched_reference_symbol)
    assert hits / (hits + len(found.matches.missed_symbol)) >= sensitivity
    assert hits / (hits + len(found.matches.extra_symbol)) >= predictivity
