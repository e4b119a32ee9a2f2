"""Signal files: frames, skew, offsets, lengths, channels that are no ECG, and headers that lie about them."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.header import read_header
from ecg_core.data.reader import read_record
from ecg_core.data.record import LeftOutChannel
from ecg_core.errors import DataError
from tests.data.foreign_records import ramp, write, wrsamp


def words(*values: int) -> bytes:
    return np.array(values, "<i2").tobytes()


def test_a_matlab_file_of_the_challenges_is_read_behind_its_first_24_bytes(tmp_path: Path) -> None:
    lines = [f"A0001.mat 16+24 1000/mV 16 0 {k} 0 0 {lead}" for k, lead in enumerate(["I", "II", "V6"])]
    adc = ramp(50, 3)
    for k, line in enumerate(lines):
        fields = line.split()
        fields[6] = str(int(adc[:, k].sum()) % 65536)
        lines[k] = " ".join(fields)
    write(tmp_path, "A0001", " 3 500 50 12-May-2020 12:33:59", lines, b"\xff" * 24 + words(*adc.ravel()), "A0001.mat")
    record = read_record(tmp_path, "A0001")
    assert record.leads == ("II", "I", "V6"), "the lead of role II first, the others as in the file"
    assert np.array_equal(record.signals, adc[:, [1, 0, 2]])
    assert record.gain == (1000.0,) * 3
    assert record.integrity.checksums_verified


@pytest.mark.parametrize("file", ["my record (1).v2.dat", "a.b.c", "r", "Müller,2.DAT", "r[1].dat", "~r"])
def test_a_signal_file_may_have_any_plain_name_without_a_blank(tmp_path: Path, file: str) -> None:
    write(tmp_path, "r", " 1 360 3", [f"{file} 16"], words(1, 2, 3), file)
    if " " in file or file.startswith("~"):
        with pytest.raises(DataError, match=r"r\.hea, line 2: signal (file|format) is"):
            read_record(tmp_path, "r")
    else:
        assert read_record(tmp_path, "r").signals[:, 0].tolist() == [1, 2, 3]


def test_leads_of_several_samples_a_frame_are_read_at_their_own_rate(tmp_path: Path) -> None:
    """Three frames of two samples of the ECG, one of a second lead, four of the blood pressure."""
    frames = [[10, 11, 100, 1, 2, 3, 4], [12, 13, 101, 5, 6, 7, 8], [14, 15, 102, 9, 10, 11, 12]]
    lines = ["r.dat 16x2 200 16 0 10 75 0 II", "r.dat 16 200 16 0 100 303 0 V1", "r.dat 16x4 5/mmHg 16 0 1 78 0 ABP"]
    write(tmp_path, "r", " 3 125 3", lines, words(*np.ravel(frames)))
    record = read_record(tmp_path, "r")
    assert (record.fs, record.leads, record.n_samples) == (250, ("II", "V1"), 6)
    assert record.signals.T.tolist() == [[10, 11, 12, 13, 14, 15], [100, 100, 101, 101, 102, 102]]
    assert record.left_out_channels == (LeftOutChannel("ABP", "in mmHg, not in mV"),)
    assert record.integrity.checksums_verified, "of all samples of the leads"
    assert record.duration_s == 3 / 125


def test_a_slow_frame_rate_is_no_slow_recording(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1 1 2", ["r.dat 16x256"], words(*range(512)))
    record = read_record(tmp_path, "r")
    assert (record.fs, record.n_samples) == (256, 512)
    assert record.signals[:, 0].tolist() == list(range(512))


@pytest.mark.parametrize("fmt", ["16", "516"])
def test_a_skewed_lead_is_moved_to_its_time_and_its_end_is_missing(tmp_path: Path, fmt: str) -> None:
    adc = ramp(20)
    wrsamp(tmp_path, "r", adc, fmt)
    header = (tmp_path / "r.hea").read_text(encoding="utf-8")
    (tmp_path / "r.hea").write_text(header.replace(f".dat {fmt} ", f".dat {fmt}:3 ", 1), encoding="utf-8")
    record = read_record(tmp_path, "r")
    assert record.signals[:17, 0].tolist() == adc[3:, 0].tolist()
    assert np.isnan(record.mv()[17:, 0]).all()
    assert record.signals[:, 1].tolist() == adc[:, 1].tolist()
    assert record.integrity.checksums_verified


def test_a_skew_longer_than_the_recording_leaves_nothing_of_the_lead(tmp_path: Path) -> None:
    write(tmp_path, "r", " 2 360 3", ["r.dat 16:999", "r.dat 16"], words(*range(6)))
    assert np.isnan(read_record(tmp_path, "r").mv()).tolist() == [[True, False]] * 3


def test_leads_in_several_files_of_several_formats_are_read_side_by_side(tmp_path: Path) -> None:
    write(tmp_path, "r", " 3 360 4", ["a.dat 16", "b.dat 212", "b.dat 212"], words(1, 2, 3, -4), "a.dat")
    wrsamp(tmp_path / "other", "b", ramp(4), "212")
    shutil.copyfile(tmp_path / "other" / "b.dat", tmp_path / "b.dat")
    record = read_record(tmp_path, "r")
    assert record.signals.T.tolist() == [[1, 2, 3, -4], *ramp(4).T.tolist()]
    assert record.invalid == (-32768, -2048, -2048)


def test_a_checksum_of_nought_is_none(tmp_path: Path) -> None:
    """Many programs write it for want of one; a wrong one of any other value is an error."""
    write(tmp_path, "r", " 1 360 2", ["r.dat 16 200 16 0 0 0 0 II"], words(3, 4))
    assert str(read_record(tmp_path, "r").integrity) == "no checksums in the header"
    write(tmp_path, "r", " 1 360 2", ["r.dat 16 200 16 0 0 8 0 II"], words(3, 4))
    with pytest.raises(DataError, match="the checksum of lead II is 7, the header says 8"):
        read_record(tmp_path, "r")


@pytest.mark.parametrize("fmt", ["16", "24", "212", "516"])
def test_a_length_that_is_not_stated_is_told_by_the_file(tmp_path: Path, fmt: str) -> None:
    from wfdb import rdrecord

    wrsamp(tmp_path, "r", ramp(21), fmt)
    first, *lines = (tmp_path / "r.hea").read_text(encoding="utf-8").splitlines()
    for stated in ("r 2 360 0", "r 2 360"):
        (tmp_path / "r.hea").write_text("\n".join([stated, *lines]) + "\n", encoding="utf-8")
        assert (read_header(tmp_path, "r").length_stated, read_header(tmp_path, "r").n_samples) == (False, 21)
        assert np.array_equal(read_record(tmp_path, "r").signals, ramp(21))
    if fmt != "516":  # wfdb fails
        assert rdrecord(str(tmp_path / "r"), physical=False).sig_len == 21
    assert first.split() == ["r", "2", "360", "21"]


def test_of_two_files_that_end_at_different_times_the_shorter_tells_the_length(tmp_path: Path) -> None:
    write(tmp_path, "r", " 2 360", ["r.dat 16", "b.dat 80+4"], words(1, 2, 3))
    (tmp_path / "b.dat").write_bytes(bytes(4 + 2))
    assert read_record(tmp_path, "r").n_samples == 2


def test_a_file_longer_than_declared_is_read_as_far_as_declared(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1 360 2", ["r.dat 16"], words(1, 2, 3, 4))
    assert read_record(tmp_path, "r").signals[:, 0].tolist() == [1, 2]


def test_a_header_without_a_rate_is_read_at_250_hz_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1", ["r.dat 16 200 16 0 0 0 0 II"], words(0, 0))
    record = read_record(tmp_path, "r")
    assert (record.fs, record.fs_assumed, record.n_samples) == (250, True, 2)
    assert record.notes == ("The header states no sampling frequency: 250 Hz assumed, as WFDB does.",)


def test_a_lead_without_a_gain_is_called_uncalibrated(tmp_path: Path) -> None:
    lines = ["r.dat 16 0 16 0 0 0 0 II", "r.dat 16 100 16 0 0 0 0 V1", "r.dat 16"]
    write(tmp_path, "r", " 3 360 1", lines, words(0, 0, 0))
    record = read_record(tmp_path, "r")
    assert record.calibrated == (False, True, False)
    assert record.uncalibrated_leads == ("II", "lead 3")
    assert record.notes == ("Uncalibrated, amplitudes are no true mV: II, lead 3.",)


def test_channels_that_are_no_ecg_are_left_out_and_named(tmp_path: Path) -> None:
    lines = [
        "r.dat 16 10/mmHg 16 0 0 9999 0 ART", "r.dat 16 200 16 0 0 0 0 ECG1", "r.dat 16 1.5e-7/NU 16 0 0 0 0 RESP",
        "r.dat 16 3 16 0 0 0 0 Resp", "r.dat 16 0.2/µV 16 0 0 0 0 V1", "~ 0 200 16 0 0 0 0 V2",
    ]  # fmt: skip
    write(tmp_path, "r", " 6 360 1", lines, words(1, 2, 3, 4, 5))
    record = read_record(tmp_path, "r")
    assert (record.leads, record.signals.tolist(), record.gain) == (("ECG1", "V1"), [[2, 5]], (200.0, 200.0))
    left_out = [(channel.name, channel.reason) for channel in record.left_out_channels]
    assert left_out == [
        ("ART", "in mmHg, not in mV"), ("RESP", "in NU, not in mV"), ("Resp", "no ECG by its name"),
        ("V2", "no samples are stored"),
    ]  # fmt: skip
    (note,) = record.notes
    assert note.startswith("Channels left out: ART (in mmHg, not in mV), RESP")


def test_a_comma_at_the_end_of_a_name_is_none_of_it(tmp_path: Path) -> None:
    lines = ["r.dat 16 200/mV 16 0 0 0 0 II,", "r.dat 16 1/NU 16 0 0 0 0 PLETH,"]  # as the BIDMC database has them
    write(tmp_path, "r", " 2 125 100", lines, bytes(400))
    record = read_record(tmp_path, "r")
    assert (record.leads, record.left_out_channels[0].name) == (("II",), "PLETH")


def test_a_record_without_any_ecg_says_what_it_has(tmp_path: Path) -> None:
    write(tmp_path, "r", " 1 125 1", ["r.dat 16 10/mmHg 16 0 0 0 0 ABP"], words(1))
    with pytest.raises(DataError, match=r"^Record r has no ECG lead, only ABP \(in mmHg, not in mV\)\.$"):
        read_record(tmp_path, "r")


def test_more_than_32_leads_are_read(tmp_path: Path) -> None:
    lines = [f"r.dat 16 200 16 0 0 0 0 E{k}" for k in range(64)]
    write(tmp_path, "r", " 64 360 2", lines, words(*range(128)))
    assert np.array_equal(read_record(tmp_path, "r").signals, np.arange(128).reshape(2, 64))


def test_comments_of_older_systems_are_read(tmp_path: Path) -> None:
    (tmp_path / "r.dat").write_bytes(words(1))
    text = "r 1 360 1\r\nr.dat 16 0.2/\u00b5V\r\n# M\u00fcller, \u00c5ge 60\r\n"
    for encoding in ("latin-1", "utf-8", "utf-8-sig"):
        (tmp_path / "r.hea").write_bytes(text.encode(encoding))
        record = read_record(tmp_path, "r")
        assert (record.comments, record.gain) == (("M\u00fcller, \u00c5ge 60",), (200.0,))
    (tmp_path / "r.hea").write_bytes((text + "# a \u2013 b\n").encode("cp1252"))
    assert read_record(tmp_path, "r").comments[1] == "a \u2013 b"


LIES = [
    (" 1 0 3", "r.dat 16", "r.hea, line 1: sampling frequency in Hz is '0', expected a number from"),
    (" 1 1e3 3", "r.dat 16", "r.hea, line 1: sampling frequency in Hz is '1e3', expected a plain number, such as 360"),
    (" 1 360 4", "r.dat 16", "r.dat is cut off: 6 bytes, but r.hea declares 4 samples, which take 8."),
    (" 1 360 999999999", "r.dat 16", "r.dat is cut off: 6 bytes, but r.hea declares 999,999,999 samples"),
    (" 1 360 1", "r.dat 16+9", "r.dat has 6 bytes: the samples cannot begin at byte 9, as r.hea says."),
    (" 1 360 2", "r.dat 16+4", "r.dat is cut off: 6 bytes, but r.hea declares 2 samples, which take 8."),
    (" 1 360", "r.dat 16+9", "r.hea states no number of samples, and its signal files hold 0: expected 1 to"),
    (" 1 360 3", "r.dat 516", "r.dat is no FLAC file, as its header says it is."),
    (" 1 360", "r.dat 516", "r.dat is no FLAC file"),
    (" 1 360 3", "../r.dat 16", "r.hea, line 2: signal file is '../r.dat', expected a plain file name in the same"),
    (" 1 360 3", "gone.dat 16", "gone.dat is missing: r.hea says the samples are in it."),
    (" 1 360 3", "link.dat 16", "link.dat is a link to a file outside"),
    (" 1 360 3", "folder 16", "folder is missing: r.hea says"),
]


@pytest.mark.parametrize(("first", "line", "message"), LIES)
def test_a_lying_header_ends_in_one_clear_message(tmp_path: Path, first: str, line: str, message: str) -> None:
    folder = tmp_path / "in"
    write(folder, "r", first, [line], words(1, 2, 3))
    (tmp_path / "outside.dat").write_bytes(words(1, 2, 3))
    (folder / "link.dat").symlink_to(tmp_path / "outside.dat")
    (folder / "folder").mkdir()
    with pytest.raises(DataError) as caught:
        read_record(folder, "r")
    assert message in str(caught.value)


def test_a_compressed_file_that_is_cut_off_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    adc = np.random.default_rng(1).integers(-3000, 3000, (50_000, 2))
    wrsamp(tmp_path, "r", adc, "516")
    header = (tmp_path / "r.hea").read_text(encoding="utf-8")
    (tmp_path / "r.hea").write_text(header.replace("50000", "50001"), encoding="utf-8")
    with pytest.raises(DataError, match=r"^r\.dat is cut off: 50,000 samples a channel, its header declares 50,001\.$"):
        read_record(tmp_path, "r")
    (tmp_path / "r.hea").write_text(header.replace(" 516 ", " 508 "), encoding="utf-8")
    with pytest.raises(DataError, match=r"2 channels of 16 bits, its header declares 2 of at most 8"):
        read_record(tmp_path, "r")
    (tmp_path / "r.hea").write_text(header, encoding="utf-8")
    os.truncate(tmp_path / "r.dat", 60_000)
    with pytest.raises(DataError, match=r"^r\.dat (is cut off after|cannot be read as FLAC)"):
        read_record(tmp_path, "r")


def test_files_in_upper_case_are_found(mitdb: Path, tmp_path: Path) -> None:
    for end in ("hea", "dat", "atr"):
        shutil.copyfile(mitdb / f"100.{end}", tmp_path / f"100.{end.upper()}")
    record = read_record(tmp_path, "100")
    assert np.array_equal(record.signals, read_record(mitdb, "100").signals)
    assert len(record.annotations) == 2274
