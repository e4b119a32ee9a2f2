"""The film of a beat GAN: every beat where it belongs, all on one scale, light enough to be sent every two seconds."""

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.beats.config import BeatConfig
from ecg_core.plots.film import COLUMNS, ROW_PX, Frame, film_figure
from ecg_core.plots.theme import DARK, LIGHT, Palette

TIMES_S = BeatConfig().times_s
MAX_PAYLOAD_BYTES = 200_000


def frames(n: int = 3, beats: int = 12, leads: int = 2) -> list[Frame]:
    """Frame `k` is of epoch `2 ** k`; beat `b` of lead `l` peaks at `1 + b / 10 - l` mV."""
    shape = np.exp(-((TIMES_S / 0.05) ** 2)).astype(np.float32)
    heights = (1 + np.arange(beats)[:, None] / 10 - np.arange(leads)).astype(np.float32)
    return [(2**k, heights[:, :, None] * shape) for k in range(n)]


def peaks(y: npt.NDArray[np.float32], base: float) -> list[float]:
    """Highest mV of each beat of a row of the figure."""
    return [round(float(np.nanmax(part)), 3) for part in np.array_split(y - np.float32(base), COLUMNS)]


def test_a_row_is_an_epoch_and_holds_the_first_six_beats_of_its_frame_in_mv() -> None:
    figure = film_figure(frames(), TIMES_S, "V", LIGHT)
    assert figure.layout.yaxis.ticktext == ("epoch 1", "epoch 2", "epoch 4")
    first_leads = [trace for trace in figure.data if trace.name == "First lead"]
    assert len(first_leads) == 3
    bottoms = [float(np.nanmin(trace.y)) for trace in first_leads]
    assert bottoms[0] > bottoms[1] > bottoms[2], "later epochs lie below"
    for trace, bottom in zip(first_leads, bottoms, strict=True):
        assert peaks(np.asarray(trace.y), bottom) == [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]


def test_every_row_has_the_same_scale_and_a_pulse_of_one_mv_and_a_fifth_of_a_second() -> None:
    figure = film_figure(frames(4), TIMES_S, "V", LIGHT)
    ticks = np.diff(figure.layout.yaxis.tickvals)
    assert np.allclose(ticks, ticks[0])
    pulse = figure.data[-1]
    y = [value for value in pulse.y if value is not None]
    x = [value for value in pulse.x if value is not None]
    assert len(y) == 4 * 6
    assert round(max(y[:6]) - min(y[:6]), 3) == 1.0
    assert round(x[3] - x[2], 3) == 0.2


def test_a_gap_stands_between_two_beats() -> None:
    trace = film_figure(frames(1), TIMES_S, "V", LIGHT).data[0]
    assert np.isnan(trace.y[len(TIMES_S)])
    assert not trace.connectgaps
    assert np.isfinite(trace.y[: len(TIMES_S)]).all()


def test_the_two_leads_differ_in_weight_and_colour_and_are_named_once() -> None:
    figure = film_figure(frames(), TIMES_S, "V", LIGHT)
    named = {trace.name: trace for trace in figure.data if trace.showlegend}
    assert sorted(named) == ["First lead", "Second lead"]
    assert named["First lead"].line.width > named["Second lead"].line.width
    assert named["First lead"].line.color != named["Second lead"].line.color
    assert len([trace for trace in figure.data if trace.showlegend]) == 2


def test_the_title_says_synthetic_and_names_the_class() -> None:
    assert film_figure(frames(), TIMES_S, "F", LIGHT).layout.title.text == "SYNTHETIC F beats by epoch"


@pytest.mark.parametrize("n", [1, 2, 10])
def test_the_figure_grows_by_one_row_a_frame(n: int) -> None:
    assert film_figure(frames(n), TIMES_S, "V", LIGHT).layout.height - n * ROW_PX == (
        film_figure(frames(1), TIMES_S, "V", LIGHT).layout.height - ROW_PX
    )


def test_a_row_of_frames_yet_to_come_does_not_change_the_scale() -> None:
    heights = [film_figure(frames(n), TIMES_S, "V", LIGHT).layout.yaxis.range for n in (1, 2)]
    assert heights[0][1] == heights[1][1]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_a_whole_film_stays_small(palette: Palette) -> None:
    assert len(film_figure(frames(10), TIMES_S, "V", palette).to_json()) <= MAX_PAYLOAD_BYTES


def test_one_lead_few_beats_and_values_that_are_not_numbers_are_drawn_too() -> None:
    ((epoch, beats),) = frames(1, beats=2, leads=1)
    beats[0, 0, :10] = np.nan
    figure = film_figure([(epoch, beats)], TIMES_S, "S", LIGHT)
    assert figure.layout.xaxis.ticktext == ("1", "2")
    assert np.isfinite(figure.layout.yaxis.range).all()
    assert [trace.name for trace in figure.data if trace.showlegend] == ["First lead"]


def test_a_flat_beat_and_no_frame_at_all_are_figures() -> None:
    flat = np.zeros((6, 2, len(TIMES_S)), np.float32)
    assert film_figure([(1, flat)], TIMES_S, "V", LIGHT).layout.yaxis.range[1] > 0
    assert not film_figure([], TIMES_S, "V", LIGHT).layout.yaxis.ticktext
