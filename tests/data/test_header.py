"""The strict header reader: every lie is named with its file, line and field."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data.header import (
    MAX_HEADER_BYTES,
    Header,
    bytes_needed,
    check_name,
    comments_in,
    header_lines,
    parse_header,
    read_header,
    signal_files_in,
)
from ecg_core.errors import DataError

FIRST = "100 2 360 650000"
MLII = "100.dat 212 200 11 1024 995 -22131 0 MLII"
V5 = "100.dat 212 200 11 1024 1011 20052 0 V5"
GOOD = f"{FIRST}\n{MLII}\n{V5}\n# 69 M 1085 1629 x1\n# Aldomet, Inderal\n"


def test_a_header_of_the_database_is_read_field_by_field() -> None:
    header = parse_header(GOOD, "100.hea", "100")
    assert (header.name, header.fs, header.n_samples) == ("100", 360.0, 650_000)
    first, second = header.signals
    assert (first.file_name, first.fmt, first.gain, first.baseline, first.lead) == ("100.dat", "212", 200, 1024, "MLII")
    assert (first.checksum, second.checksum) == (43405, 20052)
    assert header.comments == ("69 M 1085 1629 x1", "Aldomet, Inderal")
    assert bytes_needed(header) == {"100.dat": 1_950_000}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("8:04:30", 29_070.0), ("23:59:59.5", 86_399.5), ("4:30", 270.0), ("25:00:00", None), ("noon", None), ("", None)],
)
def test_the_time_of_day_is_read_where_the_header_has_one(text: str, expected: float | None) -> None:
    header = parse_header(f"r 1 360 720 {text} 1/2/1990\nr.dat 16\n", "r.hea", "r")
    assert header.start_of_day_s == expected


def test_units_baseline_and_missing_fields_follow_the_format_description() -> None:
    text = "100 3 360/1(0) 10 12:00:00 1/1/2000\n100.dat 16 0.2(-5)/uV\n100.dat 16 0\n100.dat 16 2000/V 16 7\n"
    micro, none, volt = parse_header(text, "100.hea", "100").signals
    assert (micro.gain, micro.baseline, micro.calibrated, micro.lead) == (200.0, -5, True, "lead 1")
    assert (none.gain, none.calibrated, none.checksum) == (200.0, False, None)
    assert (volt.gain, volt.baseline) == (2.0, 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "100.hea is empty: expected a line with record name, number of signals, sampling frequency, number of"),
        ("# only a comment\n", "100.hea is empty"),
        ("100\n", "100.hea, line 1: 1 fields, expected record name, number of signals"),
        ("100/3 2 360 650000\n", "100.hea: 3 segments declared, but 0 segment lines follow."),
        ("100/0 2 360 650000\n", "100.hea, line 1: number of segments is '0', expected a whole number from 1"),
        ("100/x 2 360 650000\n", "100.hea, line 1: number of segments is 'x'"),
        ("100/1 2 360 5\n../a 5\n", "100.hea, line 2: segment is '../a', expected the name of a record in the same"),
        ("100/1 2 360 5\nsub/a 5\n", "100.hea, line 2: segment is 'sub/a'"),
        ("100/1 2 360 5\na\n", "100.hea, line 2: expected the name of a segment and its length."),
        ("100/2 2 360 9\na 5\nb 0\n", "100.hea, line 3: length is '0', expected a whole number from 1"),
        ("100/2 2 360 9\na 5\nb 5\n", "100.hea, line 1: number of samples is '9', expected 10, the length of all seg"),
        ("100/1 2 360\na 0\n", "100.hea: the segments have 0 samples together, expected 1 to"),
        ("100/2 2 360\n~ 999999999\n~ 999999999\n", "the segments have 1,999,999,998 samples together"),
        ("100/9999999 2 360\n", "line 1: number of segments is '9999999'"),
        (GOOD.replace(FIRST, "101 2 360 650000"), "100.hea, line 1: record name is '101', expected '100'"),
        (GOOD.replace(FIRST, "100 0 360 650000"), "100.hea, line 1: number of signals is '0', expected a whole"),
        ("100 0 250 9205760\n", "100.hea: record 100 has no signals, only annotations"),
        (GOOD.replace(FIRST, "100 1000000 360 650000"), "line 1: number of signals is '1000000'"),
        (GOOD.replace(FIRST, "100 ２ 360 650000"), "line 1: number of signals is '２'"),
        (GOOD.replace(FIRST, "100 3 360 650000"), "100.hea: 3 signals declared, but 2 signal lines follow."),
        (
            GOOD.replace(FIRST, "100 2 -360 650000"),
            "line 1: sampling frequency in Hz is '-360', expected a plain number, such as 360",
        ),
        (GOOD.replace(FIRST, "100 2 nan 650000"), "line 1: sampling frequency in Hz is 'nan'"),
        (GOOD.replace(FIRST, "100 2 abc 650000"), "line 1: sampling frequency in Hz is 'abc'"),
        (GOOD.replace(FIRST, "100 2 3_60 650000"), "line 1: sampling frequency in Hz is '3_60'"),
        (GOOD.replace(FIRST, "100 2 1e308 650000"), "line 1: sampling frequency in Hz is '1e308'"),
        (GOOD.replace(FIRST, "100 2 0 650000"), "line 1: sampling frequency in Hz is '0'"),
        *(  # wfdb loses the record's length over each of these
            (GOOD.replace(FIRST, f"100 2 {rate} 650000"), f"line 1: sampling frequency in Hz is '{rate}', expected a")
            for rate in ("1e3", "3.6e2", "+360", "360/nan", "360/360(1e9)", "360/", "360/360(", "360(0)", "360/+1")
        ),
        (GOOD.replace(FIRST, "100 2 360 -1"), "line 1: number of samples is '-1'"),
        (
            GOOD.replace(FIRST, "100 2 360 999999999"),
            "'999999999', expected at most 1,000,000,000 in all leads together",
        ),
        (GOOD.replace(FIRST, "100 257 360 650000"), "line 1: number of signals is '257', expected a whole number"),
        (GOOD.replace(FIRST, "100 2 20 650000"), "line 1: sampling frequency in Hz is '20', expected a number from 50"),
        (GOOD.replace(FIRST, "100 2 360 100000000000"), "line 1: number of samples is '100000000000'"),
        (GOOD.replace(MLII, "100.dat"), "100.hea, line 2: expected a file name and a format."),
        (GOOD.replace(MLII, "../100.dat 212 200"), "line 2: signal file is '../100.dat', expected a plain file name"),
        (GOOD.replace(MLII, "/etc/passwd 212 200"), "line 2: signal file is '/etc/passwd'"),
        (GOOD.replace(V5, "http://x/a.dat 212 200"), "line 3: signal file is 'http://x/a.dat'"),
        (
            GOOD.replace(MLII, "100.dat 212x1000000000 200"),
            "line 2: samples per frame is '1000000000', expected a whole number from 1 to 10000",
        ),
        (GOOD.replace(MLII, "100.dat 212x0 200"), "line 2: samples per frame is '0'"),
        (GOOD.replace(MLII, "100.dat 212x 200"), "line 2: signal format is '212x', expected one of"),
        (GOOD.replace(MLII, "100.dat 212:-1 200"), "line 2: signal format is '212:-1'"),
        (GOOD.replace(MLII, "100.dat 212:9999999 200"), "line 2: skew is '9999999'"),
        (GOOD.replace(MLII, "100.dat 212+99999999999999 200"), "line 2: byte offset is '99999999999999'"),
        (GOOD.replace(MLII, "100.dat 212+4 200"), "line 3: byte offset is '0', expected 4, as before in the same file"),
        (
            "100 3 360 9\n100.dat 16\nb.dat 16\n100.dat 16\n",
            "line 4: signal file is '100.dat', expected the signals of",
        ),
        ("100 2 360 9\n100.dat 516x2\n100.dat 516\n", "line 3: samples per frame is '1', expected 2, as before in the"),
        (GOOD.replace(MLII, ".. 212 200"), "line 2: signal file is '..'"),
        (GOOD.replace(MLII, ".hidden 212 200"), "line 2: signal file is '.hidden'"),
        (GOOD.replace(MLII, "~ 212 200"), "line 2: signal file is '~'"),
        (GOOD.replace(MLII, "C:100.dat 212 200"), "line 2: signal file is 'C:100.dat'"),
        (GOOD.replace(MLII, "a\\100.dat 212 200"), "line 2: signal file is 'a\\\\100.dat'"),
        (GOOD.replace(MLII, "100.dat 999 200"), "line 2: signal format is '999'"),
        (GOOD.replace(V5, "100.dat 16 200"), "line 3: signal format is '16', expected 212, as before in the same file"),
        (GOOD.replace(MLII, "100.dat 212 nan"), "line 2: gain is 'nan', expected a number from 1 to 1e+06"),
        (GOOD.replace(MLII, "100.dat 212 1e-300"), "line 2: gain is '1e-300'"),
        (GOOD.replace(MLII, "100.dat 212 -200"), "line 2: gain is '-200'"),
        (GOOD.replace(MLII, "100.dat 212 200(x)/mV"), "line 2: baseline is 'x', expected a whole number"),
        (GOOD.replace(MLII, "100.dat 212 200)"), "line 2: gain is '200)'"),
        (GOOD.replace("11 1024 995", "11 none 995"), "line 2: ADC zero is 'none'"),
        (GOOD.replace("-22131", "99999"), "line 2: checksum is '99999'"),
        (GOOD.replace("20052", "-"), "line 3: checksum is '-'"),
    ],
)
def test_a_bad_header_is_refused_and_the_message_names_file_line_and_field(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_header(text, "100.hea", "100")
    assert message in str(caught.value)
    assert "100.hea" in str(caught.value)


PIECES = [
    "0",
    "-1",
    "nan",
    "1e5",
    "1.5.",
    "16",
    "/",
    "(",
    ")",
    "x9",
    ":",
    "~",
    "/mV",
    "\t",
    "\n",
    "#",
    "\x0c",
    "\u2028",
]


@settings(max_examples=400, deadline=1000)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 6), st.sampled_from(PIECES) | st.text(max_size=4)),
        min_size=1,
        max_size=4,
    )
)
def test_a_mutated_header_gives_a_believable_header_or_a_data_error(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, cut, piece in edits:
        text = text[:at] + piece + text[at + cut :]
    try:
        header = parse_header(text, "100.hea", "100")
    except DataError as error:
        assert "100.hea" in str(error)
        return
    assert isinstance(header, Header)
    assert header.name == "100"
    if header.segment_lines:
        return
    leads = [header.signals[k] for k in header.leads]
    assert not leads or 50 <= header.fs * header.samples_per_frame <= 10_000
    assert 0 <= header.n_samples <= 10**9
    assert all(0.999 <= signal.gain <= 1.001e6 and "/" not in signal.file_name for signal in leads)


@given(st.integers(1, 10**8), st.floats(50, 10_000), st.lists(st.text("ABCdef12", min_size=1), min_size=1, max_size=4))
def test_a_header_written_out_again_reads_equal(n_samples: int, fs: float, leads: list[str]) -> None:
    lines = [f"r {len(leads)} {fs!r} {n_samples}", *(f"r.dat 16 200(3)/mV 16 0 0 7 0 {lead}" for lead in leads)]
    header = parse_header("\n".join(lines), "r.hea", "r")
    assert (header.fs, header.n_samples, [s.lead for s in header.signals]) == (fs, n_samples, leads)
    assert parse_header("\r\n".join(lines) + "\r\n", "r.hea", "r") == header


@settings(max_examples=300)
@given(
    st.text(max_size=80)
    | st.sampled_from(["..", "../x", "C:\\x", "\\\\host\\x", "a\x00b", "x" * 10_000, "\u202eabc", ""])
)
def test_only_plain_names_can_be_record_names(name: str) -> None:
    if "/" in name:
        return  # of names in sub-folders tests/data/test_record_path.py speaks
    if name and len(name) <= 64 and all(c.isascii() and (c.isalnum() or c in "_-") for c in name):
        assert check_name(name) == name
    else:
        with pytest.raises(DataError, match="a record name has only letters, digits, '_' and '-'") as caught:
            check_name(name)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize("rate", ["360", "360.0", "360.", "360/360", "360/360(0)", "360/1.5(-3)"])
def test_a_rate_with_a_counter_is_read_as_wfdb_reads_it(tmp_path: Path, rate: str) -> None:
    from wfdb import rdheader

    (tmp_path / "100.hea").write_text(GOOD.replace(FIRST, f"100 2 {rate} 650000"), encoding="utf-8")
    header, peer = read_header(tmp_path, "100"), rdheader(str(tmp_path / "100"))
    assert (header.fs, header.n_samples) == (peer.fs, peer.sig_len) == (360, 650_000)


@settings(max_examples=200, deadline=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("0123456789.eE+-/()na", min_size=1, max_size=12))
def test_no_rate_is_read_that_wfdb_reads_otherwise(tmp_path: Path, rate: str) -> None:
    from wfdb import rdheader

    try:
        header = parse_header(GOOD.replace(FIRST, f"100 2 {rate} 650000"), "100.hea", "100")
    except DataError:
        return
    (tmp_path / "100.hea").write_text(GOOD.replace(FIRST, f"100 2 {rate} 650000"), encoding="utf-8")
    peer = rdheader(str(tmp_path / "100"))
    assert (header.fs, header.n_samples) == (peer.fs, peer.sig_len)


def test_a_first_look_reads_files_only_and_no_more_than_a_header_may_hold(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.hea")
    (tmp_path / "zero.hea").symlink_to("/dev/zero")
    (tmp_path / "loop.hea").symlink_to(tmp_path / "loop.hea")
    (tmp_path / "folder.hea").mkdir()
    with (tmp_path / "huge.hea").open("wb") as file:
        file.truncate(50 * 10**9)  # a sparse file
    for name in ("pipe", "zero", "loop", "folder", "huge", "nowhere"):
        assert header_lines(tmp_path / f"{name}.hea") == ()
    (tmp_path / "100.hea").write_text(GOOD + "#\u00e9", encoding="latin-1")
    lines = header_lines(tmp_path / "100.hea")
    assert comments_in(lines)[:2] == ("69 M 1085 1629 x1", "Aldomet, Inderal")
    assert signal_files_in(lines) == ("100.dat",)


def test_a_missing_header_names_the_record_and_the_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_header(tmp_path, "999")
    assert str(caught.value) == f"Unknown record '999': there is no 999.hea in {tmp_path}."


@pytest.mark.parametrize("content", [b"\xff\xfe1\x000\x00", GOOD.encode() + b"\x00", b"100 2\x0c360 650000\n"])
def test_a_header_that_is_not_plain_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "100.hea").write_bytes(content)
    with pytest.raises(DataError, match=r"100\.hea is not plain text: the header is damaged"):
        read_header(tmp_path, "100")


def test_a_huge_header_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    with (tmp_path / "100.hea").open("wb") as file:
        file.truncate(50 * 10**9)  # a sparse file: reading it whole would exhaust the memory
    with pytest.raises(DataError, match=f"100.hea is larger than {MAX_HEADER_BYTES} bytes: not a WFDB header"):
        read_header(tmp_path, "100")


def test_a_header_linked_from_outside_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.hea").write_text(GOOD, encoding="utf-8")
    (tmp_path / "in" / "100.hea").symlink_to(tmp_path / "secret.hea")
    with pytest.raises(DataError, match=r"100\.hea is a link to a file outside .*: not followed"):
        read_header(tmp_path / "in", "100")


def test_a_header_that_is_a_pipe_or_a_link_to_itself_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.hea")
    with pytest.raises(DataError, match="Unknown record 'pipe'"):
        read_header(tmp_path, "pipe")
    (tmp_path / "loop.hea").symlink_to(tmp_path / "loop.hea")
    with pytest.raises(DataError, match=r"loop\.hea is a link that leads nowhere"):
        read_header(tmp_path, "loop")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a.dat 16 200 x 0 0 0 0 II", "ADC resolution in bits is 'x', expected a whole number from 0 to 64"),
        ("a.dat 16 200 16 0 0 0 -0 II", "block size is '-0', expected a whole number from 0 to 2147483648"),
        ("a.dat 16 200/360(1e9)200 16 0 0 0 0 II", "gain is '200/360(1e9)200', expected ADC units"),
        ("a.dat 16 200 16 0 0 0 II", "block size is 'II', expected a whole number from 0 to 2147483648"),
        ("a.dat 16 200 16 0 +1 0 0 II", "initial value is '+1', expected a whole number"),
    ],
)
def test_fields_that_are_used_for_nothing_are_checked_all_the_same(line: str, told: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_header(f"a 1 250 100\n{line}\n", "a.hea", "a")
    assert str(caught.value).startswith(f"a.hea, line 2: {told}")


def test_a_lead_whose_name_turns_the_line_around_is_shown_by_its_codes() -> None:
    header = parse_header("a 1 250 100\na.dat 16 200 16 0 0 0 0 \u202eII " + "x" * 500 + "\n", "a.hea", "a")
    assert header.signals[0].lead.startswith(r"\u202eII xxx")
    assert len(header.signals[0].lead) == 80
