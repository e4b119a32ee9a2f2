"""The overview keeps every peak, shows where the abnormal beats are, and can be clicked anywhere."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.reader import read_record
from ecg_core.data.rhythm import Rhythm
from ecg_core.plots.overview import CLICK_CURVE, abnormal_samples, clicked_time, envelope, overview, record_envelope
from ecg_core.plots.theme import LIGHT

MAX_OVERVIEW_BYTES = 110_000


def read(folder: Path, name: str) -> LabelledRecord:
    record = read_record(folder, name)
    return labelled(record, reference_layer(record))


@pytest.mark.parametrize("n", [1, 7, 1_499, 1_500, 1_501, 10_000, 650_000])
def test_the_envelope_keeps_the_extremes_of_every_stretch(n: int) -> None:
    signal = np.random.default_rng(n).normal(size=n).astype(np.float32)
    found = envelope(signal, 1_500)
    assert len(found) <= 1_500
    assert found.dtype == np.float32
    assert found[:, 0].min() == signal.min()
    assert found[:, 1].max() == signal.max()
    assert np.all(found[:, 0] <= found[:, 1])


def test_the_envelope_leaves_a_gap_where_there_is_no_sample_and_only_there() -> None:
    signal = np.ones(1_000, np.float32)
    signal[100:200] = np.nan
    signal[505] = np.nan
    found = envelope(signal, 100)
    assert np.flatnonzero(np.isnan(found[:, 0])).tolist() == list(range(10, 20))


def test_a_clicked_column_becomes_its_middle_in_seconds(mitdb: Path) -> None:
    record = read_record(mitdb, "208")
    assert clicked_time(0, record, 1_500) == pytest.approx(record.duration_s / 3_000)
    assert clicked_time(10**6, record, 1_500) == record.duration_s
    assert clicked_time(-5, record, 1_500) == 0


def test_the_overview_of_a_real_record(mitdb: Path) -> None:
    source = read(mitdb, "208")
    assert {name: len(samples) for name, samples in abnormal_samples(source.beats).items()} == {
        "S": 2, "V": 992, "F": 373, "Q": 2,
    }  # fmt: skip
    figure = overview(source, record_envelope(source.record), 600, 10, LIGHT)
    assert figure.layout.title.text == "Whole recording, 30:06: 2 S, 992 V, 373 F, 2 Q beats. Click to go there"
    assert list(figure.layout.yaxis2.ticktext) == ["S", "V", "F", "Q"]
    mark = figure.layout.shapes[0]
    assert mark.x0 < 605 < mark.x1
    assert "markers" in figure.data[CLICK_CURVE].mode, "a trace of lines only gives no point to select"
    assert figure.data[CLICK_CURVE].marker.opacity == 0
    assert len(figure.to_json()) <= MAX_OVERVIEW_BYTES


def test_the_window_mark_stays_wide_enough_to_be_seen(mitdb: Path) -> None:
    source = read(mitdb, "100")
    mark = overview(source, record_envelope(source.record), 600, 2, LIGHT).layout.shapes[0]
    assert mark.x1 - mark.x0 >= 4 * source.record.duration_s / 1_500


def test_columns_with_a_beat_have_one_stroke_however_many_beats_they_hold(mitdb: Path) -> None:
    source = read(mitdb, "232")
    rail = overview(source, record_envelope(source.record), 0, 10, LIGHT).data[CLICK_CURVE + 1]
    assert rail.line.color == LIGHT.classes["S"]
    assert np.isnan(rail.x[2::3]).all()
    assert len(rail.x) <= 3 * 1_382


def test_fibrillation_has_a_rail_for_the_reference_and_one_for_rr_intervals_only_where_there_is_any(
    simulated: Path,
) -> None:
    source = read(simulated, "sim05")
    columns = record_envelope(source.record)
    found = (Rhythm("AFIB", 36_000, 72_000),)
    figure = overview(source, columns, 0, 10, LIGHT, found=found)
    assert list(figure.layout.yaxis2.ticktext)[:2] == ["AF", "AF by RR"]
    bars = [trace for trace in figure.data if trace.line.width == 6]
    fs = source.record.fs
    annotated = [one for one in source.rhythms if one.name == "AFIB"]
    assert list(bars[0].x)[:2] == [annotated[0].start_sample / fs, annotated[0].stop_sample / fs]
    assert list(bars[1].x)[:2] == [36_000 / fs, 72_000 / fs]
    assert figure.data[CLICK_CURVE].name == "time", "a click still selects a time"
    without = overview(read(simulated, "sim01"), columns, 0, 10, LIGHT)
    assert not {"AF", "AF by RR"} & set(without.layout.yaxis2.ticktext)
