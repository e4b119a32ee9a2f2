"""The view as a value: what an address becomes, and what keys and clicks make of a view. No page is opened."""

import ast
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.ui.records import tables, view, viewport
from ecg_core.ui.records.view import Address, View, lead_names, settled
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
    window_s=st.floats(2, 60),
    marked=st.none() | st.integers(0, 2 * MOST_SAMPLES),
    beat_class=st.none() | st.sampled_from(CLASSES),
)


@st.composite
def views(draw: st.DrawFn) -> View:
    return settled(draw(recordings()), draw(ADDRESSES))[0]


MOVES = st.one_of(
    st.sampled_from([-1, 1]).map(lambda direction: lambda shown: shown.page(direction)),
    st.sampled_from([-1, 1]).map(lambda direction: lambda shown: shown.step(direction)),
    st.floats(0, 100).map(lambda length_s: lambda shown: shown.resize(length_s)),
    st.integers(0, 1_499).map(lambda column: lambda shown: shown.click(column, 1_500)),
    st.integers(0, 39).map(lambda row: lambda shown: shown.episode(shown.record.n_samples * row // 40)),
)


def is_possible(shown: View) -> None:
    """What must be true of every view, however it came about."""
    duration_s = shown.record.duration_s
    assert 0 <= shown.start_s <= max(0.0, duration_s - shown.window_s) + 0.005
    assert 2 <= shown.window_s <= 60
    assert shown.leads and set(shown.leads) <= set(lead_names(shown.record))
    assert shown.marked is None or 0 <= shown.marked < shown.record.n_samples
    assert (shown.beat_class is None) == (len(shown.labelled.beats) == 0)
    assert shown.beat_class is None or len(shown.class_samples)


@given(recordings(), ADDRESSES)
def test_whatever_an_address_says_becomes_a_view_on_the_recording_that_stays_as_it_is(
    source: LabelledRecord, address: Address
) -> None:
    shown, _ = settled(source, address)
    is_possible(shown)
    again, notes = settled(source, Address(shown.leads, shown.start_s, shown.window_s, shown.marked, shown.beat_class))
    assert (again, notes) == (shown, [])


@given(views(), st.lists(MOVES, max_size=8))
def test_no_key_or_click_leaves_the_recording(shown: View, moves: list[object]) -> None:
    for move in moves:
        shown = move(shown)  # type: ignore[operator]
        is_possible(shown)


@given(views())
def test_a_page_on_and_back_is_the_same_window_unless_the_end_was_in_the_way(shown: View) -> None:
    on = shown.page(1)
    if on.start_s == pytest.approx(shown.start_s + shown.window_s, abs=0.005):
        assert on.page(-1).start_s == pytest.approx(shown.start_s, abs=0.011)
    else:
        assert on.at_end


@given(views())
def test_paging_on_reaches_the_end_and_shows_every_second_of_the_recording(shown: View) -> None:
    shown = shown.page(-1_000)
    assert shown.at_start
    covered_s = shown.stop_s
    while not shown.at_end:
        shown = shown.page(1)
        assert shown.start_s <= covered_s + 0.011
        covered_s = shown.stop_s
    assert covered_s >= shown.record.duration_s - 0.011


@given(views())
def test_a_step_on_and_one_back_is_the_same_beat(shown: View) -> None:
    first = shown.step(1)
    if first.can_step(1) and shown.can_step(1):
        second = first.step(1)
        assert second.marked is not None and first.marked is not None and second.marked > first.marked
        assert second.step(-1) == first


@given(views(), st.sampled_from([1, -1]))
def test_without_a_marked_beat_the_first_step_is_to_the_nearest_in_sight(shown: View, direction: int) -> None:
    shown = replace(shown, marked=None)
    in_sight = [n for n in shown.class_samples.tolist() if shown.start_s * FS <= n < shown.stop_s * FS]
    if in_sight:
        assert shown.step(direction).marked == in_sight[0 if direction == 1 else -1]


@given(views())
def test_stepping_visits_every_beat_of_the_class_from_the_first_to_the_last(shown: View) -> None:
    shown = replace(shown, marked=0).mark(0)
    visited = [0] if 0 in shown.class_samples else []
    while shown.can_step(1):
        shown = shown.step(1)
        visited.append(shown.marked or 0)
        assert shown.start_s <= (shown.marked or 0) / FS <= shown.stop_s + view.END_S
    assert visited == sorted(set(shown.class_samples.tolist()))
    assert shown.step(1) == shown


@given(views(), st.integers(0, MOST_SAMPLES), st.floats(2, 60))
def test_another_length_keeps_the_marked_beat_in_the_window(shown: View, at: int, length_s: float) -> None:
    sample = at % shown.record.n_samples
    wide = shown.mark(sample).resize(length_s)
    assert wide.marked == sample
    assert wide.start_s - 0.005 <= sample / FS <= wide.stop_s + 0.005


@given(views())
def test_a_mark_outside_the_window_is_dropped_by_paging(shown: View) -> None:
    on = shown.page(1)
    assert on.marked is None or on.start_s <= on.marked / FS < on.stop_s


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
    assert (shown.leads, shown.start_s, shown.marked, shown.beat_class) == (("MLII", "V5"), 0.68, 2044, "S")
    assert shown.position == "S 1 of 33"
    assert notes == []


def test_what_does_not_fit_the_record_is_corrected_with_a_sentence_each(mitdb: Path) -> None:
    shown, notes = settled(real(mitdb, "208"), Address(leads=("aVR",), start_s=99_999, marked=10**8, beat_class="Q"))
    assert notes == [
        "Record 208 has no lead aVR; it has MLII, V1.",
        "Beat at sample 100,000,000: record 208 ends at 650,000.",
        "Record 208 ends at 30:06: its last window is shown.",
    ]
    assert (shown.leads, shown.marked, shown.beat_class) == (("MLII", "V1"), None, "Q")
    assert shown.at_end


def test_a_class_the_record_has_no_beat_of_gives_way_to_that_of_the_marked_beat(mitdb: Path) -> None:
    source = real(mitdb, "100")
    sample = int(source.beats.samples_of("S")[4])
    assert settled(source, Address(marked=sample, beat_class="F"))[0].beat_class == "S"
    assert settled(source, Address(start_s=0, beat_class="F"))[0].beat_class == "S"


def test_a_click_on_the_overview_centres_that_time_and_drops_the_mark(mitdb: Path) -> None:
    shown = settled(real(mitdb, "208"), Address())[0].click(749, 1_498)
    assert shown.start_s == pytest.approx(1805.6 * 749.5 / 1498 - 5, abs=0.1)
    assert shown.marked is None


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
    shown, notes = settled(with_labels(record(3_600)), Address(beat_class="V"))
    assert (shown.beat_class, shown.can_step(1), shown.can_step(-1), notes) == (None, False, False, [])
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


def test_r_peaks_that_differ_are_stepped_through_like_a_class() -> None:
    source = with_labels(record(round(90 * FS), layer([round(FS * k) for k in range(1, 89)], ["N"] * 88)))
    differences = PeakDifferences(np.array([round(30 * FS)]), np.array([round(50.4 * FS)]))
    shown, notes = settled(source, Address(start_s=0, beat_class=view.PEAKS), differences)
    assert not notes and shown.beat_class == view.PEAKS
    assert view.can_be_stepped(shown) == ["N", view.PEAKS]
    assert shown.position == "2 R peak differences"
    shown = shown.step(1)
    assert (shown.marked, shown.position) == (round(30 * FS), "R peak 1 of 2")
    shown = shown.step(1)
    assert (shown.marked, shown.can_step(1), shown.can_step(-1)) == (round(50.4 * FS), False, True)
    without, _ = settled(source, Address(start_s=0, beat_class=view.PEAKS))
    assert (without.beat_class, view.can_be_stepped(without)) == ("N", ["N"])


def test_fibrillation_by_rr_stands_among_the_annotated_episodes_under_its_own_name() -> None:
    source = with_labels(record(round(90 * FS), layer([0, round(60 * FS)], ["+", "+"], ["(N", "(AFIB"])))
    rows = tables.episodes(source, (Rhythm("AFIB", round(50 * FS), round(80 * FS)),))
    assert list(rows.table["Rhythm"]) == ["Normal sinus rhythm", "AF by RR", "Atrial fibrillation"]
    assert rows.samples == [0, round(50 * FS), round(60 * FS)]
    assert "AF by RR" in rows.caption
    assert "AF by RR" not in tables.episodes(source).caption
