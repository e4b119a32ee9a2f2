"""A strip is to scale, says so, shows every beat of its window once, and stays small on the wire."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from ecg_core.beats.labelled_record import labelled, reference_layer
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.plots.paper import MAX_POINTS, extent, strip
from ecg_core.plots.theme import DARK, LIGHT
from tests.made_records import FS, layer
from tests.made_records import record as made_record

MAX_STRIP_BYTES = 190_000


def record(seconds: float = 70, n_leads: int = 2, **changes: Any) -> Record:
    """A made-up recording: a beat a second, alternately N and V, in atrial fibrillation from 20 s on."""
    n = round(seconds * FS)
    beats = list(range(round(0.5 * FS), n, round(FS)))
    labels = [(sample, "NV"[k % 2], "") for k, sample in enumerate(beats)]
    labels += [(0, "+", "(N"), (round(20 * FS), "+", "(AFIB"), (round(3.2 * FS), "|", "")]
    return made_record(n, layer(*zip(*labels, strict=True)), [f"L{k + 1}" for k in range(n_leads)], **changes)


def drawn(source: Record, *args: Any, **options: Any) -> go.Figure:
    return strip(labelled(source, reference_layer(source)), *args, **options)


def traces(figure: go.Figure, name: str) -> list[Any]:
    return [trace for trace in figure.data if trace.name == name]


def words(figure: go.Figure) -> str:
    return " ".join(str(text) for trace in figure.data if trace.text is not None for text in np.atleast_1d(trace.text))


@pytest.mark.parametrize("length_s", [2, 5, 10, 12, 13, 30, 60])
def test_every_axis_keeps_one_mv_as_high_as_two_fifths_of_a_second_is_wide(length_s: float) -> None:
    layout = drawn(record(), 1.0, length_s, [0, 1], LIGHT).to_plotly_json()["layout"]
    axes = [axis for name, axis in layout.items() if name.startswith("yaxis")]
    assert all(axis["scaleanchor"] == "x" and axis["scaleratio"] == 0.4 for axis in axes)
    heights = {round(axis["range"][1] - axis["range"][0], 6) for axis in axes}
    assert len(heights) == 1
    px_per_mv = (layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]) / heights.pop()
    px_per_s = px_per_mv / 0.4
    width_px = px_per_s * (layout["xaxis"]["range"][1] - layout["xaxis"]["range"][0])
    assert width_px <= 976 + 3


def test_a_narrow_window_fills_the_width_it_is_told() -> None:
    wide, narrow = (drawn(record(), 0, 10, [0, 1], LIGHT, width_px=px).layout.height for px in (1500, 600))
    assert wide > 1.4 * narrow


def test_the_scale_is_printed() -> None:
    assert "25 mm/s   10 mm/mV" in words(drawn(record(), 0, 10, [0, 1], LIGHT))


def test_not_to_scale_is_said_and_is_one_row() -> None:
    figure = drawn(record(), 0, 60, [0, 1], LIGHT, to_scale=False)
    assert "not to scale" in words(figure)
    assert "25 mm/s" not in words(figure)
    assert figure.layout.yaxis.scaleanchor is None
    assert len(traces(figure, "L1")) == 1


@pytest.mark.parametrize(("length_s", "rows"), [(10, 1), (12, 1), (13, 2), (30, 3), (60, 6)])
def test_long_windows_are_wrapped_into_rows_of_ten_seconds(length_s: float, rows: int) -> None:
    figure = drawn(record(), 2.0, length_s, [0, 1], LIGHT)
    assert len(traces(figure, "L1")) == len(traces(figure, "L2")) == rows


def test_samples_stand_at_their_times_and_are_true_millivolts() -> None:
    source = record()
    figure = drawn(source, 7.5, 10, [1], LIGHT)
    (trace,) = traces(figure, "L2")
    assert trace.x0 == 0
    assert trace.dx == 1 / FS
    assert trace.y.dtype == np.float32
    np.testing.assert_array_equal(trace.y, source.mv(2700, 2700 + 3600, [1])[:, 0])


def test_rows_join_without_a_missing_or_a_repeated_sample() -> None:
    source = record()
    parts = traces(drawn(source, 3.0, 30, [0], LIGHT), "L1")
    np.testing.assert_array_equal(np.concatenate([part.y for part in parts]), source.mv(1080, 1080 + 10_800, [0])[:, 0])


def test_the_calibration_pulse_is_one_millivolt_for_a_fifth_of_a_second() -> None:
    (pulse,) = traces(drawn(record(), 0, 10, [0], LIGHT), "calibration 1 mV, 0.2 s")
    y = np.array([v for v in pulse.y if v is not None], float)
    high = [x for x, v in zip(pulse.x, pulse.y, strict=True) if v is not None and v > y.min() + 0.5]
    assert np.ptp(y) == pytest.approx(1.0)
    assert max(high) - min(high) == pytest.approx(0.2, abs=1e-3)


def test_every_beat_of_the_window_is_shown_once_with_its_class_and_intervals() -> None:
    figure = drawn(record(), 10.0, 20, [0], LIGHT)
    normal, ventricular = traces(figure, "class N")[0], traces(figure, "class V")[0]
    assert len(normal.x) == len(ventricular.x) == 10
    assert set(ventricular.text) == {"V"}
    assert ventricular.marker.color == LIGHT.classes["V"]
    assert ventricular.marker.symbol == "diamond"
    assert "RR before 1000 ms, after 1000 ms" in ventricular.hovertext[3]
    assert "Premature ventricular contraction, class V" in ventricular.hovertext[3]


def test_other_annotations_are_grey_letters_and_rhythm_changes_a_bar_with_a_name() -> None:
    figure = drawn(record(), 0.0, 10, [0], LIGHT)
    (other,) = traces(figure, "other annotations")
    assert list(other.text) == ["|"]
    assert other.textfont.color == LIGHT.muted
    assert "N  Normal sinus rhythm" in words(figure)
    assert "AFIB  Atrial fibrillation" in words(drawn(record(), 20.0, 10, [0], LIGHT))


def test_the_marked_beat_has_a_band_only_where_it_is() -> None:
    source = record()
    inside, outside = round(4.5 * FS), round(44.5 * FS)
    bands = [len(drawn(source, 0, 10, [0], LIGHT, marked=sample).layout.shapes) for sample in (inside, outside)]
    assert bands[0] == bands[1] + 1


def test_missing_samples_are_a_hatched_gap() -> None:
    source = record()
    signals = source.signals.copy()
    signals[720:1440, 0] = -2048
    figure = drawn(replace(source, signals=signals), 0, 10, [0], LIGHT)
    (trace,) = traces(figure, "L1")
    assert np.isnan(trace.y[720:1440]).all()
    assert trace.connectgaps is False
    (block,) = [t for t in figure.data if t.fillpattern.shape]
    assert (min(block.x), max(block.x)) == (pytest.approx(2.0), pytest.approx(4.0))
    assert "no signal" in words(figure)


def test_a_window_without_any_signal_or_annotation_can_be_drawn() -> None:
    source = record()
    empty = replace(source, signals=np.full_like(source.signals, -2048), layers={})
    figure = drawn(empty, 0, 10, [0, 1], LIGHT, extents_mv=[extent(empty, lead) for lead in (0, 1)])
    assert np.isnan(traces(figure, "L1")[0].y).all()


def test_simulated_records_say_so_in_place() -> None:
    figure = drawn(record(simulated=True), 0, 10, [0], LIGHT)
    assert [a.text for a in figure.layout.annotations] == ["SIMULATED"]
    assert "SIMULATED" in figure.layout.title.text
    assert not drawn(record(), 0, 10, [0], LIGHT).layout.annotations


def test_the_window_ends_with_the_recording() -> None:
    (trace,) = traces(drawn(record(seconds=70), 65, 10, [0], LIGHT), "L1")
    assert len(trace.y) == 5 * FS


@pytest.mark.parametrize(("start_s", "length_s", "leads"), [(0, 1.9, [0]), (0, 61, [0]), (70, 10, [0]), (0, 10, [])])
def test_a_window_that_cannot_be_is_refused(start_s: float, length_s: float, leads: list[int]) -> None:
    with pytest.raises(ValueError, match="s"):
        drawn(record(), start_s, length_s, leads, LIGHT)


def test_markup_in_lead_names_and_notes_stays_text() -> None:
    source = record()
    notes = layer([100], ['"'], ["<b onclick=x>"])
    figure = drawn(replace(source, leads=("<script>", "L2"), layers={notes.name: notes}), 0, 10, [0], LIGHT)
    assert "<script" not in figure.to_json()
    assert "<b onclick" not in figure.to_json()


def test_many_leads_are_drawn_as_an_envelope_that_keeps_the_peaks_and_says_so() -> None:
    source = record(n_leads=6)
    signals = source.signals.copy()
    signals[10_000, :] = 1500
    figure = drawn(replace(source, signals=signals), 0, 60, list(range(6)), LIGHT)
    assert "envelope: extremes of each" in words(figure)
    assert sum(len(t.y) for t in figure.data if str(t.name).startswith("L")) <= MAX_POINTS * 1.05
    assert max(np.max(t.y) for t in traces(figure, "L1")) == pytest.approx(7.5)


def model_layer(labels: list[tuple[int, str, str]], probability: list[float] | None) -> LabelLayer:
    sample, symbol, aux = zip(*labels, strict=True)
    return LabelLayer(
        "models/made", "model", "models/made",
        annotations=Annotations(np.array(sample), np.array(symbol, "<U1"), aux),
        probability=None if probability is None else np.array(probability, np.float32),
    )  # fmt: skip


def test_predictions_are_rings_with_a_letter_only_where_they_differ_from_the_reference() -> None:
    n, v = round(4.5 * FS), round(5.5 * FS)
    assert record().annotations.symbol[np.isin(record().annotations.sample, [n, v])].tolist() == ["N", "V"]
    predictions = model_layer([(n, "S", ""), (v, "V", "")], [0.8, 0.6])
    figure = drawn(record(), 0, 10, [0], LIGHT, predictions=predictions)
    (differs,), (agrees,) = traces(figure, "predicted S"), traces(figure, "predicted V")
    assert (differs.text, agrees.text) == (("S",), ("",))
    assert differs.hovertext[0] == "models/made: <b>S</b>, 80 % sure<br>reference N, differs"
    assert agrees.hovertext[0] == "models/made: <b>V</b>, 60 % sure<br>reference V"
    assert agrees.marker.symbol == "diamond-open"
    assert differs.x[0] == pytest.approx(4.5)


def test_normal_and_abnormal_agree_with_every_class_they_stand_for() -> None:
    n, v = round(4.5 * FS), round(5.5 * FS)
    figure = drawn(
        record(), 0, 10, [0], LIGHT, predictions=model_layer([(n, "N", "normal"), (v, "?", "abnormal")], None)
    )
    (normal,), (abnormal,) = traces(figure, "predicted normal"), traces(figure, "predicted abnormal")
    assert (normal.text, abnormal.text) == (("",), ("",))
    assert abnormal.hovertext[0] == "models/made: <b>abnormal</b><br>reference V"


def test_a_prediction_where_the_reference_has_no_beat_says_so() -> None:
    figure = drawn(record(), 0, 10, [0], LIGHT, predictions=model_layer([(1_000, "?", "abnormal")], None))
    (trace,) = traces(figure, "predicted abnormal")
    assert trace.text == ("A",)
    assert trace.hovertext[0].endswith("reference none, differs")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.theme)
@pytest.mark.parametrize("name", ["102", "114", "207", "208", "232"])
@pytest.mark.parametrize("length_s", [5, 10, 30, 60])
def test_real_strips_are_small_on_the_wire(mitdb: Path, name: str, length_s: float, palette: Any) -> None:
    source = read_record(mitdb, name)
    figure = drawn(source, 60.0, length_s, [0, 1], palette, extents_mv=[extent(source, lead) for lead in (0, 1)])
    assert len(figure.to_json()) <= MAX_STRIP_BYTES


FOUND = (Rhythm("AFIB", round(5 * FS), round(60 * FS)),)


def test_rhythms_that_were_found_have_a_bar_below_the_annotated_ones_and_both_say_whose_they_are() -> None:
    figure = drawn(record(), 22.0, 10, [0], LIGHT, found=FOUND, found_by="by RR")
    rhythm_bars = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    annotated, found = rhythm_bars
    assert found.y1 < annotated.y0
    assert found.line.dash == "dot" and not annotated.line.dash
    said = words(figure)
    assert "AFIB  Atrial fibrillation, reference" in said and "AFIB  Atrial fibrillation, by RR" in said
    plain = drawn(record(), 22.0, 10, [0], LIGHT)
    assert "reference" not in words(plain)
    assert plain.layout.height < figure.layout.height


def test_room_for_the_second_bar_is_there_in_every_window_of_the_record() -> None:
    heights = {drawn(record(), start, 10, [0], LIGHT, found=FOUND, found_by="by RR").layout.height for start in (0, 30)}
    assert len(heights) == 1


def test_without_an_annotated_rhythm_what_was_found_takes_its_place() -> None:
    source = record(layers={})
    figure = drawn(source, 22.0, 10, [0], LIGHT, found=FOUND, found_by="by RR")
    (bar,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert not bar.line.dash
    assert "AFIB  Atrial fibrillation, by RR" in words(figure)


def test_missed_and_extra_r_peaks_are_drawn_where_they_are_and_only_in_their_window() -> None:
    differences = PeakDifferences(np.array([round(3 * FS), round(40 * FS)]), np.array([round(5.25 * FS)]))
    figure = drawn(record(), 1.0, 10, [0, 1], LIGHT, differences=differences)
    (trace,) = traces(figure, "R peaks missed or extra")
    assert list(trace.text) == ["missed", "extra"]
    lines = [shape for shape in figure.layout.shapes if shape.type == "line" and shape.line.dash in ("dot", "dash")]
    assert [line.x0 for line in lines] == pytest.approx([2.0, 4.25])
    assert not traces(drawn(record(), 12.0, 10, [0], LIGHT, differences=differences), "R peaks missed or extra")


def test_an_uncalibrated_lead_claims_no_mv_and_has_no_pulse() -> None:
    calibrated = words(drawn(record(), 1.0, 10, [0, 1], LIGHT))
    assert "10 mm/mV" in calibrated and "uncalibrated" not in calibrated
    source = record(calibrated=(True, False))
    one = drawn(source, 1.0, 10, [0, 1], LIGHT)
    assert "10 mm/mV" in words(one) and "L2 uncalibrated: no true mV" in words(one)
    (pulse,) = traces(one, "calibration 1 mV, 0.2 s")
    assert sum(value is None for value in pulse.x) == 1
    alone = drawn(source, 1.0, 10, [1], LIGHT)
    assert "mm/mV" not in words(alone) and "25 mm/s" in words(alone)
    (pulse,) = traces(alone, "calibration 1 mV, 0.2 s")
    assert not pulse.x
    (trace,) = traces(alone, "L2")
    assert "uncalibrated" in trace.hovertemplate and "mV" not in trace.hovertemplate
    stretched = words(drawn(source, 1.0, 10, [1], LIGHT, to_scale=False))
    assert "pulse 1 mV" not in stretched and "uncalibrated" in stretched


def test_an_uncalibrated_lead_is_drawn_about_the_middle_of_its_range_and_another_where_it_is() -> None:
    source = record(calibrated=(True, False), baseline=(-2000, -2000))
    figure = drawn(source, 1.0, 10, [0, 1], LIGHT, extents_mv=[extent(source, 0), extent(source, 1)])
    means = [float(np.mean(traces(figure, name)[0].y)) for name in ("L1", "L2")]
    assert means == pytest.approx([10, 0], abs=0.3)
