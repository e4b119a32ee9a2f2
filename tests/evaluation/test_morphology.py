"""Morphology by rule: beats drawn by hand measure what they were drawn with, and real classes what is known of them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.splits import DS1
from ecg_core.beats.store import load_beats
from ecg_core.data.catalogue import record_names
from ecg_core.errors import DataError
from ecg_core.evaluation.morphology import beat_features, distribution_gap, rhythm_consistency

Array = npt.NDArray[np.float64]
TIMES = BeatConfig().times_s
STEP_MS = 1000 / 180


def triangle(width_s: float, height_mv: float, at_s: float = 0.0) -> Array:
    return height_mv * np.clip(1 - np.abs(TIMES - at_s) / (width_s / 2), 0, None)


def measured(beat: Array) -> dict[str, float]:
    return {str(name): float(value) for name, value in beat_features(beat[None], TIMES).iloc[0].items()}


@pytest.mark.parametrize("width_s", [0.06, 0.08, 0.10, 0.12, 0.16])
@pytest.mark.parametrize("height_mv", [0.3, 1.0, -2.0])
def test_a_triangle_has_its_own_width_and_height(width_s: float, height_mv: float) -> None:
    found = measured(triangle(width_s, height_mv))
    assert found["r_mv"] == pytest.approx(height_mv)
    assert found["qrs_ms"] == pytest.approx(1000 * width_s, abs=3 * STEP_MS)
    assert found["t_mv"] == pytest.approx(0, abs=1e-9)


def test_a_wider_triangle_is_never_measured_narrower() -> None:
    widths = np.arange(0.05, 0.2, 0.005)
    found = beat_features(np.stack([triangle(width, 1.0) for width in widths]), TIMES)["qrs_ms"].to_numpy()
    assert (np.diff(found) >= 0).all()
    assert found[-1] - found[0] > 100


@pytest.mark.parametrize("t_mv", [0.4, -0.3])
def test_the_t_wave_is_measured_with_its_sign_and_does_not_widen_the_qrs(t_mv: float) -> None:
    beat = triangle(0.08, 1.2) + t_mv * np.exp(-(((TIMES - 0.26) / 0.04) ** 2))
    found = measured(beat)
    assert found["t_mv"] == pytest.approx(t_mv, abs=0.02)
    assert found["qrs_ms"] == pytest.approx(80, abs=3 * STEP_MS)


def test_the_larger_deflection_counts_and_carries_its_sign() -> None:
    assert measured(triangle(0.04, 0.6, -0.02) + triangle(0.06, -1.1, 0.03))["r_mv"] == pytest.approx(-1.1, abs=0.1)


def test_a_short_turn_within_the_qrs_does_not_end_it() -> None:
    notched = triangle(0.06, 1.0, -0.03) + triangle(0.06, 1.0, 0.03)  # two peaks 60 ms apart
    assert measured(notched)["qrs_ms"] == pytest.approx(120, abs=3 * STEP_MS)


def test_a_p_wave_before_the_qrs_is_not_the_baseline() -> None:
    beat = triangle(0.08, 1.0) + 0.2 * np.exp(-(((TIMES + 0.17) / 0.025) ** 2))
    assert measured(beat)["r_mv"] == pytest.approx(1.0, abs=0.02)


@settings(deadline=None, max_examples=30)
@given(st.floats(-5, 5), st.floats(0.01, 100), st.integers(0, 1000))
def test_an_offset_changes_nothing_and_a_gain_only_the_amplitudes(offset: float, gain: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    beats = np.stack([triangle(w, h) for w, h in zip(rng.uniform(0.06, 0.16, 5), rng.uniform(0.5, 2, 5), strict=True)])
    beats += np.cumsum(rng.normal(size=beats.shape), axis=1) * 0.003
    first, other = beat_features(beats, TIMES), beat_features(gain * beats + offset, TIMES)
    assert other["qrs_ms"].to_numpy() == pytest.approx(first["qrs_ms"].to_numpy(), abs=2 * STEP_MS)
    for name in ("r_mv", "t_mv"):
        assert other[name].to_numpy() == pytest.approx(gain * first[name].to_numpy(), abs=1e-6 * (1 + gain))


def test_the_order_of_beats_is_the_order_of_rows() -> None:
    beats = np.stack([triangle(width, 1.0) for width in (0.06, 0.16, 0.1)])
    pd.testing.assert_frame_equal(
        beat_features(beats[::-1], TIMES), beat_features(beats, TIMES).iloc[::-1].reset_index(drop=True)
    )


def test_flat_beats_have_no_amplitude_and_no_beats_no_rows() -> None:
    assert beat_features(np.zeros((1, 144)), TIMES)[["r_mv", "t_mv"]].to_numpy().tolist() == [[0, 0]]
    assert beat_features(np.zeros((0, 144)), TIMES).empty


def test_two_leads_at_once_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        beat_features(np.zeros((5, 2, 144)), TIMES)
    assert str(caught.value) == "Beats of shape (5, 2, 144), expected (n, 144): one lead, one point a time."


def test_beats_that_do_not_reach_the_t_wave_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        beat_features(np.zeros((5, 91)), TIMES[:91])
    assert str(caught.value) == "Beats from -0.35 to 0.15 s, expected from -0.16 or earlier to 0.4 or later."


def test_the_four_rhythm_numbers_imply_a_pause_and_a_usual_interval() -> None:
    table = rhythm_consistency(np.array([[0.5, 1.1, 0.6, 0.625], [0.8, 0.8, 1.0, 1.0]]))
    assert table["post_over_pre"].tolist() == pytest.approx([2.2, 1.0])
    assert table["usual_rr_s"].tolist() == pytest.approx([0.8, 0.8])
    assert table["plausible"].tolist() == [True, True]


@pytest.mark.parametrize(
    ("rhythm", "plausible"),
    [
        ([np.nan, 0.8, 1.0, 1.0], True),  # the first beat of a recording has no interval before it
        ([0.8, np.nan, 1.0, 1.0], True),
        ([-0.1, 0.8, 1.0, 1.0], False),
        ([0.8, 9.0, 1.0, 1.0], False),
        ([0.8, 0.8, 0.0, 1.0], False),
        ([0.8, 0.8, 1.0, -1.0], False),
        ([0.8, 0.8, 1.0, 0.2], False),  # a mean RR of 4 s
        ([0.8, 0.8, 1.0, 4.0], False),  # a mean RR of 0.2 s
    ],
)
def test_rhythm_numbers_that_cannot_belong_together_are_not_plausible(rhythm: list[float], plausible: bool) -> None:
    assert rhythm_consistency(np.array([rhythm]))["plausible"].tolist() == [plausible]


def test_rhythm_of_another_shape_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        rhythm_consistency(np.zeros((3, 2)))
    assert str(caught.value) == (
        "Rhythm of shape (3, 2), expected (n, 4): rr_pre_s, rr_post_s, ratio_causal, ratio_record."
    )


def test_the_gap_between_equal_tables_is_nought_and_between_disjoint_ones_is_one() -> None:
    real = pd.DataFrame({"r_mv": [1.0, 2.0, 3.0, np.nan], "plausible": [True] * 4})
    gap = distribution_gap(real, real).set_index("feature")
    assert gap.index.tolist() == ["r_mv"]
    assert gap.loc["r_mv"].to_dict() == {
        "real_median": 2.0, "real_low": 1.5, "real_high": 2.5,
        "synthetic_median": 2.0, "synthetic_low": 1.5, "synthetic_high": 2.5, "ks": 0.0,
    }  # fmt: skip
    assert distribution_gap(real, real + 10)["ks"].tolist() == [1.0]


def test_the_gap_of_half_the_beats_moved_away_is_a_half() -> None:
    real = pd.DataFrame({"t_mv": np.arange(100.0)})
    moved = real.where(real["t_mv"] < 50, real + 1000)
    assert distribution_gap(real, moved)["ks"].tolist() == [0.5]


def test_where_no_value_is_known_there_is_no_gap() -> None:
    gap = distribution_gap(pd.DataFrame({"a": [np.nan]}), pd.DataFrame({"a": [1.0]}))
    assert gap[["real_median", "ks"]].isna().to_numpy().all()
    assert gap["synthetic_median"].tolist() == [1.0]


def test_medians_of_real_classes_are_those_a_clinician_expects(mitdb: Path) -> None:
    """N about 80 to 110 ms, V clearly wider; T of V opposite to its QRS; a premature V with a pause after it."""
    records = ("109", "119", "208", "215", "223", "230")  # left bundle branch block in 109, V of four patients
    assert set(records) <= set(DS1) <= set(record_names())
    beats = load_beats(mitdb, records)
    medians = {}
    for name in ("N", "V"):
        rows = np.flatnonzero(beats.used & (beats.table["beat_class"] == name).to_numpy())
        medians[name] = beat_features(beats.signals[rows, 0], TIMES).median()
        rhythm = beats.table[["rr_pre_s", "rr_post_s", "ratio_causal", "ratio_record"]].to_numpy(np.float64)[rows]
        table = rhythm_consistency(rhythm)
        assert table["plausible"].mean() > 0.99
        medians[name]["pause"] = table["post_over_pre"].median()
    assert 75 <= medians["N"]["qrs_ms"] <= 110
    assert 130 <= medians["V"]["qrs_ms"] <= 190
    assert 0.8 < medians["N"]["r_mv"] < 2.5
    assert medians["V"]["t_mv"] < -0.2 < 0.1 < medians["N"]["t_mv"]
    assert medians["N"]["pause"] == pytest.approx(1, abs=0.05)
    assert medians["V"]["pause"] > 1.3
    block = np.flatnonzero(beats.used & (beats.table["symbol"] == "L").to_numpy())
    assert beat_features(beats.signals[block, 0], TIMES)["qrs_ms"].median() > 130
