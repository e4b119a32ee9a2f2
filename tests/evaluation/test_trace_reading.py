"""The trace read back from images is the one that was drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.beats.images import BOTTOM_MV, TOP_MV, ImageConfig, draw_beats
from ecg_core.beats.panel import Panel
from ecg_core.beats.store import load_beats
from ecg_core.errors import DataError
from ecg_core.evaluation.morphology import beat_features
from ecg_core.evaluation.trace_reading import geometry_of, ink_of, read_traces, trace_features
from tests.evaluation.made_images import CONFIG, GEOMETRY, TIMES_S, drawn, made_signals

PX_MV = GEOMETRY.panels[0].value_per_px


def at_columns(signals: npt.NDArray[np.float32], times_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    flat = signals.reshape(-1, signals.shape[2])
    return np.stack([np.interp(times_s, TIMES_S, one) for one in flat]).reshape(*signals.shape[:2], len(times_s))


class TestGeometry:
    def test_two_leads_share_the_height_and_the_columns_share_the_beat(self) -> None:
        assert GEOMETRY.panels == (Panel(0, 32, TOP_MV, BOTTOM_MV), Panel(32, 64, TOP_MV, BOTTOM_MV))
        assert pytest.approx((5.5 / 32, -0.35, 0.45)) == (PX_MV, GEOMETRY.left_s, GEOMETRY.right_s)
        assert geometry_of(ImageConfig(128, "plain", "first"), TIMES_S).panels == (Panel(0, 128, TOP_MV, BOTTOM_MV),)


class TestInk:
    def test_white_is_none_and_black_is_full(self) -> None:
        assert ink_of(np.array([[[255, 0, 51]]], np.uint8)).tolist() == [[[0.0, 1.0, pytest.approx(0.8)]]]

    def test_paper_and_its_lines_are_next_to_none_and_the_trace_on_it_is_full(self) -> None:
        images = np.array([[[(255, 243, 241), (236, 172, 166), (20, 24, 31)]]], np.uint8)
        assert ink_of(images)[0, 0] == pytest.approx([0, 0, 1], abs=0.1)

    def test_other_shapes_are_refused(self) -> None:
        with pytest.raises(DataError, match=r"Images of shape \(2, 8, 8, 4\), expected"):
            ink_of(np.zeros((2, 8, 8, 4), np.uint8))


class TestReading:
    @pytest.mark.parametrize("size", [64, 128])
    def test_slow_waves_come_back_within_half_a_pixel(self, size: int) -> None:
        signals = made_signals(20, 0, width_s=0.08)
        config = replace(CONFIG, size=size)
        geometry = geometry_of(config, TIMES_S)
        found = read_traces(draw_beats(signals, TIMES_S, config), geometry)
        assert not found.gap_share.any()
        error = np.abs(found.mv - at_columns(signals, found.times_s))
        assert np.quantile(error, 0.99) < geometry.panels[0].value_per_px / 2

    def test_the_tip_of_a_steep_r_wave_is_not_its_middle(self) -> None:
        signals = made_signals(50, 1, width_s=0.012)
        found = read_traces(drawn(signals), GEOMETRY).mv
        error = np.abs(found[:, 0].max(axis=1) - signals[:, 0].max(axis=1))
        assert np.median(error) < PX_MV / 2
        assert error.max() < 1.5 * PX_MV
        downward = np.abs(found[:, 1].min(axis=1) - signals[:, 1].min(axis=1))
        assert downward.max() < 1.5 * PX_MV

    def test_a_faint_line_under_the_trace_is_passed_over(self) -> None:
        dark, faint = ink_of(drawn(made_signals(20, 2))), 0.4 * ink_of(drawn(made_signals(20, 3, width_s=0.05)))
        plain = read_traces(drawn(made_signals(20, 2)), GEOMETRY)
        both = np.rint(255 * (1 - np.maximum(dark, faint))).astype(np.uint8)
        found = read_traces(both, GEOMETRY)
        assert not found.gap_share.any()
        assert np.abs(found.mv - plain.mv).max() < PX_MV / 2

    def test_colour_reads_as_grey_does(self) -> None:
        signals = made_signals(10, 4)
        paper = read_traces(draw_beats(signals, TIMES_S, replace(CONFIG, ground="paper")), GEOMETRY)
        assert np.abs(paper.mv - read_traces(drawn(signals), GEOMETRY).mv).max() < PX_MV / 2

    def test_gaps_are_bridged_and_told(self) -> None:
        signals = np.zeros((1, 2, 144), np.float32)
        images = drawn(signals)
        images[0, :32, 10:26] = 255
        found = read_traces(images, GEOMETRY)
        assert found.gap_share.tolist() == [[0.25, 0.0]]
        assert np.abs(found.mv).max() < PX_MV / 2

    def test_an_empty_panel_is_no_trace_at_all(self) -> None:
        images = drawn(made_signals(3, 0))
        images[1] = 255
        found = read_traces(images, GEOMETRY)
        assert found.gap_share[1].tolist() == [1.0, 1.0]
        assert np.isnan(found.mv[1]).all()
        features = trace_features(found)
        assert np.isfinite(features.to_numpy()).all(axis=1).tolist() == [True, False, True]

    def test_panels_beyond_the_image_are_refused(self) -> None:
        low = replace(GEOMETRY, panels=(Panel(0, 65, 3, -2.5),))
        with pytest.raises(DataError, match=r"the panels reach down to row 65"):
            read_traces(np.zeros((1, 64, 64), np.uint8), low)


def test_r_amplitude_and_qrs_width_of_recorded_beats_come_back(mitdb: Path) -> None:
    """Of records 119 and 208: normal beats, and ventricular ones that are far wider."""
    beats = load_beats(mitdb, ["119", "208"], None, None)
    times_s, geometry = beats.config.times_s, geometry_of(CONFIG, beats.config.times_s)
    medians = []
    for beat_class, within_20_ms in (("N", 0.85), ("V", 0.6)):
        signals = np.asarray(beats.signals[beats.rows_of(beat_class)[::8]])
        drawn_from = beat_features(signals[:, 0].clip(BOTTOM_MV, TOP_MV), times_s)
        read = trace_features(read_traces(draw_beats(signals, times_s, CONFIG), geometry))
        assert ((read["r_mv"] - drawn_from["r_mv"]).abs() < PX_MV).mean() > 0.9
        assert ((read["qrs_ms"] - drawn_from["qrs_ms"]).abs() < 20).mean() > within_20_ms
        medians.append(read["qrs_ms"].median())
    assert medians[1] > 1.4 * medians[0]
