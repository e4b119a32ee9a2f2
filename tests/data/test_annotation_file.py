"""Annotation files: the real ones as wfdb reads them, what it writes, time resolutions, and hostile bytes."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data import annotation_file, catalogue
from ecg_core.data.annotation_file import (
    FileAnnotations,
    annotator_extension,
    check_times,
    decode_annotations,
    read_annotation_file,
)
from ecg_core.data.labels import Annotations
from ecg_core.errors import DataError

END = b"\x00\x00"
FS = 360
SHARED = [HealthCheck.function_scoped_fixture]


def word(code: int, value: int) -> bytes:
    return struct.pack("<H", code << 10 | value)


def note(text: str) -> bytes:
    """A note at time 0, as WFDB writes what it says about a file."""
    raw = text.encode("latin-1")
    return word(22, 0) + word(63, len(raw)) + raw + b"\x00" * (len(raw) % 2)


def decoded(raw: bytes, fs: float = FS) -> FileAnnotations:
    return decode_annotations(raw, "100.qrs", fs)


@pytest.mark.parametrize("name", catalogue.record_names())
def test_every_field_of_the_real_files_is_as_wfdb_reads_it(mitdb: Path, name: str) -> None:
    from wfdb import rdann

    labels, peer = read_annotation_file(mitdb / f"{name}.atr", FS, 650_000), rdann(str(mitdb / name), "atr")
    assert labels.sample.tolist() == peer.sample.tolist()
    assert labels.symbol.tolist() == peer.symbol
    assert list(labels.aux) == [text.rstrip("\x00") for text in peer.aux_note]
    assert labels.subtype.tolist() == peer.subtype.tolist()
    assert labels.number.tolist() == peer.num.tolist()
    assert labels.channel.tolist() == peer.chan.tolist()
    assert labels.resolution_hz is None


FIELDS = st.tuples(
    st.integers(1, 5000),
    st.sampled_from('NLRBAaJSVrFejnE/fQ?[!]x()ptu^|~+sT*D"=@'),
    st.integers(-128, 127),
    st.integers(0, 127),
    st.integers(0, 127),
    st.text("(AFIBN ", max_size=20),
)
"""Gap in samples, symbol, subtype, channel, number, text: what wfdb is willing to write."""


@settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
@given(rows=st.lists(FIELDS, min_size=1, max_size=30))
def test_what_wfdb_writes_reads_back_equal(tmp_path: Path, rows: list[tuple[int, str, int, int, int, str]]) -> None:
    from wfdb import wrann

    gap, symbol, subtype, channel, number, aux = (list(column) for column in zip(*rows, strict=True))
    sample = np.cumsum(gap)
    wrann("r", "qrs", sample, symbol, subtype=np.array(subtype), chan=np.array(channel), num=np.array(number),
          aux_note=aux, write_dir=str(tmp_path))  # fmt: skip
    labels = read_annotation_file(tmp_path / "r.qrs", FS)
    assert labels.sample.tolist() == sample.tolist()
    assert labels.symbol.tolist() == symbol
    assert labels.subtype.tolist() == subtype
    assert labels.channel.tolist() == channel
    assert labels.number.tolist() == number
    assert list(labels.aux) == [text.rstrip("\x00") for text in aux]


def test_the_four_beats_that_the_database_does_not_have_are_read_under_their_symbols() -> None:
    codes = {"n": 35, "B": 25, "r": 41, "?": 30}
    raw = b"".join(word(code, 100) for code in codes.values())
    assert decoded(raw + END).symbol.tolist() == list(codes)


def test_channel_and_number_stay_until_they_are_changed_and_a_subtype_does_not() -> None:
    raw = word(1, 10) + word(61, 5) + word(62, 1) + word(60, 7) + word(1, 10) + word(1, 10) + word(62, 0) + END
    labels = decoded(raw)
    assert labels.subtype.tolist() == [5, 0, 0]
    assert labels.channel.tolist() == [1, 1, 0]
    assert labels.number.tolist() == [7, 7, 7]


def test_a_subtype_of_minus_one_is_read_with_its_sign() -> None:
    assert decoded(word(14, 10) + word(61, 0xFF) + END).subtype.tolist() == [-1]
    assert decoded(word(14, 10) + word(61, 0x3FF) + END).subtype.tolist() == [-1]


@pytest.mark.parametrize(
    ("resolution", "fs", "ticks", "sample"),
    [
        ("250", 360, [250, 251, 300], [360, 361, 432]),
        ("360", 250, [360, 1], [250, 1]),
        ("360", 360, [7, 8], [7, 8]),
        ("1000", 128, [500, 505], [64, 65]),
        ("128.5", 257, [3], [6]),
    ],
)
def test_ticks_of_another_resolution_are_converted_to_samples_of_the_record(
    resolution: str, fs: float, ticks: list[int], sample: list[int]
) -> None:
    gaps = np.diff([0, *sorted(ticks)])
    labels = decoded(note(f"## time resolution: {resolution}") + b"".join(word(1, int(gap)) for gap in gaps) + END, fs)
    assert labels.sample.tolist() == sorted(sample)
    assert labels.symbol.tolist() == ["N"] * len(ticks)
    assert labels.resolution_hz == float(resolution)


@settings(deadline=None, suppress_health_check=SHARED, max_examples=25)
@given(sample=st.lists(st.integers(1, 200_000), min_size=1, max_size=20, unique=True).map(sorted))
def test_a_resolution_that_wfdb_writes_is_understood(tmp_path: Path, sample: list[int]) -> None:
    from wfdb import wrann

    wrann("r", "qrs", np.array(sample), ["N"] * len(sample), fs=250, write_dir=str(tmp_path))
    assert read_annotation_file(tmp_path / "r.qrs", 250).sample.tolist() == sample
    assert read_annotation_file(tmp_path / "r.qrs", 500).sample.tolist() == [2 * k for k in sample]


@pytest.mark.parametrize("text", ["0", "-250", "nan", "inf", "1e9999", "abc", "", "0.000"])
def test_a_resolution_that_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(
        DataError, match=r"^100\.qrs: time resolution is '.*', expected ticks per second, such as 250\.$"
    ):
        decoded(note(f"## time resolution: {text}") + word(1, 5) + END)


def test_times_too_late_for_any_recording_stay_in_order_and_are_found_outside() -> None:
    labels = decoded(note("## time resolution: 0.000000001") + word(1, 1000) + word(1, 1000) + END)
    assert np.all(labels.sample > 0)
    with pytest.raises(DataError, match="2 of 2 annotations lie outside the signal"):
        check_times(labels, "100.qrs", 650_000)


def test_types_that_a_file_defines_are_read_as_their_text_and_are_no_beats(tmp_path: Path) -> None:
    from wfdb import wrann

    own = [(42, "1", "first heart sound"), (43, "g", "glitch")]
    wrann("r", "atr", np.array([10, 20, 30, 40]), ["N", "1", "g", "V"], aux_note=["", "", "loud", "x"],
          custom_labels=own, write_dir=str(tmp_path))  # fmt: skip
    labels = read_annotation_file(tmp_path / "r.atr", FS, 1000)
    assert labels.sample.tolist() == [10, 20, 30, 40]
    assert "".join(labels.symbol) == 'N""V'
    assert labels.aux == ("", "1 first heart sound", "g glitch: loud", "x")


def test_a_standard_type_that_a_file_defines_anew_is_what_the_file_says() -> None:
    defined = note("## annotation type definitions") + note("5 x another thing") + note("1 N normal beat")
    labels = decoded(defined + note("## end of definitions") + word(5, 10) + word(1, 10) + END)
    assert "".join(labels.symbol) == '"N'
    assert labels.aux == ("x another thing", "")


def test_notes_at_the_beginning_that_define_nothing_stay() -> None:
    raw = note("48 hours of this") + note("## annotation type definitions") + note("no definition") + END
    assert decoded(raw).aux == ("48 hours of this", "no definition")


def test_an_annotation_one_sample_beyond_the_last_is_normal_and_one_further_is_not(tmp_path: Path) -> None:
    (tmp_path / "r.qrs").write_bytes(word(1, 1000) + END)
    assert read_annotation_file(tmp_path / "r.qrs", FS, 1000).sample.tolist() == [1000]
    with pytest.raises(DataError) as caught:
        read_annotation_file(tmp_path / "r.qrs", FS, 999)
    assert str(caught.value) == (
        "r.qrs: 1 of 1 annotations lie outside the signal (first at sample 1,000; the signal has 999). "
        "Does it belong to another record?"
    )
    assert read_annotation_file(tmp_path / "r.qrs", FS).sample.tolist() == [1000]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "100.qrs cannot be decoded (no end mark at byte 0): the annotation file is damaged."),
        (word(1, 5), "(no end mark at byte 2)"),
        (word(59, 0) + b"\x00", "(cut off at byte 2)"),
        (word(1, 5) + word(63, 200) + b"(AF", "(cut off at byte 204)"),
        (word(15, 5) + END, "(unknown code 15 at byte 2)"),
        (word(50, 5) + END, "(unknown code 50 at byte 2)"),
        (word(61, 5) + END, "(unknown code 61 at byte 2)"),
        (word(1, 5) + END + b"\x01", "(bytes after the end mark at byte 4)"),
    ],
)
def test_damaged_bytes_are_refused(raw: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        decoded(raw)
    assert message in str(caught.value)
    assert str(caught.value).endswith("Download or copy it again.")


def test_times_that_go_back_are_put_in_order_and_counted(tmp_path: Path) -> None:
    (tmp_path / "r.qrs").write_bytes(word(1, 99) + word(59, 0) + b"\xff\xff\xf0\xff" + word(5, 0) + word(8, 99) + END)
    labels = read_annotation_file(tmp_path / "r.qrs", FS, 1000)
    assert labels.sample.tolist() == [83, 99, 182]
    assert "".join(labels.symbol) == "VNA"
    assert labels.unordered == 1


@given(content=st.binary(max_size=400))
def test_any_bytes_give_annotations_or_a_data_error(content: bytes) -> None:
    try:
        labels = decoded(content)
    except DataError as error:
        assert str(error).startswith("100.qrs")
    else:
        n = len(labels)
        columns = (labels.symbol, labels.subtype, labels.number, labels.channel)
        assert [len(column) for column in columns] == [n] * 4
        assert len(labels.aux) == n


@given(content=st.binary(max_size=60))
def test_a_note_at_the_beginning_loops_for_ever_in_no_reader_of_ours(content: bytes) -> None:
    text = b"## " + content
    raw = word(22, 0) + word(63, len(text)) + text + b"\x00" * (len(text) % 2) + word(1, 10) + END
    try:
        assert decoded(raw).symbol.tolist() == ["N"]
    except DataError as error:
        assert "time resolution" in str(error)


def test_files_that_are_none_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"^r\.qrs is missing: there is no such file in "):
        read_annotation_file(tmp_path / "r.qrs", FS)
    (tmp_path / "d.qrs").mkdir()
    with pytest.raises(DataError, match=r"^d\.qrs is not a file\.$"):
        read_annotation_file(tmp_path / "d.qrs", FS)
    (tmp_path / "link.qrs").symlink_to("/etc/passwd")
    with pytest.raises(DataError, match=r"^link\.qrs is a link to a file outside .*: not followed\.$"):
        read_annotation_file(tmp_path / "link.qrs", FS)
    monkeypatch.setattr(annotation_file, "MAX_ANNOTATION_BYTES", 9)
    (tmp_path / "long.qrs").write_bytes(word(1, 1) * 9 + END)
    with pytest.raises(DataError, match=r"^long\.qrs is larger than 9 bytes: not a WFDB annotation file\.$"):
        read_annotation_file(tmp_path / "long.qrs", FS)


def test_an_annotator_is_the_extension_of_a_file() -> None:
    assert annotator_extension("qrs") == annotator_extension(".qrs") == "qrs"
    for name in ("", ".", "a/b", "..", "../x", "*", "a.b", "x" * 33):
        with pytest.raises(DataError, match="is no annotator: expected the extension of the files"):
            annotator_extension(name)


def test_annotations_of_a_file_are_annotations() -> None:
    assert isinstance(decoded(word(1, 5) + END), Annotations)


def test_a_damaged_word_that_becomes_a_long_note_takes_no_more_than_wfdb_says() -> None:
    text = b"x" * 4
    after = b"".join(word(1, 10) for _ in range(200))
    found = decoded(word(1, 10) + word(63, 0x300 | len(text)) + text + after + END)
    assert len(found) == 201
    assert found.aux[0] == "xxxx"
