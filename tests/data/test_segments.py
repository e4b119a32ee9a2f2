"""Multi-segment records: each segment in its place, gaps where there is none, and every way they can disagree."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data.reader import read_record, record_files, record_names
from ecg_core.errors import DataError
from tests.data.foreign_records import ramp, write, wrsamp

SHARED = [HealthCheck.function_scoped_fixture]


def joined(folder: Path, name: str, parts: dict[str, int], n_leads: int = 2, first: str = "") -> None:
    """A multi-segment header; a name that begins with `~` is a gap."""
    lines = [f"{'~' if part.startswith('~') else part} {n}" for part, n in parts.items()]
    head = first or f"{name}/{len(parts)} {n_leads} 360 {sum(parts.values())}"
    (folder / f"{name}.hea").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


def layout(folder: Path, name: str, leads: list[str]) -> None:
    lines = [f"~ 0 200 16 0 0 0 0 {lead}" for lead in leads]
    text = "\n".join([f"{name} {len(leads)} 360 0", *lines]) + "\n"
    (folder / f"{name}.hea").write_text(text, encoding="utf-8")


@settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
@given(
    lengths=st.lists(st.tuples(st.booleans(), st.integers(2, 30)), min_size=1, max_size=6).filter(
        lambda parts: any(real for real, _ in parts)
    )
)
def test_a_recording_cut_into_segments_with_gaps_reads_as_the_whole(
    tmp_path: Path, lengths: list[tuple[bool, int]]
) -> None:
    adc = ramp(sum(n for _, n in lengths))
    parts: dict[str, int] = {}
    start, gaps = 0, np.zeros(len(adc), bool)
    for k, (real, n) in enumerate(lengths):
        if real:
            wrsamp(tmp_path, f"m_{k}", adc[start : start + n], sig_name=["V5", "MLII"])
        gaps[start : start + n] = not real
        parts[f"m_{k}" if real else f"~{k}"] = n
        start += n
    joined(tmp_path, "m", parts)
    record = read_record(tmp_path, "m")
    assert (record.leads, record.fs) == (("MLII", "V5"), 360)
    assert record.integrity.checksums_verified
    assert np.array_equal(record.signals[~gaps], adc[~gaps][:, ::-1])
    assert np.isnan(record.mv()).any(axis=1).tolist() == gaps.tolist()
    assert "m" in record_names(tmp_path)
    assert not [name for name in record_names(tmp_path) if name in parts]


def test_a_fixed_layout_reads_as_wfdb_reads_it(tmp_path: Path) -> None:
    from wfdb import rdrecord

    for k in range(3):
        wrsamp(tmp_path, f"s{k}", ramp(20) + 100 * k)
    joined(tmp_path, "m", {"s0": 20, "s1": 20, "s2": 20})  # of a gap wfdb makes an AttributeError
    peer = rdrecord(str(tmp_path / "m"), physical=True, m2s=True)
    assert np.allclose(read_record(tmp_path, "m").mv(), peer.p_signal, equal_nan=True)


def test_a_variable_layout_has_each_lead_where_a_segment_holds_it(tmp_path: Path) -> None:
    layout(tmp_path, "m_layout", ["II", "V", "ABP", "never"])
    wrsamp(tmp_path, "m1", ramp(10), sig_name=["V", "II"])
    wrsamp(tmp_path, "m2", ramp(5), sig_name=["II", "ABP"], units=["mV", "mmHg"], adc_gain=[400, 2], baseline=[7, 0])
    joined(tmp_path, "m", {"m_layout": 0, "m1": 10, "~": 3, "m2": 5}, n_leads=4)
    record = read_record(tmp_path, "m")
    assert (record.leads, record.n_samples) == (("II", "V"), 18)
    assert [channel.name for channel in record.left_out_channels] == ["ABP"]
    mv = record.mv()
    assert np.allclose(mv[:10], ramp(10)[:, ::-1] / 200)
    assert np.isnan(mv[10:13]).all()
    assert np.isnan(mv[13:, 1]).all(), "the second segment has no V"
    assert np.allclose(mv[13:, 0], (ramp(5)[:, 0] - 7) / 400, atol=0.5 / 200), "in the ADC units of the first"
    assert record.gain == (200.0, 200.0)


def test_segments_of_other_formats_keep_their_missing_samples_missing(tmp_path: Path) -> None:
    adc = np.array([[5], [-2048], [7]])
    wrsamp(tmp_path, "a", adc, "212")
    wrsamp(tmp_path, "b", adc, "24")
    joined(tmp_path, "m", {"a": 3, "b": 3}, n_leads=1)
    record = read_record(tmp_path, "m")
    assert record.signals.dtype == np.int32
    assert np.isnan(record.mv()[:, 0]).tolist() == [False, True, False, False, False, False]
    assert record.signals[[0, 2, 3, 4, 5], 0].tolist() == [5, 7, 5, -2048, 7]


def test_annotations_count_from_the_beginning_of_the_whole(tmp_path: Path) -> None:
    from wfdb import wrann

    for k in range(2):
        wrsamp(tmp_path, f"s{k}", ramp(500))
    joined(tmp_path, "m", {"s0": 500, "s1": 500})
    wrann("m", "atr", np.array([100, 900]), ["N", "V"], write_dir=str(tmp_path))
    assert read_record(tmp_path, "m").annotations.sample.tolist() == [100, 900]


def test_the_files_of_a_multi_segment_record_are_those_of_all_its_segments(tmp_path: Path) -> None:
    layout(tmp_path, "l", ["II"])
    wrsamp(tmp_path, "a", ramp(4, 1), sig_name=["II"])
    joined(tmp_path, "m", {"l": 0, "a": 4}, n_leads=1)
    assert {path.name for path in record_files(tmp_path, "m").all} == {"m.hea", "l.hea", "a.hea", "a.dat"}


def test_a_layout_opened_as_a_record_says_what_it_is(tmp_path: Path) -> None:
    layout(tmp_path, "l", ["II", "V"])
    with pytest.raises(DataError, match="Record l only describes the signals of a multi-segment record"):
        read_record(tmp_path, "l")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"gone": 5}, "Unknown record 'gone': there is no gone.hea"),
        ({"a": 6}, "m.hea, line 2: segment a has 5 samples, 6 are declared here."),
        ({"a": 5, "slow": 5}, "m.hea, line 3: segment slow has 250 Hz, the whole record 360 Hz."),
        ({"a": 5, "one": 5}, "m.hea, line 3: segment one has other signals than those before it"),
        ({"m": 5}, "m.hea, line 2: segment m has segments itself"),
        ({"~1": 5, "~2": 5}, "m.hea: no segment holds a signal."),
        ({"layout": 0}, "m.hea: the segments have 0 samples together"),
        ({"layout": 0, "~": 5}, "m.hea: no segment holds a signal."),
        ({"a": 5, "~": 900_000_000}, "m.hea: the segments hold 1,800,000,010 samples of all leads, at most"),
        ({"cut": 5}, "cut.dat is cut off: 4 bytes"),
    ],
)
def test_segments_that_disagree_are_named(tmp_path: Path, parts: dict[str, int], message: str) -> None:
    wrsamp(tmp_path, "a", ramp(5))
    wrsamp(tmp_path, "slow", ramp(5), fs=250)
    wrsamp(tmp_path, "one", ramp(5, 1))
    layout(tmp_path, "layout", ["II", "V"])
    write(tmp_path, "cut", " 2 360 5", ["cut.dat 16", "cut.dat 16"], bytes(4))
    joined(tmp_path, "m", parts)
    with pytest.raises(DataError) as caught:
        read_record(tmp_path, "m")
    assert message in str(caught.value)


def test_a_lead_that_one_segment_has_without_a_gain_is_uncalibrated(tmp_path: Path) -> None:
    wrsamp(tmp_path, "a", ramp(2))
    write(tmp_path, "b", " 2 360 2", ["b.dat 16 200 16 0 0 0 0 II", "b.dat 16 0 16 0 0 0 0 L1"], bytes(8))
    joined(tmp_path, "m", {"a": 2, "b": 2})
    assert read_record(tmp_path, "m").uncalibrated_leads == ("L1",)
