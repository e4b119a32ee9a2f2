"""CSV, TSV and parquet: layouts that people and devices write, and one message for each that cannot be read."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.importing.inspected import Choice
from ecg_core.data.importing.table import inspect_table, load_table
from ecg_core.data.importing.writing import write_record
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import DataError


def saved(folder: Path, text: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def rows(n: int, line: str) -> str:
    return "".join(line.format(k=k, s=k / 250, ms=k * 4, v=(k % 7) / 10) + "\n" for k in range(n))


def brought_in(path: Path, **choice: Any) -> Record:
    loaded = load_table(path, path.name, Choice(**choice))
    write_record(path.parent, "made", loaded)
    return read_record(path.parent, "made")


def refused(path: Path, **choice: Any) -> str:
    with pytest.raises(DataError) as error:
        load_table(path, path.name, Choice(**choice))
    return str(error.value)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 300),
    st.integers(1, 4),
    st.sampled_from([("V", 1e3), ("mV", 1.0), ("uV", 1e-3)]),
    st.floats(0.01, 100),
    st.floats(-20, 20),
    st.sampled_from([100, 250, 360, 1000]),
    st.booleans(),
    st.sampled_from([(",", "."), (";", ","), ("\t", "."), (";", ".")]),
    st.integers(0, 2**31),
)
def test_the_mv_of_a_table_are_those_of_the_record_within_a_microvolt(
    n: int, n_leads: int, unit: tuple[str, float], span: float, middle: float, fs: int, timed: bool,
    marks: tuple[str, str], seed: int,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    mv = middle + rng.uniform(-span / 2, span / 2, (n, n_leads))
    mv[rng.random((n, n_leads)) < 0.05] = np.nan
    mv[0], mv[-1] = middle, middle
    columns = {f"V{k + 1} ({unit[0]})": mv[:, k] / unit[1] for k in range(n_leads)}
    frame = pd.DataFrame({"time_s": np.arange(n) / fs, **columns} if timed else columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        frame.to_csv(path, index=False, sep=marks[0], decimal=marks[1])
        record = brought_in(path, rate=None if timed else fs)
        assert record.leads == tuple(f"V{k + 1}" for k in range(n_leads))
        assert record.fs == fs
        assert np.array_equal(np.isnan(record.mv()), np.isnan(mv))
        assert np.nanmax(np.abs(record.mv() - mv)) <= 0.001 + 1e-5 * abs(middle)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-15_000, 15_000), min_size=2, max_size=200))
def test_three_decimals_of_a_millivolt_are_kept_to_the_digit(values: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = "II [mV]\n" + "".join(f"{value / 1000:.3f}\n" for value in values)
        record = brought_in(saved(Path(folder), text), rate=250)
        assert np.array_equal(np.rint(record.mv()[:, 0] * 1000), values)
        exact = (record.signals[:, 0].astype(np.int64) - record.baseline[0]) * 1000 / record.gain[0]
        assert np.array_equal(exact, values)


HEADED = rows(500, "{s:.3f},{v}")


@pytest.mark.parametrize(
    "text",
    [
        "time,II (mV)\n" + HEADED,
        "time_ms,II_mV\n" + rows(500, "{ms},{v}"),
        "t,II [mV]\n" + rows(500, "{ms},{v}"),  # no unit of time: milliseconds are the only one that fits
        "# Sampling rate: 250 Hz\n# unit: mV\nII\n" + rows(500, "{v}"),
        "# fs = 250\nsample #,II (mV)\n" + rows(500, "{k},{v}"),
        "'Elapsed time','II'\n'hh:mm:ss.mmm','mV'\n"
        + "".join(f"'0:{k / 250:06.3f}',{k % 7 / 10}\n" for k in range(500)),
        "time,II (mV)\n" + "".join(f"2024-05-17T08:30:{k / 250:09.6f},{k % 7 / 10}\n" for k in range(500)),
        "Zeit (s);II (mV)\n" + rows(500, "{s:.3f};{v}").replace(".", ","),
        "\ufefftime\tII (mV)\r\n" + rows(500, "{s:.3f}\t{v}").replace("\n", "\r\n"),
        "time (s),II (mV),annotation\n" + rows(500, "{s:.3f},{v},N"),
        "time (s),II (mV),HR (bpm)\n" + rows(500, "{s:.3f},{v},70"),
        "time (s),II (mV)\n" + HEADED + "\n\n",
        "Date,Time,II (mV)\n"
        + "".join(f"2024-05-17,{23 + (k >= 250):02d}:59:59.{k % 250 * 4:03d},{k % 7 / 10}\n" for k in range(250))
        + "".join(f"2024-05-18,00:00:00.{k % 250 * 4:03d},{k % 7 / 10}\n" for k in range(250, 500)),
        "timestamp,time_ms,II (mV)\n" + rows(500, "{s:.3f},{ms},{v}"),
        "Name,Jane Doe\nSample Rate,250 hertz\n\nLead,II\nUnit,mV\n\n" + rows(500, "{v}"),
        'Name,Jane Doe\nMessrate,"250 Hertz"\nAbleitung,II\nEinheit,mV\n\n' + rows(500, "{v}").replace(".", ","),
        "Patient;Jane Doe\nZeit (s);II (mV)\n" + rows(500, "{s:.3f};{v}").replace(".", ","),
        '"time (s)","II (mV)"\n' + "".join(f'"{k / 250:.3f}","{k % 7 / 10}"\n'.replace(".", ",") for k in range(500)),
        "time (s)   II (mV)\n" + rows(500, "{s:10.3f}  {v:8}"),
        "   Elapsed time      II\n      (sec)    (mV)\n" + rows(500, "{s:10.3f}  {v:8}"),
        "time\tII\n(s)\t(mV)\n" + rows(500, "{s:.3f}\t{v}"),
        "# fs=250\n,II (mV)\n" + rows(500, "{k},{v}"),
        '# {"device": "x", "sampling rate": 250}\nII (mV)\n' + rows(500, "{v}"),
        "Datum;Uhrzeit;II (mV)\n"
        + "".join(f"17.05.2024;08:30:0{k * 4 // 1000}.{k * 4 % 1000:03d};{k % 7 / 10}\n" for k in range(500)),
    ],
    ids=range(24),
)
def test_layouts_that_people_and_devices_write_are_understood(tmp_path: Path, text: str) -> None:
    path = saved(tmp_path, text)
    item = inspect_table(path, "a.csv", Choice())
    assert item.problem == ""
    assert (item.leads, item.rate, item.n_samples, item.unit) == (("II",), 250, 500, "mV")
    assert np.allclose(brought_in(path).mv()[:7, 0], np.arange(7) / 10)


def test_a_first_line_without_any_decimal_comma_does_not_hide_those_below(tmp_path: Path) -> None:
    text = "V1 (V);V2 (V)\n1e-05;1e-05\n" + "0,0004;-0,0003\n" * 5 + "1e-05;0\n"
    record = brought_in(saved(tmp_path, text), rate=100)
    assert record.mv()[1] == pytest.approx([0.4, -0.3], abs=1e-4)


def test_a_table_without_names_takes_an_even_first_column_for_the_time_and_says_it(tmp_path: Path) -> None:
    path = saved(tmp_path, HEADED)
    item = inspect_table(path, "a.csv", Choice(unit="mV"))
    assert (item.rate, item.leads) == (250, ("lead 1",))
    assert "The first column has no name and rises evenly: it was taken for the time." in item.notes


def test_who_was_recorded_is_no_name_of_a_lead_and_a_stated_start_is_one(tmp_path: Path) -> None:
    about = "Name,Jane Doe\nDate of Birth,01.01.1980\nRecorded Date,2024-05-17 08:30:00 +0200\n"
    for text in (about + "\n" + rows(500, "{v}"), about + rows(500, "{s:.3f},{v}")):
        item = inspect_table(saved(tmp_path, text), "a", Choice(rate=250, unit="mV"))
        assert (item.leads, item.start) == (("lead 1",), "2024-05-17T08:30:00")
        assert "Jane" not in str(item)


def test_a_lead_without_any_number_is_said(tmp_path: Path) -> None:
    text = "time (s),II (mV),V1 (mV)\n" + rows(500, "{s:.3f},{v},nan")
    assert inspect_table(saved(tmp_path, text), "a", Choice()).notes == ("Lead V1 holds no number.",)
    assert np.isnan(brought_in(saved(tmp_path, text)).mv()[:, 1]).all()


def test_prose_with_numbers_is_no_table_by_its_blanks(tmp_path: Path) -> None:
    assert "no line of numbers" in refused(saved(tmp_path, "version 2\nsee 1 2\n3 4\nand the rest\nof it\n"))


def test_iso_times_give_the_start(tmp_path: Path) -> None:
    text = "time,II (mV)\n" + "".join(f"2024-05-17 08:30:{k / 250:09.6f}+02:00,0.1\n" for k in range(500))
    assert inspect_table(saved(tmp_path, text), "a", Choice()).start == "2024-05-17T08:30:00"


def test_a_recording_in_which_the_clocks_are_put_back_goes_on(tmp_path: Path) -> None:
    at = [datetime(2024, 10, 27, 0, 59, 59, tzinfo=UTC) + timedelta(milliseconds=4 * k) for k in range(500)]
    local = [one.astimezone(ZoneInfo("Europe/Berlin")).isoformat(timespec="milliseconds") for one in at]
    assert local[0].endswith("+02:00")
    assert local[-1].endswith("+01:00")
    item = inspect_table(saved(tmp_path, "time,II (mV)\n" + "".join(f"{one},0.1\n" for one in local)), "a", Choice())
    assert (item.problem, item.rate, item.n_samples, item.start) == ("", 250, 500, "2024-10-27T02:59:59")


def test_times_rounded_to_milliseconds_give_the_whole_rate_they_were_taken_at(tmp_path: Path) -> None:
    text = "time (s),II (mV)\n" + "".join(f"{k / 360:.3f},0.1\n" for k in range(5000))
    assert inspect_table(saved(tmp_path, text), "a", Choice()).rate == 360


def test_rate_and_unit_are_asked_for_and_a_unit_is_proposed_and_never_assumed(tmp_path: Path) -> None:
    path = saved(tmp_path, "II\n" + rows(500, "{v}"))
    item = inspect_table(path, "a.csv", Choice())
    assert (item.missing, item.proposed_unit, item.ready, item.unit) == (("rate", "unit"), "mV", False, "")
    assert item.problem == (
        "a.csv gives no time column and no sampling rate: state the rate in Hz; and no unit for II: state V, mV or uV "
        "(the size of the values suggests mV)."
    )
    assert refused(path) == item.problem
    assert brought_in(path, rate=250, unit="uV").mv()[6, 0] == pytest.approx(0.0006, abs=1e-5)


def test_a_rate_and_a_unit_for_all_files_leave_what_a_table_states_itself(tmp_path: Path) -> None:
    text = "time (s),II (mV)\n" + "".join(f"{k / 360:.6f},{k % 50 / 50}\n" for k in range(500))
    item = inspect_table(saved(tmp_path, text), "a.csv", Choice(rate=500, unit="uV"))
    assert (item.rate, item.unit) == (360, "mV")
    assert item.notes == (
        "The chosen unit, uV, is not used where the file states mV.",
        "The chosen rate, 500 Hz, is not used: the file states 360 Hz.",
    )
    stated = "Sample Rate,512 hertz\nUnit,uV\nII\n" + rows(500, "{v}")
    assert brought_in(saved(tmp_path, stated), rate=250).fs == 512
    assert "bring this file in alone, with --rate" in refused(
        saved(tmp_path, "time,II (mV)\n0,1\n7,2\n7,3\n"), rate=100
    )


@pytest.mark.parametrize(("unit", "said"), [("mV", ""), ("uV", "amplitudes of 1 µV"), ("V", "amplitudes of 1,000 mV")])
def test_amplitudes_that_no_ecg_has_are_doubted(tmp_path: Path, unit: str, said: str) -> None:
    values = np.sin(np.linspace(0, 40, 1000))
    path = saved(tmp_path, "II\n" + "".join(f"{value:.4f}\n" for value in values))
    doubts = inspect_table(path, "a.csv", Choice(rate=250, unit=unit)).doubts  # type: ignore[arg-type]
    assert doubts == ((f"Lead II: {said}: is the unit right?",) if said else ())


def test_a_rate_chosen_for_one_file_goes_before_its_time_column_and_it_is_said(tmp_path: Path) -> None:
    path = saved(tmp_path, "time,II (mV)\n0,1\n7,2\n7,3\n")
    assert brought_in(path, rate=100, corrects=True).fs == 100
    notes = inspect_table(path, "a", Choice(rate=100, corrects=True)).notes
    assert notes == ("The column of times (time) is not used: the rate was chosen.",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv is empty: 0 bytes"),
        ("hello\nworld\n", "no line of numbers"),
        ("a\0b", "no text file"),
        ("II (mV)\n0.1\n", "holds 1 line of samples"),
        ("time,II (mV)\n0,1\n0.004,2\n0.012,3\n0.016,4\n0.02,5\n", "a.csv, line 4: the time in time is not even"),
        ("time,II (mV)\n0,1\n0.004,2\n0.004,3\n0.008,3\n", "a.csv, line 4: the time in time does not rise"),
        ("time,II (mV)\n0,1\n0.004,2\n,3\n0.012,3\n", "a.csv, line 4: time has no time"),
        ("time (s),II (mV)\n0,1\n1,2\n2,3\n", "the sampling rate is 1 Hz, expected 50 to 10,000 Hz"),
        ("t,II (mV)\n0,1\n7e9,2\n14e9,3\n", "no ECG's rate in any unit"),
        ("time,II (mV)\n0,1\n0.004,oops\n0.008,3\n0.012,3\n", "a.csv, line 3, column II (mV): 'oops' is no number"),
        ("time,II (mV)\n0,1\n0.004,inf\n0.008,3\n", "a.csv, line 3, column II (mV): the number is infinite"),
        ("time,II (mV)\n0,1\n0.004,1,5\n0.008,3\n", "a.csv, line 3 has more cells than the 2"),
        ("time,II (mV)\n0,1\n0.004,99999\n0.008,3\n", "a.csv: lead II has values up to 99,999 mV"),
        ("time,Resp (mV)\n0,1\n0.004,2\n0.008,3\n", "holds no channel that can be an ECG lead"),
        (",".join(["1"] * 100_000) + "\n", "a.csv has 100,000 columns, at most 256 are read"),
        ("1" * 5_000_000, "a line has more than 1,000,000 bytes"),
        ("x" * 5_000_000, "a line has more than 1,000,000 bytes"),
        (",".join(f"c{k} (mV)" for k in range(33)) + "\n" + ("1" + ",1" * 32 + "\n") * 3, "33 ECG channels, at most"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_message(tmp_path: Path, text: str, message: str) -> None:
    found = refused(saved(tmp_path, text))
    assert message in found
    assert "a.csv" in found
    assert "\n" not in found


@pytest.mark.parametrize("rate", [0.0001, -360.0, float("nan"), 1e9])
def test_a_rate_that_no_record_can_have_is_refused(tmp_path: Path, rate: float) -> None:
    assert "the sampling rate is" in refused(saved(tmp_path, "II (mV)\n1\n2\n3\n"), rate=rate)


@pytest.mark.parametrize("name", ["time", None])
def test_parquet_is_read_and_its_times_too(tmp_path: Path, name: str | None) -> None:
    at = pd.Timestamp("2024-05-17 08:30") + pd.to_timedelta(np.arange(1000) * 4, unit="ms")
    frame = pd.DataFrame({"II (uV)": np.arange(1000.0), "sex": "F"}, index=pd.Index(at, name=name))
    frame.to_parquet(tmp_path / "a.parquet")
    item = inspect_table(tmp_path / "a.parquet", "a", Choice())
    assert (item.kind, item.rate, item.leads, item.start) == ("parquet", 250, ("II",), "2024-05-17T08:30:00")
    assert [(one.label, one.left_out) for one in item.left_out] == [("sex", "it holds no numbers")]
    assert np.allclose(brought_in(tmp_path / "a.parquet").mv()[:, 0], np.arange(1000) / 1000)


def test_a_parquet_file_that_is_cut_off_or_too_wide_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({f"c{k}": [1.0, 2.0] for k in range(300)}).to_parquet(path)
    assert "has 300 columns" in refused(path)
    path.write_bytes(path.read_bytes()[:-20])
    assert "cannot be read as parquet" in refused(path)


def test_a_table_that_says_it_is_synthetic_makes_a_record_that_says_so(tmp_path: Path) -> None:
    path = saved(tmp_path, "# SYNTHETIC beats\nII (mV)\n1\n2\n3\n")
    assert inspect_table(path, "a", Choice(rate=250)).marks == ("SYNTHETIC",)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789.,;\t\n\r-+eE\"'#:TZ timVu()", max_size=200))
def test_any_text_gives_a_record_or_one_message(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            brought_in(saved(Path(folder), text), rate=250, unit="mV")
        except DataError as error:
            assert "\n" not in str(error)


@settings(max_examples=200, deadline=None)
@given(at=st.floats(0, 1), piece=st.binary(min_size=1, max_size=6))
def test_any_bytes_in_a_parquet_file_give_a_record_or_one_message(at: float, piece: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        pd.DataFrame({"t": np.arange(100) / 250, "II (mV)": np.arange(100.0)}).to_parquet(path)
        raw = path.read_bytes()
        start = int(at * len(raw))
        path.write_bytes(raw[:start] + piece + raw[start + len(piece) :])
        try:
            brought_in(path)
        except DataError as error:
            assert "\n" not in str(error)


def test_times_whose_first_cell_is_blank_are_refused_by_their_line(tmp_path: Path) -> None:
    path = tmp_path / "blank.csv"
    path.write_bytes(b"time (q),II (mV)\n,0\n0.004,1\n0\x8f")
    with pytest.raises(DataError, match=r"^blank\.csv, line 2: time \(q\) has no time"):
        inspect_table(path, "blank.csv", Choice())
