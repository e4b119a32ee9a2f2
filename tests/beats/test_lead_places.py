"""Leads are taken by role, whatever their order; what is not there, or does not move, leaves its place empty."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import lead_places as places
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.lead_places import ABSENT, lead_places, place_names, placed_mv, usable_leads
from ecg_core.beats.prepare import prepare
from ecg_core.data.leads import ROLES
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record


@pytest.fixture(scope="module")
def record(simulated: Path) -> Record:
    return read_record(simulated, "sim03")


def with_leads(record: Record, names: tuple[str, ...]) -> Record:
    """As many leads as names, each a copy of one of the recording's, with a gain that tells them apart."""
    order = [k % 2 for k in range(len(names))]
    return replace(
        record,
        leads=names,
        signals=record.signals[:, order],
        gain=tuple(record.gain[k] for k in order),
        baseline=tuple(record.baseline[k] for k in order),
        invalid=tuple(record.invalid[k] for k in order),
        calibrated=(),
    )


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("MLII", "V1"), ("MLII", "V1")),
        (("V1", "MLII"), ("MLII", "V1")),
        (("ECG1", "ECG2"), ("ECG1", "ECG2")),
        (("V5", "V2"), ("V5", "V2")),
        (("I", "aVF", "V5"), ("I", "V5")),
        (("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"), ("II", "V1")),
        (("II",), ("II", ABSENT)),
        (("V1",), ("V1", ABSENT)),
        (("I", "III"), ("I", "III")),
    ],
)
def test_the_first_place_is_lead_iis_and_the_second_a_chest_leads(
    record: Record, names: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    other = with_leads(record, names)
    assert place_names(other, lead_places(other, 2)) == chosen


@given(order=st.permutations(ROLES))
def test_the_order_in_the_file_does_not_matter(order: list[str]) -> None:
    quiet = Record("x", 100.0, tuple(order), np.tile(np.arange(200, dtype=np.int16)[:, None], (1, 12)), (1.0,) * 12,
                   (0,) * 12, (-32768,) * 12, {}, (), None)  # type: ignore[arg-type] # fmt: skip
    assert place_names(quiet, lead_places(quiet, 2)) == ("II", "V1")


def test_a_lead_that_is_flat_or_missing_for_most_of_the_recording_is_not_used(record: Record) -> None:
    for gone in (record.baseline[0], record.invalid[0]):
        signals = np.array(record.signals)
        signals[: int(0.6 * len(signals)), 0] = gone
        broken = replace(record, signals=signals)
        assert usable_leads(broken) == [1]
        assert place_names(broken, lead_places(broken, 2)) == (record.leads[1], ABSENT)
        signals[: int(0.3 * len(signals)), 0] = record.signals[: int(0.3 * len(signals)), 0]
        assert usable_leads(replace(record, signals=signals)) == [0, 1]


def test_of_a_long_recording_some_seconds_from_all_over_it_are_looked_at(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOST_SECONDS", 20)
    signals = np.array(record.signals)
    signals[: int(0.6 * len(signals)), 0] = record.baseline[0]
    assert usable_leads(replace(record, signals=signals)) == [1], "not the first twenty alone, nor the last"
    signals[int(0.3 * len(signals)) :] = record.signals[int(0.3 * len(signals)) :]
    assert usable_leads(replace(record, signals=signals)) == [0, 1]


def test_of_an_uncalibrated_lead_any_movement_counts(record: Record) -> None:
    faint = replace(record, gain=(1e6, 1e6))
    assert usable_leads(faint) == []
    assert usable_leads(replace(faint, calibrated=(False, True))) == [0]


def test_a_recording_without_a_usable_lead_keeps_its_first(record: Record) -> None:
    flat = replace(record, signals=np.full_like(record.signals, record.baseline[0]))
    assert lead_places(flat, 2) == (0, None)


def test_an_empty_place_is_zero_and_the_others_are_the_recordings(record: Record) -> None:
    mv = placed_mv(record, (1, None), 100, 200)
    assert mv.shape == (100, 2)
    assert not mv[:, 1].any()
    assert np.array_equal(mv[:, 0], record.mv(100, 200, [1])[:, 0])


def test_beats_of_one_lead_are_those_of_the_first_lead_of_two(record: Record) -> None:
    config = BeatConfig()
    alone, both = prepare(with_leads(record, ("II",)), config), prepare(record, config)
    assert alone.leads == ("II", ABSENT)
    assert not alone.signals[:, 1].any()
    assert not alone.template[1].any()
    assert len(alone.rows) == len(both.rows)
    apart = np.abs(alone.signals[:, 0].argmax(axis=1) - both.signals[:, 0].argmax(axis=1)) / config.fs
    assert np.median(apart) <= 0.012, "s: only the middle of a QRS differs a little, seen from one lead"
