"""What goes into the autoencoder comes back in mV, up to the clip."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import median_beat
from ecg_core.beats.windows import MinMaxScaler, WindowSet
from ecg_core.tasks.autoencoder.inputs import LARGEST, QRS_S, BeatInputs, WindowInputs, present

CONFIG = BeatConfig()
LEADS = [(0, 1), (0,), (1,)]
EDGE = 9  # points: 45 ms, as far as a beat is moved


def made_beats(per_record: int = 6, seed: int = 0) -> BeatSet:
    """Two records of other amplitude and shape; every sixth beat of the second inverted and large."""
    rng = np.random.default_rng(seed)
    qrs = np.exp(-0.5 * (CONFIG.times_s / 0.02) ** 2)
    parts, names = {}, ("a", "b")
    for name, mv in zip(names, (1.0, 0.3), strict=True):
        shape = np.stack([mv * qrs, -0.5 * mv * np.roll(qrs, 4)])
        parts[name] = (shape + rng.normal(0, 0.02, (per_record, 2, len(qrs)))).astype(np.float32)
    parts["b"][::6] *= -5
    references = {name: median_beat(signals, CONFIG) for name, signals in parts.items()}
    table = pd.DataFrame(
        {"record": np.repeat(names, per_record), "beat_class": "N", "excluded": "", "synthetic": False, "rr_pre_s": 0.8}
    )
    return BeatSet(
        signals=np.concatenate(list(parts.values())),
        table=table,
        templates={name: template for name, (template, _) in references.items()},
        units_mv={name: unit for name, (_, unit) in references.items()},
        leads=dict.fromkeys(names, ("MLII", "V1")),
        durations_s=dict.fromkeys(names, 10.0),
        config=CONFIG,
        digests=dict.fromkeys(names, ""),
    )


BEATS = made_beats()
ROWS = np.arange(len(BEATS))


@pytest.mark.parametrize("difference", [True, False])
@pytest.mark.parametrize("leads", LEADS)
def test_decoding_gives_back_the_beat_in_mv_where_nothing_was_clipped(leads: tuple[int, ...], difference: bool) -> None:
    inputs = BeatInputs(leads, difference)
    encoded = inputs.encode(BEATS, ROWS)
    assert (encoded.shape, encoded.dtype) == ((12, len(leads), 144), np.float32)
    found, expected = inputs.decode(encoded, BEATS, ROWS), BEATS.signals[:, list(leads)]
    whole = (np.abs(encoded) < LARGEST).all(axis=(1, 2))
    middle = slice(EDGE, -EDGE)  # where a beat was moved, the outermost points are repeated
    assert np.allclose(found[whole][:, :, middle], expected[whole][:, :, middle], atol=1e-5)
    assert 0 < whole.sum() < 12, "the large inverted beats must reach the clip, or this test says nothing of it"
    assert np.abs(encoded).max() == LARGEST
    assert np.isfinite(found).all()


@settings(deadline=None)
@given(st.lists(st.integers(0, 11), min_size=1, max_size=20), st.booleans())
def test_rows_in_any_order_are_encoded_each_by_its_own_record(chosen: list[int], difference: bool) -> None:
    inputs, rows = BeatInputs((0, 1), difference), np.array(chosen)
    encoded = inputs.encode(BEATS, rows)
    assert np.array_equal(encoded, inputs.encode(BEATS, ROWS)[rows])
    assert np.array_equal(inputs.decode(encoded, BEATS, rows), inputs.decode(encoded.copy(), BEATS, rows))
    one_by_one = [inputs.decode(encoded[k : k + 1], BEATS, rows[k : k + 1])[0] for k in range(len(rows))]
    assert np.array_equal(inputs.decode(encoded, BEATS, rows), np.stack(one_by_one))


def test_the_difference_to_the_median_beat_is_small_for_usual_beats_and_in_units_of_the_record() -> None:
    encoded = BeatInputs((0, 1), True).encode(BEATS, ROWS)
    usual = ROWS[(ROWS < 6) | (ROWS % 6 != 0)]
    assert np.abs(encoded[usual]).max() < 0.5
    assert np.abs(encoded[6]).max() == LARGEST
    context = BEATS.contexts["a"]
    assert context.moves(BEATS.signals[1:2]).tolist() == [0]
    expected = BEATS.signals[1] / BEATS.units_mv["a"][:, None] - context.template
    assert np.allclose(encoded[1], expected, atol=1e-6)


def test_a_beat_cut_a_little_beside_its_place_is_laid_over_the_usual_beat() -> None:
    moved = made_beats()
    moved.signals[3] = np.roll(moved.signals[3], 4, axis=1)
    inputs = BeatInputs((0, 1), True)
    found, usual = inputs.encode(moved, ROWS)[3], inputs.encode(BEATS, ROWS)[3]
    middle = slice(EDGE, -EDGE)
    assert np.abs(found - usual)[:, middle].max() < 0.1
    assert np.allclose(
        inputs.decode(inputs.encode(moved, ROWS), moved, ROWS)[3, :, middle], moved.signals[3, :, middle], atol=1e-5
    )


def test_a_lead_that_is_not_there_is_zero_for_the_network() -> None:
    single = dataclasses.replace(BEATS, leads={"a": ("MLII", ""), "b": ("MLII", "V1")})
    for difference in (True, False):
        encoded = BeatInputs((0, 1), difference).encode(single, ROWS)
        assert not encoded[:6, 1].any()
        assert encoded[6:, 1].any()
    assert present(BeatInputs((0, 1), True), single, ROWS).tolist() == [[True, False]] * 6 + [[True, True]] * 6
    assert present(BeatInputs((1,), True), single, ROWS)[:, 0].tolist() == [False] * 6 + [True] * 6


def test_as_it_is_a_beat_is_only_divided_by_its_records_amplitude() -> None:
    encoded = BeatInputs((0, 1), False).encode(BEATS, ROWS)
    assert np.allclose(encoded[1], BEATS.signals[1] / BEATS.units_mv["a"][:, None], atol=1e-6)
    heights = np.ptp(encoded[[1, 8]][:, 0], axis=1)
    assert heights[0] == pytest.approx(heights[1], rel=0.4), "records of other amplitude look alike"


@pytest.mark.parametrize("factor", [0.5, 4.0])
def test_the_amplifiers_gain_changes_nothing(factor: float) -> None:
    louder = made_beats()
    louder.signals[:] *= factor
    for known in (louder.templates, louder.units_mv):
        for numbers in known.values():
            np.multiply(numbers, factor, out=numbers)
    for difference in (True, False):
        inputs = BeatInputs((0, 1), difference)
        assert np.allclose(inputs.encode(louder, ROWS), inputs.encode(BEATS, ROWS), atol=1e-5)


def test_the_set_is_not_changed_by_encoding_it() -> None:
    before = BEATS.signals.copy()
    BeatInputs((0, 1), True).encode(BEATS, ROWS)[:] = 0
    assert np.array_equal(BEATS.signals, before)


def test_only_the_qrs_counts_in_a_beats_error() -> None:
    scored = BeatInputs((0, 1), True).scored(BEATS)
    times_s = CONFIG.times_s[scored]
    assert QRS_S == (-0.10, 0.10)
    assert (times_s.min(), times_s.max()) == (-0.1, 0.1)
    assert scored.sum() == 37


def made_windows() -> WindowSet:
    signals: npt.NDArray[np.float32] = np.random.default_rng(0).normal(0, 1, (8, 2, 180)).astype(np.float32)
    table = pd.DataFrame({"record": ["a"] * 8})
    return WindowSet(signals, table, 1.0, 90.0, {"a": ("MLII", "V1")}, {"a": 30.0})


@pytest.mark.parametrize("leads", LEADS)
def test_windows_are_scaled_not_clipped_and_come_back_in_mv(leads: tuple[int, ...]) -> None:
    windows, rows = made_windows(), np.array([5, 0, 3])
    inputs = WindowInputs(leads, MinMaxScaler.fit(windows.signals[:4][:, list(leads)]))
    encoded = inputs.encode(windows, rows)
    assert encoded.shape == (3, len(leads), 180)
    assert np.allclose(inputs.decode(encoded, windows, rows), windows.signals[rows][:, list(leads)], atol=1e-5)
    assert inputs.scored(windows).all()
    assert len(inputs.scored(windows)) == 180
