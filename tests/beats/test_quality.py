"""Beats that cannot be judged are named with their reason, and no recording lets a NaN out of the preparation."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from wfdb import wrann, wrsamp

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import PreparedRecord, prepare_record
from ecg_core.beats.quality import CLIPPED, EDGE, FLAT, MISSING, REASONS, bad_samples, in_long_runs, reasons
from ecg_core.beats.table import RecordRows, joined_table

FS = 360
SECONDS = 12
GONE = {"16": -32768, "212": -2048}
BEATS = np.arange(FS, (SECONDS - 1) * FS, round(0.8 * FS))  # R peaks, in samples
NOT_MISSING = np.zeros(1000, bool)


def adc_of_beats() -> npt.NDArray[np.int64]:
    """Two leads of QRS complexes at `BEATS`, in ADC units of 5 uV around 1024, shape (n_samples, 2)."""
    at = np.arange(SECONDS * FS)[:, None]
    mv = np.exp(-0.5 * ((at - BEATS) / 5) ** 2).sum(axis=1)
    noise = np.random.default_rng(0).normal(0, 0.01, (len(mv), 2))
    return np.rint(1024 + 200 * (np.stack([mv, -0.6 * mv], axis=1) + noise)).astype(np.int64)


def table_of(made: PreparedRecord) -> pd.DataFrame:
    return joined_table([RecordRows(made.name, made.fs, made.rows)], ["nobody"])


def write(folder: Path, adc: npt.NDArray[np.int64], r_sample: npt.NDArray[np.int64], fmt: str) -> None:
    """The record `made`, all its beats class N but one V."""
    n_leads = adc.shape[1]
    wrsamp("made", fs=FS, units=["mV"] * n_leads, sig_name=["MLII", "V1"][:n_leads], d_signal=adc, fmt=[fmt] * n_leads,
           adc_gain=[200] * n_leads, baseline=[1024] * n_leads, write_dir=str(folder))  # fmt: skip
    symbols = ["V" if k == 5 else "N" for k in range(len(r_sample))]
    wrann("made", "atr", np.asarray(r_sample), symbols, write_dir=str(folder))


@settings(deadline=None)
@given(hnp.arrays(bool, st.integers(0, 30)), st.integers(1, 6))
def test_a_sample_is_in_a_long_run_if_enough_trues_stand_around_it(hit: npt.NDArray[np.bool_], at_least: int) -> None:
    found = in_long_runs(hit, at_least)
    assert len(found) == len(hit)
    for k in range(len(hit)):
        first = last = k
        while first > 0 and hit[first - 1]:
            first -= 1
        while last < len(hit) - 1 and hit[last + 1]:
            last += 1
        assert found[k] == (hit[k] and last - first + 1 >= at_least)


def test_a_missing_sample_in_any_lead_is_missing() -> None:
    adc = np.arange(40, dtype=np.int16).reshape(20, 2)
    adc[3, 0] = adc[7, 1] = -32768
    missing, clipped = bad_samples(adc, (-32768, -32768), 360.0)
    assert np.flatnonzero(missing).tolist() == [3, 7]
    assert not clipped.any()


def test_only_a_run_at_the_outermost_value_is_clipped() -> None:
    adc = np.random.default_rng(0).integers(500, 1500, (1000, 2)).astype(np.int16)
    adc[100:108, 0] = 1900  # 8 samples are 22 ms: a peak
    adc[200:209, 0] = 1900  # 9 samples are 25 ms
    adc[400:420, 1] = 10
    adc[600:620, 1] = 700  # long, but not outermost
    _, clipped = bad_samples(adc, (-32768, -32768), 360.0)
    assert np.flatnonzero(clipped).tolist() == [*range(200, 209), *range(400, 420)]


@pytest.mark.parametrize(("samples", "expected"), [(8, 0), (9, 9), (10, 10)])
def test_25_ms_at_the_outermost_value_are_enough(samples: int, expected: int) -> None:
    adc = np.random.default_rng(0).integers(500, 1500, (1000, 1)).astype(np.int16)
    adc[100 : 100 + samples] = 1900
    assert bad_samples(adc, (-32768,), 360.0)[1].sum() == expected


def test_missing_samples_are_not_taken_for_the_lower_rail() -> None:
    adc = np.random.default_rng(0).integers(500, 1500, (1000, 1)).astype(np.int16)
    adc[100:200] = -32768
    missing, clipped = bad_samples(adc, (-32768,), 360.0)
    assert missing.sum() == 100
    assert not clipped.any()


def test_a_constant_lead_or_one_without_any_sample_is_not_called_clipped() -> None:
    adc = np.stack([np.full(500, 2047), np.full(500, -32768)], axis=1).astype(np.int16)
    missing, clipped = bad_samples(adc, (-32768, -32768), 360.0)
    assert missing.all()
    assert not clipped.any()


@pytest.mark.parametrize(
    ("first", "last", "peak_to_peak_mv", "expected"),
    [
        (100, 200, (1.0, 1.0), ""),
        (0, 999, (1.0, 1.0), ""),
        (-1, 99, (1.0, 1.0), EDGE),
        (901, 1000, (1.0, 1.0), EDGE),
        (100, 200, (0.01, 0.01), FLAT),
        (100, 200, (0.01, 1.0), ""),
        (100, 200, (0.02, 0.02), ""),
    ],
)
def test_a_beat_is_left_out_at_the_edge_or_if_every_lead_is_flat(
    first: int, last: int, peak_to_peak_mv: tuple[float, float], expected: str
) -> None:
    heights = np.array([peak_to_peak_mv], np.float32)
    assert reasons(np.array([first]), np.array([last]), heights, NOT_MISSING, NOT_MISSING).tolist() == [expected]


def test_one_bad_sample_at_either_end_of_the_segment_counts_and_one_beyond_does_not() -> None:
    bad = NOT_MISSING.copy()
    bad[500] = True
    first, heights = np.array([400, 401, 500, 501]), np.ones((4, 2), np.float32)
    assert reasons(first, first + 99, heights, bad, NOT_MISSING).tolist() == ["", MISSING, MISSING, ""]
    assert reasons(first, first + 99, heights, NOT_MISSING, bad).tolist() == ["", CLIPPED, CLIPPED, ""]


def test_the_first_reason_of_the_list_is_given_where_several_apply() -> None:
    assert REASONS == (MISSING, EDGE, FLAT, CLIPPED)
    bad, fine = np.ones(1000, bool), NOT_MISSING
    flat, high = np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)
    outside, inside = (np.array([-5]), np.array([90])), (np.array([5]), np.array([90]))
    assert reasons(*outside, flat, bad, bad).tolist() == [MISSING]
    assert reasons(*outside, flat, fine, bad).tolist() == [EDGE]
    assert reasons(*inside, flat, fine, bad).tolist() == [FLAT]
    assert reasons(*inside, high, fine, bad).tolist() == [CLIPPED]


def flat(adc: npt.NDArray[np.int64], fmt: str) -> None:
    adc[:] = 1024


def constant_at_the_rail(adc: npt.NDArray[np.int64], fmt: str) -> None:
    adc[:] = 2047


def nan_island(adc: npt.NDArray[np.int64], fmt: str) -> None:
    adc[BEATS[3] - 10 : BEATS[3] + 10, 0] = GONE[fmt]


def no_sample_in_a_lead(adc: npt.NDArray[np.int64], fmt: str) -> None:
    adc[:, 1] = GONE[fmt]


def inverted(adc: npt.NDArray[np.int64], fmt: str) -> None:
    adc[:, 0] = 2048 - adc[:, 0]


def one_flat_lead(adc: npt.NDArray[np.int64], fmt: str) -> None:
    adc[:, 1] = 1024


def clipped_beats(adc: npt.NDArray[np.int64], fmt: str) -> None:
    np.minimum(adc, 1100, out=adc)


@pytest.mark.parametrize("fmt", ["16", "212"])
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (flat, {FLAT: 13}),
        (constant_at_the_rail, {FLAT: 13}),
        (nan_island, {"": 12, MISSING: 1}),
        (no_sample_in_a_lead, {"": 13}),
        (inverted, {"": 13}),
        (one_flat_lead, {"": 13}),
        (clipped_beats, {CLIPPED: 13}),
    ],
)
def test_no_nan_leaves_the_preparation_and_bad_beats_are_counted(
    tmp_path: Path, spoil: object, expected: dict[str, int], fmt: str
) -> None:
    adc = adc_of_beats()
    assert callable(spoil)
    spoil(adc, fmt)
    write(tmp_path, adc, BEATS, fmt)
    made = prepare_record(tmp_path, "made", BeatConfig())
    assert table_of(made)["excluded"].value_counts().to_dict() == expected
    assert made.signals.shape == (13, 2, 144)
    for numbers in (made.signals, made.template, made.unit_mv):
        assert np.isfinite(numbers).all()
    assert (made.unit_mv > 0).all()


def test_an_inverted_lead_comes_out_inverted(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    adc = adc_of_beats()
    write(tmp_path / "up", adc, BEATS, "16")
    inverted(adc, "16")
    write(tmp_path / "down", adc, BEATS, "16")
    up, down = (prepare_record(tmp_path / name, "made", BeatConfig()).signals for name in ("up", "down"))
    assert np.allclose(up[:, 0], -down[:, 0], atol=1e-5)
    assert np.allclose(up[:, 1], down[:, 1])


def test_a_recording_of_one_beat_is_prepared_with_no_interval_around_it(tmp_path: Path) -> None:
    write(tmp_path, adc_of_beats(), BEATS[2:3], "16")
    made = prepare_record(tmp_path, "made", BeatConfig())
    (row,) = table_of(made).to_dict("records")
    assert (row["symbol"], row["beat_class"], row["excluded"], row["synthetic"]) == ("N", "N", "", False)
    assert (row["ratio_causal"], row["ratio_record"]) == (1.0, 1.0)
    assert np.isnan([row["rr_pre_s"], row["rr_post_s"]]).all()
    assert np.isfinite(made.signals).all()
    assert np.array_equal(made.template, made.signals[0])


def test_a_beat_whose_segment_leaves_the_recording_is_at_the_edge(tmp_path: Path) -> None:
    ends = np.array([125, 126, 360, SECONDS * FS - 163, SECONDS * FS - 162])
    write(tmp_path, adc_of_beats(), ends, "16")
    made = prepare_record(tmp_path, "made", BeatConfig(centre="label"))
    assert table_of(made)["excluded"].tolist() == [EDGE, "", "", "", EDGE]
    assert np.isfinite(made.signals).all()


def test_a_record_without_beats_gives_an_empty_table(tmp_path: Path) -> None:
    write(tmp_path, adc_of_beats(), BEATS[:1], "16")
    (tmp_path / "made.atr").unlink()
    made = prepare_record(tmp_path, "made", BeatConfig())
    assert (len(table_of(made)), made.signals.shape) == (0, (0, 2, 144))
    assert (made.template == 0).all()
    assert (made.unit_mv == 1).all()


def test_a_record_with_one_lead_is_prepared_with_an_empty_second_place(tmp_path: Path) -> None:
    write(tmp_path, adc_of_beats()[:, :1], BEATS, "16")
    made = prepare_record(tmp_path, "made", BeatConfig())
    assert made.leads[1] == ""
    assert not made.signals[:, 1].any()
    assert (table_of(made)["excluded"] == "").all()
    assert prepare_record(tmp_path, "made", BeatConfig(n_leads=1)).signals.shape == (13, 1, 144)
