"""Windows: abnormal and normal ones balanced within a record, normal ones clean, one scale for each lead."""

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.windows import (
    MIN_NORMAL_WINDOWS,
    WINDOW_FS,
    MinMaxScaler,
    WindowSet,
    choose_centres,
    make_windows,
)
from ecg_core.errors import DataError

RECORDS = ("sim02", "sim03", "sim08")  # few V; bigeminy and much V; paced, so no class N outside one episode


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(RECORDS)


@pytest.fixture(scope="module")
def windows(simulated: Path, beats: BeatSet) -> WindowSet:
    return make_windows(simulated, beats, 2.0)


def made_table(classes: str, every_s: float = 1.0) -> pd.DataFrame:
    """One record `r` with a beat every second, classes as in the text; lower case is excluded."""
    time_s = (np.arange(len(classes)) + 1) * every_s
    excluded = ["flat" if letter.islower() else "" for letter in classes]
    return pd.DataFrame({"record": "r", "time_s": time_s, "beat_class": list(classes.upper()), "excluded": excluded})


def test_every_usable_abnormal_beat_has_its_window_and_normal_ones_are_as_many_or_all_there_are(
    windows: WindowSet, beats: BeatSet
) -> None:
    for record, rows in rows_by_record(beats.table).items():
        part = beats.table.iloc[rows]
        whole = (part["time_s"] >= 2) & (part["time_s"] <= beats.durations_s[record] - 2) & (part["excluded"] == "")
        abnormal_s = part.loc[part["beat_class"] != "N", "time_s"].to_numpy()
        near = np.array([np.abs(abnormal_s - at).min() <= 2 for at in part["time_s"]])
        clean = np.count_nonzero(whole & (part["beat_class"] == "N") & ~near)
        wanted = np.count_nonzero(whole & (part["beat_class"] != "N"))
        found = windows.table.loc[windows.table["record"] == record, "beat_class"]
        assert np.count_nonzero(found != "N") == wanted > 0
        assert np.count_nonzero(found == "N") == min(clean, max(wanted, MIN_NORMAL_WINDOWS))


def test_a_normal_window_holds_no_abnormal_beat_and_the_others_say_how_many(windows: WindowSet, beats: BeatSet) -> None:
    for record, rows in rows_by_record(beats.table).items():
        part = beats.table.iloc[rows]
        abnormal_s = part.loc[part["beat_class"] != "N", "time_s"].to_numpy()
        own = windows.table[windows.table["record"] == record]
        inside = [np.count_nonzero(np.abs(abnormal_s - at) <= 2.0) for at in own["time_s"]]
        assert own["abnormal_inside"].tolist() == inside
    normal = windows.table["beat_class"] == "N"
    assert (windows.table.loc[normal, "abnormal_inside"] == 0).all()
    assert (windows.table.loc[~normal, "abnormal_inside"] >= 1).all()


def test_windows_are_cut_around_their_beats_from_the_filtered_signal(windows: WindowSet, beats: BeatSet) -> None:
    assert windows.signals.shape == (len(windows), 2, 360)
    assert (windows.signals.dtype, windows.fs) == (np.float32, WINDOW_FS)
    assert len(windows.times_s) == 360
    assert np.isfinite(windows.signals).all()
    assert (windows.simulated, windows.durations_s, windows.leads) == (True, beats.durations_s, beats.leads)
    key = beats.table.reset_index().set_index(["record", "r_sample"])["index"]
    rows = key.loc[list(zip(windows.table["record"], windows.table["r_sample"], strict=True))].to_numpy()
    # the R peak is the 180th of 360 points; beats have a point every 1/180 s, windows every 1/90 s
    assert np.allclose(windows.signals[:, :, 180 - 31 : 180 + 40], beats.signals[rows][:, :, 1:143:2], atol=1e-5)


def test_a_seed_gives_the_same_windows_and_another_seed_others(
    simulated: Path, beats: BeatSet, windows: WindowSet
) -> None:
    again, other = make_windows(simulated, beats, 2.0), make_windows(simulated, beats, 2.0, seed=1)
    assert np.array_equal(again.signals, windows.signals)
    pd.testing.assert_frame_equal(again.table, windows.table)
    abnormal, other_abnormal = (one.table[one.table["beat_class"] != "N"] for one in (windows, other))
    assert abnormal["r_sample"].tolist() == other_abnormal["r_sample"].tolist()
    assert windows.table["r_sample"].tolist() != other.table["r_sample"].tolist()


@pytest.mark.parametrize("half_width_s", [0.99, 10.01, 0.0, -1.0, float("nan"), float("inf")])
def test_a_half_width_out_of_range_is_refused(simulated: Path, beats: BeatSet, half_width_s: float) -> None:
    with pytest.raises(DataError) as caught:
        make_windows(simulated, beats, half_width_s)
    assert str(caught.value) == f"Windows of {half_width_s:g} s before and after a beat: choose 1 to 10 s."


def test_no_window_that_fits_is_an_error_that_says_so(simulated: Path, beats: BeatSet) -> None:
    short = dataclasses.replace(beats, durations_s=dict.fromkeys(beats.durations_s, 15.0))
    with pytest.raises(DataError) as caught:
        make_windows(simulated, short, 8.0)
    assert str(caught.value) == "No window of 8 s before and after a beat fits these recordings."


def test_progress_counts_the_records(simulated: Path, beats: BeatSet) -> None:
    told: list[tuple[int, int]] = []
    make_windows(simulated, beats, 1.0, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_excluded_beats_are_no_centres_but_an_excluded_abnormal_one_still_spoils_a_normal_window() -> None:
    table = made_table("NNNNNNvNNNNNNn")
    assert choose_centres(table, {"r": 15.0}, 1.5, 0).tolist() == [1, 2, 3, 4, 8, 9, 10, 11, 12]


def test_the_ends_of_the_half_width_count_as_inside() -> None:
    assert choose_centres(made_table("NNNNVNNNN"), {"r": 10.0}, 2.0, 0).tolist() == [1, 4, 7]


def test_a_record_of_abnormal_beats_only_gives_no_normal_window() -> None:
    assert choose_centres(made_table("VVVVV"), {"r": 6.0}, 1.0, 0).tolist() == [0, 1, 2, 3, 4]


@settings(deadline=None)
@given(st.text("NNNNNNVSQnv", min_size=1, max_size=400), st.floats(1, 10), st.integers(0, 2**31 - 1))
def test_whatever_the_rhythm_centres_are_balanced_inside_and_clean(
    classes: str, half_width_s: float, seed: int
) -> None:
    table = made_table(classes, 0.7)
    duration_s = (len(classes) + 1) * 0.7
    rows = choose_centres(table, {"r": duration_s}, half_width_s, seed)
    assert (np.diff(rows) > 0).all()
    chosen = table.iloc[rows]
    assert (chosen["excluded"] == "").all()
    assert chosen["time_s"].between(half_width_s, duration_s - half_width_s).all()
    abnormal_s = table.loc[table["beat_class"] != "N", "time_s"].to_numpy()
    normal = chosen["beat_class"] == "N"
    for at in chosen.loc[normal, "time_s"]:
        assert not (np.abs(abnormal_s - at) < half_width_s).any()
    assert normal.sum() <= max((~normal).sum(), MIN_NORMAL_WINDOWS)
    assert np.array_equal(rows, choose_centres(table, {"r": duration_s}, half_width_s, seed))


def test_the_scale_maps_training_windows_to_about_zero_to_one_lead_by_lead(windows: WindowSet) -> None:
    signals = windows.signals * np.array([[1.0], [30.0]], np.float32)  # the second lead thirty times larger
    scaled = MinMaxScaler.fit(signals).transform(signals)
    assert scaled.dtype == np.float32
    for lead in (0, 1):
        inside = (scaled[:, lead] >= 0) & (scaled[:, lead] <= 1)
        assert 0.997 < inside.mean() < 1
        assert scaled[:, lead].min() < 0.01
        assert scaled[:, lead].max() > 0.99


def test_one_spike_does_not_press_the_other_windows_flat(windows: WindowSet) -> None:
    spiked = windows.signals.copy()
    spiked[0, 0, 100] = 1000.0
    assert MinMaxScaler.fit(spiked).high[0] == pytest.approx(MinMaxScaler.fit(windows.signals).high[0], rel=0.01)


signals_in_mv = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(2, 9)), elements=st.floats(-5, 5, width=32)
)


@settings(deadline=None)
@given(signals_in_mv)
def test_the_inverse_gives_back_mv_even_for_a_constant_lead(signals: npt.NDArray[np.float32]) -> None:
    scaler = MinMaxScaler.fit(signals)
    scaled = scaler.transform(signals)
    assert np.isfinite(scaled).all()
    assert np.allclose(scaler.inverse(scaled), signals, atol=1e-4)


def test_a_fitted_scale_treats_each_window_alone_whatever_the_others_hold(windows: WindowSet) -> None:
    train, test = windows.signals[:100], windows.signals[100:]
    scaler = MinMaxScaler.fit(train)
    low, high = scaler.low.copy(), scaler.high.copy()
    scaled = scaler.transform(test)
    wild = np.concatenate([test, 50 * test])
    assert np.array_equal(scaler.transform(wild)[: len(test)], scaled)
    assert np.array_equal(scaler.low, low)
    assert np.array_equal(scaler.high, high)
