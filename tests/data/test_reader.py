"""Reading records: the real database, and everything that can be wrong with a file."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ecg_core.data import catalogue, samples
from ecg_core.data.header import read_header
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.data.reader import read_annotations, read_record, record_names
from ecg_core.errors import DataError

END = b"\x00\x00"
SHARED = [HealthCheck.function_scoped_fixture]


def word(code: int, value: int) -> bytes:
    return (code << 10 | value).to_bytes(2, "little")


@pytest.fixture
def folder(mitdb: Path, tmp_path: Path) -> Path:
    """A folder of its own with record 100."""
    for end in ("hea", "dat", "atr"):
        shutil.copyfile(mitdb / f"100.{end}", tmp_path / f"100.{end}")
    return tmp_path


@pytest.mark.parametrize("name", catalogue.record_names())
def test_every_record_of_the_database_reads_with_its_checksums_verified(mitdb: Path, name: str) -> None:
    from wfdb import rdann

    record = read_record(mitdb, name, verify_published=True)
    assert record.signals.shape == (650_000, 2)
    assert not record.signals.flags.writeable
    assert record.fs == 360
    assert str(record.integrity) == "header checksums verified, files identical to PhysioNet's"
    assert not record.simulated
    if "MLII" in record.leads:
        assert record.leads[0] == "MLII"
    peer = rdann(str(mitdb / name), "atr")
    assert np.array_equal(record.annotations.sample, peer.sample)
    assert record.annotations.symbol.tolist() == peer.symbol
    assert list(record.annotations.aux) == [text.rstrip("\x00") for text in peer.aux_note]


def test_record_114_has_mlii_first_though_its_file_stores_v5_first(mitdb: Path) -> None:
    from wfdb import rdrecord

    stored = rdrecord(str(mitdb / "114"), physical=False)
    assert stored.sig_name == ["V5", "MLII"]
    record = read_record(mitdb, "114")
    assert record.leads == ("MLII", "V5")
    assert np.array_equal(record.signals, stored.d_signal[:, ::-1])
    assert np.allclose(record.mv(1000, 1010), rdrecord(str(mitdb / "114")).p_signal[1000:1010, ::-1], atol=1e-6)


def test_the_database_holds_48_records(mitdb: Path) -> None:
    assert tuple(record_names(mitdb)) == catalogue.record_names()
    assert len(record_names(mitdb)) == 48


def test_a_cut_off_signal_file_is_refused(folder: Path) -> None:
    os.truncate(folder / "100.dat", 1_000_001)
    with pytest.raises(DataError) as caught:
        read_record(folder, "100")
    assert str(caught.value) == (
        "100.dat is cut off: 1,000,001 bytes, but 100.hea declares 650,000 samples, which take 1,950,000. "
        "Download or copy it again."
    )


def test_a_missing_signal_file_is_named(folder: Path) -> None:
    (folder / "100.dat").unlink()
    with pytest.raises(DataError, match=r"^100\.dat is missing: 100\.hea says the samples are in it\.$"):
        read_record(folder, "100")


@settings(max_examples=15, deadline=None, suppress_health_check=SHARED)
@given(at=st.integers(0, 1_949_999), flip=st.integers(1, 255))
def test_any_changed_byte_of_the_samples_is_found(folder: Path, at: int, flip: int) -> None:
    path = folder / "100.dat"
    with path.open("rb+") as file:
        file.seek(at)
        old = file.read(1)[0]
        file.seek(at)
        file.write(bytes([old ^ flip]))
    try:
        with pytest.raises(DataError, match=r"100\.dat: the checksum of lead (MLII|V5) is .* the samples are damaged"):
            read_record(folder, "100")
    finally:
        with path.open("rb+") as file:
            file.seek(at)
            file.write(bytes([old]))


def test_annotations_most_of_which_lie_beyond_the_signal_are_refused(folder: Path) -> None:
    header = (folder / "100.hea").read_text(encoding="ascii")
    (folder / "100.hea").write_text(header.replace("650000", "200000"), encoding="ascii")
    with pytest.raises(DataError, match=r"100\.atr: \d+ of 2274 annotations lie outside the signal .*has 200,000"):
        read_annotations(folder, read_header(folder, "100"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "100.atr cannot be decoded (no end mark at byte 0): the annotation file is damaged."),
        (b"\x01", "no end mark at byte 0"),
        (word(1, 10), "no end mark at byte 2"),
        (word(50, 10) + END, "unknown code 50 at byte 2"),
        (word(15, 10) + END, "unknown code 15 at byte 2"),
        (word(59, 0) + b"\x00\x00", "cut off at byte 2"),
        (word(1, 10) + word(63, 90) + b"(N" + END, "cut off at byte"),
        (word(63, 2) + b"(N" + END, "unknown code 63 at byte 2"),
        (word(1, 10) + END + word(1, 10) + END, "bytes after the end mark at byte 4"),
        (
            word(59, 0) + b"\xff\xff\xff\xff" + word(1, 0) + END,
            "1 of 1 annotations lie outside the signal (first at sample -1",
        ),
        (
            word(59, 0) + b"\xff\x7f\xff\xff" + word(1, 9) + END,
            "annotations lie outside the signal (first at sample 2,147",
        ),
        (
            word(22, 0) + word(63, 24) + b"## time resolution: 0.00" + END,
            "time resolution is '0.00', expected ticks",
        ),
        (
            word(22, 0) + word(63, 24) + b"## time resolution: 1e99" + END,
            "time resolution is '1e99', expected ticks",
        ),
    ],
)
def test_a_damaged_annotation_file_is_refused(folder: Path, content: bytes, message: str) -> None:
    (folder / "100.atr").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_annotations(folder, read_header(folder, "100"))
    assert message in str(caught.value)
    assert "100.atr" in str(caught.value)


def test_a_note_that_keeps_wfdb_busy_for_ever_is_read_at_once(folder: Path) -> None:
    note = word(22, 0) + word(63, 6) + b"## abc"
    (folder / "100.atr").write_bytes(note + word(1, 77) + END)
    found = read_annotations(folder, read_header(folder, "100"))
    assert (found.sample.tolist(), found.symbol.tolist(), found.aux) == ([77], ["N"], ("",))


def test_a_time_resolution_equal_to_the_records_is_no_annotation(folder: Path) -> None:
    (folder / "100.atr").write_bytes(word(22, 0) + word(63, 23) + b"## time resolution: 360\x00" + word(5, 9) + END)
    assert read_annotations(folder, read_header(folder, "100")).symbol.tolist() == ["V"]


@settings(max_examples=500, deadline=1000, suppress_health_check=SHARED)
@given(
    content=st.binary(max_size=200)
    | st.lists(st.builds(word, st.integers(0, 63), st.integers(0, 1023) | st.just(0)), max_size=60).map(b"".join)
)
def test_random_annotation_bytes_give_annotations_inside_the_signal_or_a_data_error(
    folder: Path, content: bytes
) -> None:
    (folder / "100.atr").write_bytes(content + END)
    try:
        found = read_annotations(folder, read_header(folder, "100"))
    except DataError as error:
        assert "100.atr" in str(error)
        return
    assert len(found.sample) == len(found.symbol) == len(found.aux)
    assert np.all((found.sample >= 0) & (found.sample < 650_000))
    assert np.all(np.diff(found.sample) >= 0)


@settings(max_examples=100, deadline=1000, suppress_health_check=SHARED)
@given(edits=st.lists(st.tuples(st.integers(0, 4557), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_real_annotation_file_gives_no_other_exception(
    mitdb: Path, folder: Path, edits: list[tuple[int, int]]
) -> None:
    content = bytearray((mitdb / "100.atr").read_bytes())
    for at, value in edits:
        content[at] = value
    (folder / "100.atr").write_bytes(content)
    try:
        read_annotations(folder, read_header(folder, "100"))
    except DataError as error:
        assert "100.atr" in str(error)


@settings(max_examples=60, deadline=None, suppress_health_check=SHARED)
@given(at=st.integers(20, 2000), length=st.integers(0, 1023))
def test_a_word_that_turned_into_a_note_swallows_no_more_than_wfdb_lets_it(
    mitdb: Path, folder: Path, at: int, length: int
) -> None:
    """wfdb takes the low eight bits of a note's length; with all ten, hundreds of beats would be read as text."""
    from wfdb import rdann

    content = bytearray((mitdb / "100.atr").read_bytes())
    content[2 * at : 2 * at + 2] = word(63, length)
    (folder / "100.atr").write_bytes(content)
    try:
        labels = read_annotations(folder, read_header(folder, "100"))
    except DataError:
        return
    expected = rdann(str(folder / "100"), "atr")
    assert labels.sample.tolist() == expected.sample.tolist()
    assert labels.symbol.tolist() == expected.symbol


def test_the_length_of_a_note_is_in_its_low_eight_bits(folder: Path) -> None:
    noted = word(1, 10) + word(63, 0x302) + b"ab" + word(5, 10) + END
    (folder / "100.atr").write_bytes(noted)
    labels = read_annotations(folder, read_header(folder, "100"))
    assert (labels.symbol.tolist(), labels.aux) == (["N", "V"], ("ab", ""))


def test_the_annotations_are_the_reference_layer_which_knows_what_it_was_made_from(mitdb: Path, folder: Path) -> None:
    (folder / "100.atr").write_bytes((mitdb / "100.atr").read_bytes())
    record = read_record(folder, "100")
    (layer,) = record.layers.values()
    assert (layer.name, layer.kind, layer.made_by) == ("reference", "reference", "100.atr")
    assert layer.made_from == catalogue.published_sums()["100.atr"]
    assert layer.probability is None
    assert record.annotations is layer.annotations
    assert len(layer) == 2274


def test_another_layer_stands_beside_the_reference_and_costs_no_copy_of_the_signal(folder: Path) -> None:
    record = read_record(folder, "100")
    labels = Annotations(np.array([77]), np.array(["V"]), ("",))
    person = LabelLayer("somebody", "person", "somebody", annotations=labels)
    both = record.with_layer(person)
    assert set(both.layers) == {"reference", "somebody"}
    assert set(record.layers) == {"reference"}, "the record that was read stays as it is"
    assert both.signals is record.signals
    assert both.annotations is record.annotations
    again = both.with_layer(replace(person, made_by="somebody else"))
    assert (len(again.layers), again.layers["somebody"].made_by) == (2, "somebody else")


def test_a_record_without_an_annotation_file_has_no_reference_layer(folder: Path) -> None:
    (folder / "100.atr").unlink()
    record = read_record(folder, "100")
    assert not record.layers
    assert len(record.annotations) == 0


def test_annotations_written_by_wfdb_read_back_equal(folder: Path) -> None:
    from wfdb import wrann

    sample = np.array([5, 5, 3000, 600_000])
    symbol, aux = ["+", "N", "V", "~"], ["(AFIB", "", "odd", ""]
    wrann("100", "atr", sample, symbol, aux_note=aux, fs=360, write_dir=str(folder))
    found = read_annotations(folder, read_header(folder, "100"))
    assert found.sample.tolist() == sample.tolist()
    assert (found.symbol.tolist(), list(found.aux)) == (symbol, aux)


@pytest.mark.parametrize("end", ["dat", "atr", "hea"])
def test_a_link_out_of_the_folder_is_not_followed(mitdb: Path, folder: Path, end: str) -> None:
    path = folder / f"100.{end}"
    path.unlink()
    path.symlink_to(mitdb.resolve() / path.name)
    with pytest.raises(DataError, match=rf"^100\.{end} is a link to a file outside .*: not followed\.$"):
        read_record(folder, "100")


@pytest.mark.parametrize("end", ["dat", "atr"])
def test_a_link_that_leads_nowhere_is_an_error_and_not_an_absent_file(folder: Path, end: str) -> None:
    (folder / f"100.{end}").unlink()
    (folder / f"100.{end}").symlink_to(folder / "gone")
    with pytest.raises(DataError, match=rf"100\.{end} is a link that leads nowhere"):
        read_record(folder, "100")


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "100.atr").rename(folder / "kept.atr")
    (folder / "100.atr").symlink_to("kept.atr")
    assert len(read_record(folder, "100").annotations) == 2274


@pytest.mark.parametrize("end", ["dat", "atr"])
def test_a_pipe_in_place_of_a_file_does_not_hang(folder: Path, end: str) -> None:
    (folder / f"100.{end}").unlink()
    os.mkfifo(folder / f"100.{end}")
    with pytest.raises(DataError, match=rf"100\.{end} is (missing|not a file)"):
        read_record(folder, "100")


@settings(max_examples=200, deadline=1000, suppress_health_check=SHARED)
@given(
    name=st.text(max_size=40)
    | st.sampled_from(["..", "../100", "/etc/passwd", "100\x00", "C:100", "1" * 9999, "100\n"])
)
def test_a_hostile_record_name_is_an_unknown_record(folder: Path, name: str) -> None:
    if name == "100":
        return
    with pytest.raises(DataError, match=r"^Unknown record "):
        read_record(folder, name)


PIECES = [
    "0",
    "16",
    "80",
    "61",
    "+",
    ".",
    "E",
    "x",
    " ",
    "é",
    "/",
    "(",
    "~",
    ":",
    "9",
    "516",
    "\n",
    "99999999",
    "-",
    "s0",
]
HEADERS = [
    "r 2 360 1000\nr.dat 212 200 11 1024\nr.dat 212 200(1024)/mV 11 1024\n# note\n",
    "r 2 360 500\nr.dat 16x2:3+24 200 11 1024\nr.dat 16+24 200(1024)/mV 11 1024\n",
    "r 2\nr.dat 8\nr.dat 8x3\n",
    "r/3 2 360 205\ns0 100\n~ 5\ns0 100\n",
    "r 3 1 3\nr.dat 310x200\nr.dat 311\n~ 0\n",
]


@settings(max_examples=300, deadline=2000, suppress_health_check=SHARED)
@given(
    st.sampled_from(HEADERS),
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 4), st.sampled_from(PIECES)), min_size=1, max_size=3),
)
@example(HEADERS[2], [(21, 0, "80")])
def test_a_mutated_header_never_makes_the_reader_raise_anything_else(
    tmp_path: Path, text: str, edits: list[tuple[int, int, str]]
) -> None:
    (tmp_path / "r.dat").write_bytes(bytes(range(256)) * 24)
    (tmp_path / "s0.hea").write_text("s0 2 360 100\nr.dat 212\nr.dat 212\n", encoding="utf-8")
    for at, cut, piece in edits:
        text = text[:at] + piece + text[at + cut :]
    (tmp_path / "r.hea").write_text(text, encoding="utf-8")
    try:
        record = read_record(tmp_path, "r")
    except DataError:
        return
    assert record.signals.shape == (record.n_samples, len(record.leads))
    assert np.isfinite(record.gain).all()
    assert record.mv(0, 10).shape[1] == len(record.leads)


def test_a_record_read_in_blocks_is_the_record_read_at_once(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_record(mitdb, "208").signals
    monkeypatch.setattr(samples, "BLOCK_SAMPLES", 77_777)  # odd, so that blocks start within a format 212 pair
    assert np.array_equal(read_record(mitdb, "208").signals, whole)
