"""Two groups of patients: never one patient in both, as even as can be, and plain about what cannot be had."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.catalogue import patient_of
from ecg_core.evaluation.halves import dominant_record, mostly_one_record, real_halves


def beats_of(counts: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    records = np.repeat(list(counts), list(counts.values()))
    return records, np.array([patient_of(str(name)) for name in records], dtype=str)


counts = st.dictionaries(st.sampled_from([str(n) for n in range(196, 210)]), st.integers(1, 60), min_size=2)


@settings(deadline=None)
@given(counts, st.integers(0, 1000))
def test_halves_never_share_a_patient_and_none_is_empty(held: dict[str, int], seed: int) -> None:
    records, patients = beats_of(held)
    halves = real_halves(records, patients, np.random.default_rng(seed))
    if len(set(patients)) == 1:
        assert halves.first is None
        return
    assert halves.first is not None
    assert not set(patients[halves.first]) & set(patients[~halves.first])
    assert 0 < halves.smaller == min(halves.first.sum(), (~halves.first).sum()) <= len(records) / 2


def test_the_two_records_of_one_patient_stay_together() -> None:
    records, patients = beats_of({"201": 30, "202": 30, "203": 60})
    halves = real_halves(records, patients, np.random.default_rng(0))
    assert halves.first is not None
    assert halves.smaller == 60
    assert len(set(halves.first[np.isin(records, ["201", "202"])])) == 1


def test_halves_are_as_even_as_many_tries_can_make_them() -> None:
    records, patients = beats_of(dict(zip("abcdefghij", (100, 90, 40, 30, 20, 20, 10, 5, 3, 2), strict=True)))
    for seed in range(10):
        assert real_halves(records, patients, np.random.default_rng(seed)).smaller >= 155


def test_another_call_deals_the_patients_out_anew() -> None:
    records, patients = beats_of(dict.fromkeys("abcdefghijkl", 10))
    rng = np.random.default_rng(0)
    firsts = [real_halves(records, patients, rng).first for _ in range(5)]
    assert len({first.tobytes() for first in firsts if first is not None}) == 5


def test_one_patient_gives_no_halves_and_says_so() -> None:
    halves = real_halves(*beats_of({"201": 9, "202": 3}), np.random.default_rng(0))
    assert halves.first is None
    assert halves.smaller == 0
    assert halves.note == "All 12 beats come from one patient (record 201, 202): there are no two groups to compare."


def test_a_record_with_nearly_all_beats_is_named() -> None:
    halves = real_halves(*beats_of({"208": 372, "223": 30, "205": 12}), np.random.default_rng(0))
    assert halves.smaller == 42
    assert halves.note == (
        "372 of 414 beats come from record 208: two groups of patients are that record against the rest, and figures "
        "between them say little about other patients."
    )
    assert halves.dominant_record == "208"


def test_where_no_record_holds_more_than_half_there_is_nothing_to_note() -> None:
    halves = real_halves(*beats_of({"208": 50, "223": 50}), np.random.default_rng(0))
    assert (halves.note, halves.dominant_record) == ("", "")


@pytest.mark.parametrize(
    ("held", "name", "told"),
    [
        ({}, "", ""),
        ({"a": 1}, "a", "1 of 1 beats come from record a"),
        ({"a": 3, "b": 3}, "", ""),
        ({"a": 3, "b": 4}, "b", "4 of 7 beats come from record b"),
    ],
)
def test_the_record_that_holds_most(held: dict[str, int], name: str, told: str) -> None:
    records = beats_of(held)[0]
    assert dominant_record(records) == name
    assert mostly_one_record(records) == told
