"""Rhythm episodes from rhythm notes."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.labels import Annotations
from ecg_core.data.reader import read_record
from ecg_core.data.rhythm import RHYTHMS, Rhythm, rhythms


def notes(*pairs: tuple[int, str]) -> Annotations:
    samples = np.array([sample for sample, _ in pairs], np.int64)
    return Annotations(samples, np.array(["+"] * len(pairs), dtype="<U1"), tuple(text for _, text in pairs))


def test_an_episode_lasts_until_the_next_note_and_the_last_to_the_end() -> None:
    found = rhythms(notes((10, "(N"), (500, "(AFIB"), (900, "(N")), 1000)
    assert found == (Rhythm("N", 10, 500), Rhythm("AFIB", 500, 900), Rhythm("N", 900, 1000))


def test_before_the_first_note_there_is_no_episode() -> None:
    assert rhythms(notes((300, "(VT")), 1000)[0].start_sample == 300


def test_a_repeated_note_does_not_split_the_rhythm() -> None:
    assert rhythms(notes((0, "(N"), (400, "(N"), (800, "(N")), 1000) == (Rhythm("N", 0, 1000),)


def test_of_two_notes_on_one_sample_the_later_counts() -> None:
    assert rhythms(notes((0, "(N"), (400, "(VT"), (400, "(N")), 1000) == (Rhythm("N", 0, 1000),)


def test_other_notes_and_empty_brackets_are_no_rhythm() -> None:
    assert rhythms(notes((0, ""), (10, "MISSB"), (20, "("), (30, "( ")), 1000) == ()


def test_no_annotations_no_episodes() -> None:
    assert rhythms(notes(), 1000) == ()


def test_plain_names_and_unknown_codes() -> None:
    assert Rhythm("AFIB", 0, 1).plain_name == "Atrial fibrillation"
    assert Rhythm("AFIB", 0, 1).origin == "supraventricular"
    assert Rhythm("XYZ", 0, 1).plain_name == "XYZ"
    assert Rhythm("XYZ", 0, 1).origin == "unknown"


@pytest.mark.parametrize(("name", "longest"), [("207", "SVTA VFL B N VT IVR"), ("232", "SBR"), ("102", "P N")])
def test_rhythms_of_real_records_have_names_and_do_not_overlap(mitdb: Path, name: str, longest: str) -> None:
    record = read_record(mitdb, name)
    found = rhythms(record.annotations, record.n_samples)
    assert {episode.name for episode in found} == set(longest.split())
    assert all(episode.name in RHYTHMS for episode in found)
    assert all(a.stop_sample == b.start_sample for a, b in pairwise(found))
    assert found[-1].stop_sample == record.n_samples
