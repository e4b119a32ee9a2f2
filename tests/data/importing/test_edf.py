"""EDF and BDF files: the same mV, the right channels, and one message for each thing that can be wrong."""

import datetime
import tempfile
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.importing.edf import inspect_edf, load_edf
from ecg_core.data.importing.inspected import Choice
from ecg_core.data.importing.writing import write_record
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import DataError
from tests.made_files import FS, channel, ecg_like, edf_bytes, edf_with_gaps, patched


def saved(folder: Path, raw: bytes, name: str = "a.edf") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def brought_in(path: Path, **choice: Any) -> Record:
    loaded = load_edf(path, path.name, Choice(**choice))
    write_record(path.parent, "made", loaded)
    return read_record(path.parent, "made")


def refused(path: Path, **choice: Any) -> str:
    with pytest.raises(DataError) as error:
        load_edf(path, path.name, Choice(**choice))
    return str(error.value)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_mv_of_an_edf_file_are_those_of_the_record_within_a_step(data: st.DataObject) -> None:
    seconds = data.draw(st.integers(1, 4))
    digital_range = data.draw(st.sampled_from([(-32768, 32767), (-2048, 2047), (0, 4095), (-100, 30_000)]))
    low = data.draw(st.floats(-9.9, -0.5).map(lambda value: round(value, 3)))
    high = data.draw(st.floats(0.5, 9.9).map(lambda value: round(value, 3)))
    unit, scale = data.draw(st.sampled_from([("mV", 1.0), ("uV", 1000.0), ("V", 0.001)]))
    upside_down = data.draw(st.booleans())
    physical = tuple(float(f"{value * scale:.5g}") for value in ((high, low) if upside_down else (low, high)))
    n_leads = data.draw(st.integers(1, 3))
    channels = []
    for k in range(n_leads):
        seed = data.draw(st.integers(0, 1000))
        values = np.random.default_rng(seed).integers(*digital_range, FS * seconds, endpoint=True).astype(np.int16)
        values[:2] = digital_range  # both ends
        channels.append(
            channel(
                values, label=f"V{k + 1}", physical_dimension=unit, physical_range=physical, digital_range=digital_range
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), edf_bytes(channels))
        expected = np.stack([one.data / scale for one in edfio.read_edf(path).signals], axis=1)
        record = brought_in(path)
        step = abs(physical[1] - physical[0]) / scale / (digital_range[1] - digital_range[0])
        assert record.leads == tuple(f"V{k + 1}" for k in range(n_leads))
        assert record.fs == FS
        assert record.integrity.checksums_verified
        mv = record.mv()
        assert not np.isnan(mv).any()
        # half a step for the baseline, one for the value that WFDB keeps for missing samples
        assert np.abs(mv - expected).max() <= 1.51 * step + 1e-5
        assert np.median(np.abs(mv - expected)) <= 0.51 * step + 1e-5


def test_digital_values_are_kept_as_they_are(tmp_path: Path) -> None:
    values = ecg_like(3 * FS)
    record = brought_in(saved(tmp_path, edf_bytes([channel(values)])))
    assert np.array_equal(record.signals[:, 0], values)
    assert (record.gain, record.baseline) == ((200.0,), (0,))


def test_start_patient_annotations_and_other_channels_are_understood(tmp_path: Path) -> None:
    raw = edf_bytes(
        [channel(ecg_like(4 * FS)), channel(ecg_like(4 * FS), label="EEG C3-A2"),
         channel(ecg_like(4 * FS), label="ECG V1"),
         channel(ecg_like(4 * FS), label="SpO2", physical_dimension="%"), channel(ecg_like(4 * 10), 10, label="x")],
        patient=edfio.Patient(code="P17", name="Jane_Doe", birthdate=datetime.date(1950, 1, 2)),
        recording=edfio.Recording(startdate=datetime.date(2020, 5, 6)),
        starttime=datetime.time(11, 12, 13),
        annotations=[edfio.EdfAnnotation(0.5, None, "N"), edfio.EdfAnnotation(1.5, 2.5, "(loud) cough")],
    )  # fmt: skip
    path = saved(tmp_path, raw)
    item = inspect_edf(path, "a.edf", Choice())
    assert (item.kind, item.rate, item.n_samples, item.duration_s) == ("EDF+", FS, 4 * FS, 4.0)
    assert (item.leads, item.unit, item.start, item.patient) == (("II", "V1"), "uV", "2020-05-06T11:12:13", "P17")
    assert item.annotators == ("EDF+ annotations",)
    assert [(one.label, one.left_out) for one in item.left_out] == [
        ("EEG C3-A2", "its label names another signal than an ECG"),
        ("SpO2", "its unit is '%', not V, mV or uV"),
        ("x", "its rate is 10 Hz, and an ECG has 50 to 10,000 Hz"),
    ]
    assert item.ready
    record = brought_in(path)
    assert record.annotations.sample.tolist() == [100, 300]
    assert record.annotations.symbol.tolist() == ["N", '"']
    assert record.annotations.aux == ("", " (loud) cough [2.5 s]")
    header = (tmp_path / "made.hea").read_text()
    assert "11:12:13 06/05/2020" in header
    assert "Jane" not in header


@pytest.mark.parametrize(
    ("text", "plus", "patient"),
    [("X X X X", True, None), ("P17 F X X", True, "P17"), ("", False, None), ("unknown", False, None)],
)
def test_a_patient_is_a_code_and_nobody_where_the_file_names_nobody(
    tmp_path: Path, text: str, plus: bool, patient: str | None
) -> None:
    raw = edf_bytes([channel(ecg_like(FS))], **({"annotations": []} if plus else {}))
    assert inspect_edf(saved(tmp_path, patched(raw, 8, text, 80)), "a", Choice()).patient == patient


@pytest.mark.parametrize(
    ("date", "time", "start"),
    [
        ("01.01.85", "00.00.00", ""), ("01.01.85", "08.30.00", "08:30:00"),
        ("02.01.85", "00.00.00", "1985-01-02T00:00:00"),
        ("17.05.24", "08.30.00", "2024-05-17T08:30:00"), ("17.05.24", "99.30.00", ""),
    ],
)  # fmt: skip
def test_a_start_that_stands_for_none_is_none(tmp_path: Path, date: str, time: str, start: str) -> None:
    raw = patched(patched(edf_bytes([channel(ecg_like(2 * FS))]), 168, date), 176, time)
    (tmp_path / "a.edf").write_bytes(raw)
    assert inspect_edf(tmp_path / "a.edf", "a.edf", Choice()).start == start


def test_a_name_without_a_code_becomes_a_pseudonym_that_is_the_same_in_every_file(tmp_path: Path) -> None:
    found = set()
    for k, plus in enumerate((True, True, False)):
        raw = edf_bytes([channel(ecg_like(FS, k))], **({"annotations": []} if plus else {}))
        found.add(inspect_edf(saved(tmp_path, patched(raw, 8, "X F 02-MAY-1951 Jane_Doe", 80)), "a", Choice()).patient)
    assert len(found) == 1
    assert all(patient and patient.startswith("patient-") and "Jane" not in patient for patient in found)


def test_a_channel_of_a_lower_rate_is_resampled_to_the_highest_of_the_ecg_and_it_is_said(tmp_path: Path) -> None:
    at = np.arange(20 * 100) / 100
    slow = np.rint(800 * np.sin(2 * np.pi * 3 * at)).astype(np.int16)
    path = saved(tmp_path, edf_bytes([channel(ecg_like(20 * FS)), channel(slow, 100, label="V1")]))
    record = brought_in(path)
    assert record.signals.shape == (20 * FS, 2)
    wanted = 4 * np.sin(2 * np.pi * 3 * np.arange(20 * FS) / FS)
    assert np.abs(record.mv()[FS:-FS, 1] - wanted[FS:-FS]).max() < 0.02
    assert inspect_edf(path, "a", Choice()).notes == ("Resampled to 200 Hz, the highest rate of the ECG channels: V1.",)


def test_gaps_between_data_records_are_missing_samples(tmp_path: Path) -> None:
    path = saved(tmp_path, edf_with_gaps([0, 1, 4.5, 5.5]))
    item = inspect_edf(path, "a", Choice())
    assert item.n_samples == round(6.5 * FS)
    assert "1 gaps, together 2.5 s, are filled with missing samples." in item.notes
    mv = brought_in(path).mv()[:, 0]
    assert np.isnan(mv[2 * FS : round(4.5 * FS)]).all()
    assert np.count_nonzero(np.isnan(mv)) == round(2.5 * FS)
    values = ecg_like(4 * FS)
    assert np.allclose(mv[~np.isnan(mv)], values / 200)


def test_a_gap_of_three_samples_is_a_gap_and_wavering_of_a_third_of_one_is_none(tmp_path: Path) -> None:
    mv = brought_in(saved(tmp_path, edf_with_gaps([0, 1.0017, 2.015]))).mv()[:, 0]
    assert np.flatnonzero(np.isnan(mv)).tolist() == [2 * FS, 2 * FS + 1, 2 * FS + 2]


@pytest.mark.parametrize(
    ("onsets", "text"),
    [([0, 1, 1.5], "data record 3 begins at 1.5 s, before"), ([0, 1, 5000], "gaps of more than 10 times")],
)
def test_data_records_that_go_back_or_lie_too_far_apart_are_refused(
    tmp_path: Path, onsets: list[float], text: str
) -> None:
    assert text in refused(saved(tmp_path, edf_with_gaps(onsets)))


def bdf(path: Path, values: np.ndarray[Any, Any], step_mv: float) -> None:
    ends = (-(2**23), 2**23 - 1)
    signal = edfio.BdfSignal.from_digital(
        values.astype(np.int32), FS, label="ECG", physical_dimension="mV",
        physical_range=tuple(float(f"{end * step_mv:.6g}") for end in ends),
    )  # fmt: skip
    edfio.Bdf([signal], data_record_duration=1).write(path)


def test_bdf_of_small_range_keeps_its_24_bit_values_in_16(tmp_path: Path) -> None:
    path = tmp_path / "a.bdf"
    bdf(path, ecg_like(2 * FS).astype(np.int32) + 1_000_000, 3.1e-5)
    item = inspect_edf(path, "a", Choice())
    assert item.kind == "BDF"
    record = brought_in(path)
    assert record.signals.dtype == np.int16
    assert np.allclose(record.mv()[:, 0], edfio.read_bdf(path).signals[0].data, atol=3.1e-5)


def test_bdf_is_rounded_to_16_bits_where_that_costs_less_than_a_microvolt(tmp_path: Path) -> None:
    path = tmp_path / "a.bdf"
    values = np.random.default_rng(0).integers(-300_000, 300_000, 2 * FS)
    bdf(path, values, 3.1e-5)
    loaded = load_edf(path, "a", Choice())
    assert loaded.fmt == "16"
    assert any("rounded to 16 bits" in note for note in loaded.inspected.notes)
    assert np.abs(brought_in(path).mv()[:, 0] - edfio.read_bdf(path).signals[0].data).max() < 0.001


def test_bdf_of_large_range_is_kept_in_24_bits_and_it_is_said(tmp_path: Path) -> None:
    from wfdb import rdrecord

    path = tmp_path / "a.bdf"
    values = np.random.default_rng(0).integers(-8_388_608, 8_388_607, 2 * FS)
    values[0] = -8_388_608
    bdf(path, values, 3.1e-5)
    loaded = load_edf(path, "a", Choice())
    assert loaded.fmt == "24"
    assert any("kept in 24 bits" in note for note in loaded.inspected.notes)
    write_record(tmp_path, "made", loaded)
    stored = rdrecord(str(tmp_path / "made"), physical=False)
    assert stored.fmt == ["24"]
    assert np.array_equal(stored.d_signal[1:, 0], values[1:])
    assert stored.d_signal[0, 0] == -8_388_607
    assert stored.checksum[0] == int(stored.d_signal.sum()) % 65536
    record = read_record(tmp_path, "made")
    assert record.integrity.checksums_verified
    assert np.allclose(record.mv()[1:, 0], edfio.read_bdf(path).signals[0].data[1:], atol=3.1e-5)


def test_a_channel_without_a_unit_is_asked_for_and_taken_once_it_is_said(tmp_path: Path) -> None:
    path = saved(tmp_path, edf_bytes([channel(ecg_like(FS), physical_dimension="")]))
    item = inspect_edf(path, "a.edf", Choice())
    assert (item.missing, item.ready) == (("unit",), False)
    assert item.problem == "a.edf: the file gives no unit for II. State it: V, mV or uV."
    assert refused(path) == item.problem
    assert brought_in(path, unit="uV").gain == (200.0,)


def test_a_unit_that_may_be_mega_or_milli_is_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path, edf_bytes([channel(ecg_like(2 * FS), physical_dimension="MV", physical_range=(-10, 10))]))
    assert inspect_edf(path, "a", Choice()).missing == ("unit",)
    assert brought_in(path, unit="mV").mv().max() == pytest.approx(900 * 20 / 4095, abs=0.1)


def test_leads_are_named_and_left_out_by_choice(tmp_path: Path) -> None:
    path = saved(tmp_path, edf_bytes([channel(ecg_like(FS, k), label=f"ch{k}") for k in range(3)]))
    assert brought_in(path, leads=("II", "-", "V1")).leads == ("II", "V1")
    assert refused(path, leads=("II",)) == (
        "a.edf has 3 ECG channels (ch0, ch1, ch2), and 1 names were chosen. Name each, with '-' for one to leave out."
    )


def test_32_leads_are_brought_in_and_33_are_refused_with_a_way_out(tmp_path: Path) -> None:
    channels = [channel(ecg_like(FS, k), label=f"ch{k}") for k in range(33)]
    assert len(brought_in(saved(tmp_path, edf_bytes(channels[:32]))).leads) == 32
    path = saved(tmp_path, edf_bytes(channels))
    assert "has 33 ECG channels, at most 32 can be brought in" in refused(path)
    assert len(brought_in(path, leads=("-", *(f"L{k}" for k in range(32)))).leads) == 32


SOUND = edf_bytes([channel(ecg_like(3 * FS))])


@pytest.mark.parametrize(
    ("at", "text", "width", "message"),
    [
        (0, "1", 8, "is no EDF or BDF file"),
        (184, "999", 8, "number of bytes in the header is '999', expected 512 for 1 channels"),
        (236, "0", 8, "number of data records is 0"),
        (236, "abc", 8, "number of data records is 'abc', expected a whole number"),
        (236, "90000", 8, "is cut off: the header declares 90,000 data records, the file holds 3"),
        (244, "0", 8, "duration of a data record is '0'"),
        (244, "nan", 8, "duration of a data record is 'nan'"),
        (244, "-1", 8, "duration of a data record is '-1'"),
        (252, "0", 4, "number of channels is '0'"),
        (252, "9999", 4, "number of channels is '9999'"),
        (256 + 16 + 80, "kg", 8, "its unit is 'kg'"),
        (256 + 16 + 80 + 8, "ten", 8, "physical minimum of channel 1 (ECG II) is 'ten'"),
        (256 + 16 + 80 + 8, "10235", 8, "it is not calibrated"),
        (256 + 16 + 80 + 8, "10234", 8, "lies too far from 0"),
        (256 + 16 + 80 + 24, "-99999", 8, "digital minimum of channel 1 (ECG II) is '-99999'"),
        (256 + 16 + 80 + 24, "2047", 8, "digital range of channel 1 (ECG II) is '2047 to 2047'"),
        (256 + 16 + 80 + 40 + 80, "0", 8, "samples per data record of channel 1 (ECG II) is '0'"),
        (256 + 16 + 80 + 40 + 80, "10", 8, "its rate is 10 Hz"),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_refused_by_field(tmp_path: Path, at: int, text: str, width: int, message: str) -> None:
    found = refused(saved(tmp_path, patched(SOUND, at, text, width)))
    assert message in found
    assert "a.edf" in found


@pytest.mark.parametrize("size", [0, 7, 100, 256, 400, len(SOUND) - 1])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, size: int) -> None:
    assert "a.edf" in refused(saved(tmp_path, SOUND[:size]))


def test_an_open_length_and_bytes_after_the_end_are_said_and_no_error(tmp_path: Path) -> None:
    path = saved(tmp_path, patched(SOUND, 236, "-1"))
    assert inspect_edf(path, "a", Choice()).notes == (
        "The header leaves the length open; the file holds 3 data records.",
    )
    assert brought_in(path).n_samples == 3 * FS
    path = saved(tmp_path, patched(SOUND, 236, "2"))
    assert brought_in(path).n_samples == 2 * FS


@pytest.mark.parametrize(
    ("at", "piece"),
    [(0, b"\xff\xfe\xff\xfeN\x14\xff"), (-10, b"-\x15\x15.\xff\x00")],
    ids=["is no text", "begins amid an annotation"],
)
def test_an_annotation_channel_that_cannot_be_read_costs_the_annotations_only(
    at: int, piece: bytes, tmp_path: Path
) -> None:
    raw = edf_bytes([channel(ecg_like(2 * FS))], annotations=[edfio.EdfAnnotation(0.5, None, "N")])
    at += raw.index(b"+0.5\x14N\x14")
    path = saved(tmp_path, raw[:at] + piece + raw[at + len(piece) :])
    loaded = load_edf(path, "a", Choice())
    assert len(loaded.adc) == 2 * FS
    assert any("annotation channel cannot be read" in note for note in loaded.inspected.notes)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 511), st.binary(min_size=1, max_size=12))
def test_any_bytes_in_a_header_give_a_record_or_one_message(at: int, piece: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), SOUND[:at] + piece + SOUND[at + len(piece) :])
        try:
            brought_in(path)
        except DataError as error:
            assert "\n" not in str(error)
