"""Where figures rest on little, a sentence says so."""

import pytest

from ecg_core.evaluation.support import little_support


@pytest.mark.parametrize(
    ("beats", "records", "sentence"),
    [
        (1, 1, "Only 1 beat of 1 record: these figures say next to nothing."),
        (99, 2, "Only 99 beats of 2 records: these figures say next to nothing."),
        (100, 1, ""),
        (50_000, 22, ""),
    ],
)
def test_under_a_hundred_beats_there_is_a_warning(beats: int, records: int, sentence: str) -> None:
    assert little_support(beats, records) == sentence
