"""The view as a value: what an address becomes, and what clicks beside the viewer make of it. No page is opened."""

import ast
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.ui.records import tables, view, viewport
from ecg_core.ui.records.view import DIFFERS, FLAGGED, PEAKS, STEPPED, Address, View, lead_names, settled
from tests.made_records import FS, layer, record

SYMBOLS = ("N", "A", "V", "F", "Q", "+", "!", "~")
MOST_SAMPLES = round(200 * FS)


def with_labels(source: Record) -> LabelledRecord:
    return labelled(source, reference_layer(source))


@st.composite
def recordings(draw: st.DrawFn) -> LabelledRecord:
    """0.1 to 200 s with up to 40 annotations of any kind."""
    n_samples = draw(st.integers(36, MOST_SAMPLES))
    symbols = draw(st.lists(st.sampled_from(SYMBOLS), max_size=40))
    samples = draw(st.lists(st.integers(0, n_samples - 1), min_size=len(symbols), max_size=len(symbols), unique=True))
    leads = draw(st.lists(st.sampled_from(["MLII", "V1", "V5"]), min_size=1, max_size=4))
    return with_labels(record(n_samples, layer(samples, symbols), leads))


ADDRESSES = st.builds(
    Address,
    leads=st.none() | st.lists(st.sampled_from(["MLII", "V1", "aVR", "V1 (2)"]), max_size=3).map(tuple),
    start_s=st.none() | st.floats(0, 1e6),
    window_s=st.floats(0.01, 1e6),
    marked=st.none() | st.integers(0, 2 * MOST_SAMPLES),
    stepped=st.none() | st.sampled_from(STEPPED),
)


@st.composite
def views(draw: st.DrawFn) -> View:
    return settled(draw(recordings()), draw(ADDRESSES))[0]


PLACES = st.integers(0, 999)


def at(shown: View, place: int) -> int:
    """A sample of the recording, `place` thousandths into it."""
    return shown.record.n_samples * place // 1_000


def typed(shown: View, place: int) -> str:
    """That time as it is typed."""
    minutes, seconds = divmod(int(at(shown, place) / FS), 60)
    return f"{minutes}:{seconds:02d}"


MOVES = st.one_of(
    PLACES.map(lambda place: lambda shown: shown.mark(at(shown, place))),
    PLACES.map(lambda place: lambda shown: shown.episode(at(shown, place))),
    PLACES.map(lambda place: lambda shown: shown.go_to(typed(shown, place))),
)


def is_possible(shown: View) -> None:
    """What must be true of every view, however it came about."""
    duration_s = shown.record.duration_s
    assert 0 <= shown.start_s <= max(0.0, duration_s - shown.window_s) + 0.005
    assert min(view.SHORTEST_S, duration_s) <= shown.window_s <= duration_s
    assert shown.leads and set(shown.leads) <= set(lead_names(shown.record))
    assert shown.marked is None or 0 <= shown.marked < shown.record.n_samples
    if shown.stepped not in (FLAGGED, DIFFERS):  # which only the viewer can count
        assert (shown.stepped is None) == (len(shown.labelled.beats) == 0)
        assert shown.stepped is None or len(shown.labelled.beats.samples_of(shown.stepped))


@given(recordings(), ADDRESSES)
def test_whatever_an_address_says_becomes_a_view_on_the_recording_that_stays_as_it_is(
    source: LabelledRecord, address: Address
) -> None:
    shown, _ = settled(source, address)
    is_possible(shown)
    again, notes = settled(source, Address(shown.leads, shown.start_s, shown.window_s, shown.marked, shown.stepped))
    assert (again, notes) == (shown, [])


@given(views(), st.lists(MOVES, max_size=8))
def test_no_click_or_typed_time_leaves_the_recording(shown: View, moves: list[object]) -> None:
    for move in moves:
        shown = move(shown)  # type: ignore[operator]
        is_possible(shown)


@given(views(), PLACES)
def test_a_beat_that_is_marked_is_in_the_window_however_long_that_is(shown: View, place: int) -> None:
    sample = at(shown, place)
    moved = shown.mark(sample)
    assert (moved.marked, moved.window_s) == (sample, shown.window_s)
    assert moved.start_s - 0.005 <= sample / FS <= moved.stop_s + 0.005


@given(views(), PLACES, PLACES)
def test_a_mark_outside_the_window_is_dropped_by_going_elsewhere(shown: View, marked: int, place: int) -> None:
    shown = shown.mark(at(shown, marked))
    for there in (shown.episode(at(shown, place)), shown.go_to(typed(shown, place))):
        inside = there.start_s <= at(shown, marked) / FS < there.stop_s
        assert there.marked == (shown.marked if inside else None)


@given(views(), PLACES)
def test_going_elsewhere_changes_neither_length_nor_leads_nor_what_is_stepped_through(shown: View, place: int) -> None:
    kept = (shown.window_s, shown.leads, shown.stepped)
    for there in (shown.episode(at(shown, place)), shown.go_to(typed(shown, place)), shown.mark(at(shown, place))):
        assert (there.window_s, there.leads, there.stepped) == kept


@given(views())
def test_the_table_of_the_window_holds_its_beats_in_the_order_of_time(shown: View) -> None:
    beats, rows = shown.labelled.beats, tables.beats_in_window(shown)
    inside = (beats.r_sample / FS >= shown.start_s - 1e-6) & (beats.r_sample / FS < shown.stop_s - 1e-6)
    assert rows.samples == beats.r_sample[inside].tolist()
    assert rows.table["Beat"].tolist() == beats.symbol[inside].tolist()
    assert len(rows.table) == len(shown.rows)


def real(mitdb: Path, name: str) -> LabelledRecord:
    from ecg_core.data.reader import read_record

    return with_labels(read_record(mitdb, name))


def test_a_bare_address_of_a_real_record_opens_at_its_first_ectopic_beat(mitdb: Path) -> None:
    shown, notes = settled(real(mitdb, "100"), Address())
    assert (shown.leads, shown.start_s, shown.marked, shown.stepped) == (("MLII", "V5"), 0.68, 2044, "S")
    assert shown.window_s == view.DEFAULT_WINDOW_S
    assert notes == []


def test_what_does_not_fit_the_record_is_corrected_with_a_sentence_each(mitdb: Path) -> None:
    shown, notes = settled(real(mitdb, "208"), Address(leads=("aVR",), start_s=99_999, marked=10**8, stepped="Q"))
    assert notes == [
        "Record 208 has no lead aVR; it has MLII, V1.",
        "Beat at sample 100,000,000: record 208 ends at 650,000.",
        "Record 208 ends at 30:06: its last window is shown.",
    ]
    assert (shown.leads, shown.marked, shown.stepped) == (("MLII", "V1"), None, "Q")
    assert shown.stop_s == pytest.approx(shown.record.duration_s, abs=0.005)


def test_a_class_the_record_has_no_beat_of_gives_way_to_that_of_the_marked_beat(mitdb: Path) -> None:
    source = real(mitdb, "100")
    sample = int(source.beats.samples_of("S")[4])
    assert settled(source, Address(marked=sample, stepped="F"))[0].stepped == "S"
    assert settled(source, Address(start_s=0, stepped="F"))[0].stepped == "S"


@pytest.mark.parametrize(("asked_s", "window_s"), [(0.1, 0.5), (0.5, 0.5), (89, 89), (90, 90), (1e6, 90)])
def test_a_window_may_be_half_a_second_or_the_whole_recording(asked_s: float, window_s: float) -> None:
    shown, notes = settled(with_labels(record(round(90 * FS))), Address(window_s=asked_s))
    assert (shown.window_s, notes) == (window_s, [])


def test_a_beat_is_marked_and_centred_an_episode_shown_from_a_second_before_it() -> None:
    shown, _ = settled(with_labels(record(round(400 * FS), layer([100], ["N"]))), Address())
    assert (shown.mark(36_000).marked, shown.mark(36_000).start_s) == (36_000, 95)
    assert (shown.episode(36_000).marked, shown.episode(36_000).start_s) == (None, 99)


def test_a_time_that_is_none_or_beyond_the_end_is_refused_in_words() -> None:
    shown, _ = settled(with_labels(record(round(90 * FS))), Address())
    assert shown.go_to("0:30").start_s == 30
    for wrong, reason in (("noon", "is not a time"), ("1:30", "The record ends at 01:30.")):
        with pytest.raises(ValueError, match=reason):
            shown.go_to(wrong)


def test_two_leads_of_one_name_are_told_apart() -> None:
    shown, _ = settled(with_labels(record(3_600, leads=("ECG", "V5", "ECG"))), Address(leads=("ECG (2)",)))
    assert shown.leads == ("ECG (2)",)
    assert shown.lead_numbers == [2]


def test_a_recording_without_labels_has_nothing_to_step_through() -> None:
    shown, notes = settled(with_labels(record(3_600)), Address(stepped="V"))
    assert (shown.stepped, notes) == (None, [])
    assert tables.facts(shown.labelled)["Labels"] == "none"


def test_the_facts_name_the_reference_layer_and_the_file_it_came_from(mitdb: Path) -> None:
    facts = tables.facts(real(mitdb, "208"))
    assert facts["Labels"] == "reference, 208.atr"
    assert facts["V beats"] == "992 (33.6 %)"


def test_the_rate_is_the_mean_of_the_intervals_and_is_not_given_across_a_flutter() -> None:
    beats = [round(k * FS * 0.75) for k in range(1, 10)]
    source = record(3_600, layer(beats, ["N"] * 9))
    assert "9 beats, mean rate 80 / min." in tables.beats_in_window(settled(with_labels(source), Address())[0]).caption
    flutter = record(3_600, layer([*beats, 500], ["N"] * 9 + ["!"]))
    assert "9 beats." in tables.beats_in_window(settled(with_labels(flutter), Address())[0]).caption


def test_predictions_stand_beside_the_beats_they_are_of() -> None:
    source = record(3_600, layer([100, 500, 900], ["N", "V", "N"]))
    predictions = replace(layer([100, 500], ["S", "?"], ["", "abnormal"]), name="models/made", kind="model")
    rows = tables.beats_in_window(settled(with_labels(source), Address())[0], predictions)
    assert rows.table["Model"].tolist() == ["S", "abnormal", "–"]
    assert np.isnan(rows.table["RR (ms)"][0])


@pytest.mark.parametrize("module", [view, viewport, tables])
def test_the_view_model_imports_no_streamlit_and_no_other_part_of_the_ui(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    names = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ui = {name for name in names if name.startswith("ecg_core.ui")}
    assert "streamlit" not in names
    assert ui <= {"ecg_core.ui.records", "ecg_core.ui.records.view"}


def test_r_peaks_that_differ_are_stepped_through_like_a_class_where_some_do() -> None:
    source = with_labels(record(round(90 * FS), layer([round(FS * k) for k in range(1, 89)], ["N"] * 88)))
    differences = PeakDifferences(np.array([round(30 * FS)]), np.array([round(50.4 * FS)]))
    shown, notes = settled(source, Address(start_s=0, stepped=PEAKS), differences)
    assert (shown.stepped, notes) == (PEAKS, [])
    none = PeakDifferences(np.array([], np.int64), np.array([], np.int64))
    for same in (none, None):
        assert settled(source, Address(start_s=0, stepped=PEAKS), same)[0].stepped == "N"


@pytest.mark.parametrize("kind", [FLAGGED, DIFFERS])
def test_what_only_a_model_can_say_stays_what_is_stepped_through(kind: str) -> None:
    for source in (record(3_600, layer([100, 500], ["N", "V"])), record(3_600)):
        assert settled(with_labels(source), Address(stepped=kind))[0].stepped == kind


def test_r_peaks_that_were_detected_have_no_class_to_step_through() -> None:
    detected = replace(layer([100, 500, 900], ["N", "N", "N"]), kind="detected")
    source = labelled(record(3_600), detected)
    assert settled(source, Address(stepped="N"))[0].stepped is None
    assert settled(source, Address(stepped=FLAGGED))[0].stepped == FLAGGED


def test_the_link_of_a_row_of_beats_opens_at_that_beat(mitdb: Path) -> None:
    source = real(mitdb, "208")
    sample = int(source.beats.samples_of("F")[40])
    row = {"record": "208", "time_s": sample / 360, "r_sample": sample, "beat_class": "F"}
    link = view.link(pd.Series(row))
    asked = Address(None, float(link["start"]), float(link["window"]), int(link["beat"]), link["class"])
    shown, notes = settled(source, asked)
    assert (shown.marked, shown.stepped, notes) == (sample, "F", [])
    assert shown.start_s == pytest.approx(sample / 360 - 5, abs=0.01)


def test_fibrillation_by_rr_stands_among_the_annotated_episodes_under_its_own_name() -> None:
    source = with_labels(record(round(90 * FS), layer([0, round(60 * FS)], ["+", "+"], ["(N", "(AFIB"])))
    rows = tables.episodes(source, (Rhythm("AFIB", round(50 * FS), round(80 * FS)),))
    assert list(rows.table["Rhythm"]) == ["Normal sinus rhythm", "AF by RR", "Atrial fibrillation"]
    assert rows.samples == [0, round(50 * FS), round(60 * FS)]
    assert "AF by RR" in rows.caption
    assert "AF by RR" not in tables.episodes(source).caption
