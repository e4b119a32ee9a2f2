"""Texts at times as annotations that the reader reads back."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.importing.inspected import Inspected
from ecg_core.data.importing.notes import Text, marks_in, notes_of
from ecg_core.data.importing.writing import Loaded, write_record
from ecg_core.data.labels import BEAT_SYMBOLS
from ecg_core.data.reader import read_record
from ecg_core.data.rhythm import rhythms

N = 2_000_000
FS = 200.0


def record_with(texts: list[Text], folder: Path):  # type: ignore[no-untyped-def]
    adc = np.zeros((N, 1), np.int16)
    loaded = Loaded(Inspected("a", "EDF+"), FS, ("II",), adc, (200.0,), (0,), notes_of(texts, FS, N))
    write_record(folder, "r", loaded)
    return read_record(folder, "r")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, N / FS - 1),
            st.one_of(st.none(), st.floats(0, 100)),
            st.one_of(
                st.text(max_size=300), st.sampled_from([*sorted(BEAT_SYMBOLS), "(AFIB", "(x", "## time resolution: 5"])
            ),
        ),
        max_size=20,
    )
)
def test_any_texts_are_read_back_beats_as_beats_and_the_rest_as_notes(
    rows: list[tuple[float, float | None, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = record_with([Text(*row) for row in rows], Path(folder)).annotations
        real = sorted((round(at * FS), " ".join(text.split())) for at, _, text in rows if text.split())
        assert found.sample.tolist() == [at for at, _ in real]
        assert sum(symbol in BEAT_SYMBOLS for symbol in found.symbol) == sum(text in BEAT_SYMBOLS for _, text in real)
        names = {rhythm.name for rhythm in rhythms(found, N)}
        assert names <= {"AFIB"}


def test_a_rhythm_is_a_rhythm_and_a_text_in_brackets_is_none() -> None:
    notes = notes_of([Text(0, None, "(AFIB"), Text(1, None, "(moved)"), Text(2, 5, "cough")], 100, 1000)
    assert notes.symbol == ("+", '"', '"')
    assert notes.aux == ("(AFIB", " (moved)", "cough [5 s]")


def test_texts_outside_the_recording_are_left_out_and_counted() -> None:
    notes = notes_of([Text(-1, None, "N"), Text(10, None, "N"), Text(1, None, "V")], 100, 1000)
    assert notes.sample.tolist() == [100]
    assert notes.said == (
        "1 annotations whose text is a beat symbol became beats (V 1).",
        "2 annotations lie outside the recording and were left out.",
    )


def test_what_a_file_says_of_itself_is_carried_on() -> None:
    assert marks_in("x SIMULATED y", "SYNTHETIC beats") == ("SIMULATED", "SYNTHETIC")
    assert marks_in("Startdate X") == ()
