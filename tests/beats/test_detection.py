"""Detected R peaks are a layer of labels: kept, found again, and used where nobody annotated the record."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.detection import READABLE, UNREADABLE, detect_and_keep, detected_layer, unreadable_s
from ecg_core.beats.marked import has_reference_beats
from ecg_core.beats.store import is_prepared, load_beats
from ecg_core.data.labels import DETECTED, MARKED, REFERENCE, UNCLASSIFIED
from ecg_core.data.layers import kept_layer
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from ecg_core.evaluation.r_peak_report import JudgedRecord, judge_r_peaks, report_of


@pytest.fixture
def folder(tmp_path: Path, simulated: Path) -> Path:
    """Two simulated recordings, the second without annotations."""
    for name in ("sim01", "sim02"):
        for path in simulated.glob(f"{name}.*"):
            if path.name != "sim02.atr":
                shutil.copy(path, tmp_path / path.name)
    return tmp_path


def test_a_detected_layer_marks_beats_that_nobody_classified_and_is_kept(folder: Path) -> None:
    layer = detect_and_keep(folder, "sim02")
    assert (layer.name, layer.kind, layer.is_detected) == (DETECTED, "detected", True)
    assert layer.made_from and layer.created and layer.made_by
    beats = layer.annotations.symbol == UNCLASSIFIED
    assert beats.sum() > 100
    assert layer.probability is not None and ((layer.probability >= 0) & (layer.probability <= 1)).all()
    assert (np.diff(layer.annotations.sample) >= 0).all()
    kept = kept_layer(folder, "sim02", DETECTED)
    assert kept is not None and np.array_equal(kept.annotations.sample, layer.annotations.sample)


def test_a_record_without_annotations_is_prepared_from_its_detected_peaks_and_others_from_their_reference(
    folder: Path,
) -> None:
    with pytest.raises(DataError, match="no beat annotations"):
        load_beats(folder, ["sim02"], layer=MARKED)
    detect_and_keep(folder, "sim02")
    detect_and_keep(folder, "sim01")
    assert not is_prepared(folder, ["sim01", "sim02"], layer=MARKED)
    both = load_beats(folder, ["sim01", "sim02"], layer=MARKED)
    assert both.layer == MARKED
    symbols = {name: set(both.table["symbol"][both.table["record"] == name]) for name in both.records}
    assert symbols["sim02"] == {UNCLASSIFIED}
    assert UNCLASSIFIED not in symbols["sim01"]
    assert load_beats(folder, ["sim02"], layer=MARKED).layer == DETECTED
    assert load_beats(folder, ["sim01"], layer=MARKED).layer == REFERENCE
    assert is_prepared(folder, ["sim01", "sim02"], layer=MARKED)


def test_annotations_that_cannot_be_read_are_not_taken_for_none(folder: Path) -> None:
    assert has_reference_beats(folder, "sim01")
    assert not has_reference_beats(folder, "sim02")
    (folder / "sim01.atr").write_bytes(b"damaged")
    assert has_reference_beats(folder, "sim01")
    with pytest.raises(DataError, match="damaged"):
        detect_and_keep(folder, "sim01")
    with pytest.raises(DataError, match="damaged"):
        load_beats(folder, ["sim01"], layer=MARKED)


def test_stretches_that_cannot_be_read_are_marked_and_counted(folder: Path) -> None:
    record = read_record(folder, "sim02")
    signals = record.signals.copy()
    first, last = round(20 * record.fs), round(50 * record.fs)
    signals[first:last] = signals[first]  # both leads flat for half a minute
    flat = type(record)(**{**vars(record), "signals": signals})
    layer = detected_layer(flat)
    marks = [text for text in layer.annotations.aux if text]
    assert marks[0].startswith(UNREADABLE) and marks[1] == READABLE
    assert unreadable_s(layer, record.fs, record.n_samples) == pytest.approx(30, abs=3)
    inside = (layer.annotations.sample >= first + record.fs) & (layer.annotations.sample < last - record.fs)
    assert not (layer.annotations.symbol[inside] == UNCLASSIFIED).any()


def test_the_report_is_gross_over_the_records_that_have_a_reference(folder: Path) -> None:
    rows = {}
    for name in ("sim01", "sim02"):
        record = read_record(folder, name)
        layer = detected_layer(record)
        comparison = judge_r_peaks(record.annotations, layer, record.fs, record.n_samples)
        rows[name] = JudgedRecord(len(layer), 0.0, 0.5, comparison)
    assert rows["sim02"].comparison is None
    report = report_of(rows)
    assert report.sensitivity is not None and report.sensitivity > 99
    assert report.positive_predictivity is not None and report.positive_predictivity > 99
    assert report.seconds_per_record == 0.5
    assert set(report.to_json()["records"]["sim02"]) == {"beats", "unreadable_s", "seconds"}
    alone = report_of({"sim02": rows["sim02"]})
    assert (alone.sensitivity, alone.positive_predictivity, alone.rr_error_ms) == (None, None, None)


@pytest.mark.parametrize("name", ["100", "105", "108", "203", "207", "222"])
def test_floors_on_recorded_beats(mitdb: Path, name: str) -> None:
    record = read_record(mitdb, name)
    comparison = judge_r_peaks(record.annotations, detected_layer(record), record.fs, record.n_samples)
    assert comparison is not None
    qrs = comparison.figures.qrs
    assert qrs.sensitivity is not None and qrs.positive_predictivity is not None
    assert qrs.sensitivity >= 99.0
    assert qrs.positive_predictivity >= 98.0
