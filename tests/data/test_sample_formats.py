"""Every WFDB format: what wfdb writes reads equal, and what wfdb reads is read the same."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data import samples
from ecg_core.data.reader import read_record
from ecg_core.data.sample_formats import ALIGNED, FORMATS, bytes_of, decode, samples_in
from tests.data.foreign_records import write, wrsamp

SHARED = [HealthCheck.function_scoped_fixture]
WRITTEN_BY_WFDB = ("16", "24", "32", "80", "212", "508", "516", "524")
UNCOMPRESSED = tuple(fmt for fmt, each in FORMATS.items() if not each.flac)
PACKED_BY_HAND = {
    # three samples each, as the format description lays their bits out
    "310": lambda a, b, c: (a << 1 | (c & 0x1F) << 11) | (b << 1 | (c >> 5) << 11) << 16,
    "311": lambda a, b, c: a | b << 10 | c << 20,
}


@st.composite
def recordings(draw: st.DrawFn) -> tuple[str, np.ndarray, float, list[float], list[int]]:
    """Format, samples (n, leads), rate, gains, baselines."""
    fmt = draw(st.sampled_from(WRITTEN_BY_WFDB))
    n, n_leads = draw(st.integers(2, 40)), draw(st.integers(1, 5))
    most = 2 ** (min(FORMATS[fmt].bits, 31) - 1) - 1
    values = draw(st.lists(st.integers(-most, most), min_size=n * n_leads, max_size=n * n_leads))
    fs = draw(st.sampled_from([128, 250, 257.5, 360, 500, 1000]))
    gains = draw(st.lists(st.sampled_from([1.0, 200.0, 1000.5, 20_000.0]), min_size=n_leads, max_size=n_leads))
    baselines = draw(st.lists(st.integers(-2000, 2000), min_size=n_leads, max_size=n_leads))
    return fmt, np.array(values, np.int64).reshape(n, n_leads), fs, gains, baselines


@settings(max_examples=150, deadline=None, suppress_health_check=SHARED)
@given(recordings())
def test_what_wfdb_writes_reads_equal(
    tmp_path: Path, made: tuple[str, np.ndarray, float, list[float], list[int]]
) -> None:
    fmt, adc, fs, gains, baselines = made
    wrsamp(tmp_path, "r", adc, fmt, fs=fs, adc_gain=gains, baseline=baselines)
    record = read_record(tmp_path, "r")
    assert np.array_equal(record.signals, adc)
    assert record.signals.dtype == (np.int16 if FORMATS[fmt].bits <= 16 else np.int32)
    assert (record.fs, record.gain, record.baseline) == (fs, tuple(gains), tuple(baselines))
    assert record.leads == ("II", *(f"L{k}" for k in range(1, adc.shape[1])))
    assert record.invalid == (FORMATS[fmt].invalid,) * adc.shape[1]
    assert record.integrity.checksums_verified
    assert record.notes == ()


@settings(max_examples=100, deadline=None, suppress_health_check=SHARED)
@given(fmt=st.sampled_from(UNCOMPRESSED), content=st.binary(min_size=24, max_size=240), n_leads=st.integers(1, 3))
def test_any_bytes_are_read_as_wfdb_reads_them(tmp_path: Path, fmt: str, content: bytes, n_leads: int) -> None:
    from wfdb import rdrecord

    if fmt == "311":  # wfdb takes the two spare bits of a group into its third sample
        content = bytes(byte & 0x3F if k % 4 == 3 else byte for k, byte in enumerate(content))
    n = samples_in(fmt, len(content)) // n_leads
    write(tmp_path, "r", f" {n_leads} 360 {n}", [f"r.dat {fmt} 200 16 0 -7"] * n_leads, content)
    record = read_record(tmp_path, "r")
    assert np.array_equal(record.signals, rdrecord(str(tmp_path / "r"), physical=False).d_signal)


@pytest.mark.parametrize("fmt", ["310", "311"])
@given(triple=st.tuples(*[st.integers(-512, 511)] * 3))
def test_three_samples_in_four_bytes_are_unpacked_as_described(fmt: str, triple: tuple[int, int, int]) -> None:
    word = PACKED_BY_HAND[fmt](*(value & 0x3FF for value in triple))
    for spare in (0, 3 << 30 if fmt == "311" else 1 | 1 << 16):
        raw = np.frombuffer((word | spare).to_bytes(4, "little"), np.uint8)
        assert decode(raw, fmt, 3).tolist() == list(triple)


@given(st.sampled_from(UNCOMPRESSED), st.integers(0, 1000))
def test_so_many_samples_take_the_fewest_bytes_that_hold_them(fmt: str, n: int) -> None:
    size = bytes_of(fmt, n)
    assert samples_in(fmt, size) == n + (fmt == "310" and n % 3 == 2)  # the second takes all four bytes already
    assert n == 0 or samples_in(fmt, size - 1) < n


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_recording_read_in_blocks_is_the_recording_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: str
) -> None:
    random = np.random.default_rng(5)
    if fmt in WRITTEN_BY_WFDB:
        wrsamp(tmp_path, "r", random.integers(-100, 100, (1001, 3)), fmt)
    else:
        content = random.integers(0, 256, bytes_of(fmt, 3003), np.uint8).tobytes()
        write(tmp_path, "r", " 3 360 1001", [f"r.dat {fmt} 200 16 0 {k}" for k in range(3)], content)
    whole = read_record(tmp_path, "r").signals
    monkeypatch.setattr(samples, "BLOCK_SAMPLES", 50)
    assert np.array_equal(read_record(tmp_path, "r").signals, whole)
    assert ALIGNED % 2 == ALIGNED % 3 == 0


def test_a_missing_sample_is_no_voltage_in_any_format(tmp_path: Path) -> None:
    for fmt in WRITTEN_BY_WFDB:
        adc = np.zeros((5, 1), np.int64)
        adc[2] = FORMATS[fmt].invalid
        wrsamp(tmp_path, f"r{fmt}", adc, fmt)
        assert np.isnan(read_record(tmp_path, f"r{fmt}").mv()[:, 0]).tolist() == [False, False, True, False, False]


def test_samples_of_24_and_32_bits_keep_their_precision_as_mv(tmp_path: Path) -> None:
    adc = np.array([[2**31 - 1], [2**31 - 2001], [-(2**31) + 5]])
    wrsamp(tmp_path, "r", adc, "32", adc_gain=[1000.0], baseline=[2**31 - 1])
    assert read_record(tmp_path, "r").mv()[:2, 0].tolist() == [0.0, -2.0]
