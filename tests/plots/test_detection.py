"""The threshold line stands where the threshold is, classes keep their order and colours, and figures stay small."""

import math

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import pytest

from ecg_core.beats.classes import CLASS_NAMES
from ecg_core.evaluation.detection import Detection
from ecg_core.plots.detection import (
    DASHES,
    FEWEST,
    N_BINS,
    SCORE_AXIS,
    Histogram,
    histogram_figure,
    histogram_of,
)
from ecg_core.plots.theme import DARK, LIGHT, Palette

MAX_PAYLOAD_BYTES = 300_000


def made(n: int = 5000, classes: str = "NSVFQ", seed: int = 0) -> Detection:
    """Scores of `n` beats in nats, most of them N, the others further out."""
    rng = np.random.default_rng(seed)
    weights = np.array([{"N": 100.0}.get(name, 3.0) for name in classes])
    beat_class: npt.NDArray[np.str_] = rng.choice(list(classes), n, p=weights / weights.sum())
    score = rng.exponential(1.0, n) + 4 * (beat_class != "N")
    return Detection(score, beat_class, np.full(n, "a"), {"a": 1.0})


def histogram(detection: Detection, threshold: float = 3.0, palette: Palette = LIGHT, **more: bool) -> go.Figure:
    return histogram_figure(histogram_of(detection), threshold, palette, title="DS2", **more)


def line(figure: go.Figure) -> go.layout.Shape:
    (found,) = figure.layout.shapes
    return found


def numbers(figure: go.Figure) -> npt.NDArray[np.float64]:
    return np.concatenate([np.asarray(one, np.float64) for trace in figure.data for one in (trace.x, trace.y)])


@pytest.mark.parametrize("threshold", [0.0, 0.05, 3.21, 6.0])
@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_the_line_stands_at_the_threshold_across_the_whole_figure(threshold: float, palette: Palette) -> None:
    figure = histogram(made(), threshold, palette)
    shape = line(figure)
    assert shape.x0 == shape.x1 == threshold
    assert (shape.y0, shape.y1) == (0, 1)
    assert shape.yref in ("paper", "y domain"), "or it would end with the data"
    assert shape.line.color == palette.accent
    (note,) = figure.layout.annotations
    assert (note.x, note.text.strip()) == (threshold, f"flagged from {threshold:.2f}")


def test_a_threshold_beyond_the_axis_stands_at_its_end_and_says_its_own_number() -> None:
    figure = histogram(made(), 99.0)
    end = figure.layout.xaxis.range[1]
    assert line(figure).x0 == line(figure).x1 == end
    assert figure.layout.annotations[0].text.strip() == "flagged from 99.00"
    assert figure.layout.annotations[0].xanchor == "right", "or it would be cut off"
    assert histogram(made(), 0.0).layout.annotations[0].xanchor == "left"


def test_moving_the_threshold_moves_the_line_and_nothing_else() -> None:
    counted = histogram_of(made())
    one, other = (histogram_figure(counted, at, LIGHT, title="").to_dict() for at in (1.0, 2.0))
    assert one["layout"].pop("shapes") != other["layout"].pop("shapes")
    one["layout"].pop("annotations"), other["layout"].pop("annotations")
    assert str(one) == str(other)


def test_every_beat_is_counted_once_in_the_same_bins_and_the_furthest_in_the_last() -> None:
    detection = made()
    far = Detection(np.append(detection.score, [1e6, -5.0]), np.append(detection.beat_class, ["V", "N"]),
                    np.append(detection.record, ["a", "a"]), detection.hours)  # fmt: skip
    counted = histogram_of(far)
    assert len(counted.edges) == N_BINS + 1
    assert counted.edges[0] == 0
    assert counted.edges[-1] == pytest.approx(np.quantile(far.score, 0.999))
    assert {name: counts.sum() for name, counts in counted.counts.items()} == {
        name: np.count_nonzero(far.beat_class == name) for name in "NSVFQ"
    }
    assert counted.counts["V"][-1] >= 1
    inside = (far.beat_class == "N") & (far.score >= counted.edges[3]) & (far.score < counted.edges[4])
    assert counted.counts["N"][3] == inside.sum()


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_classes_come_in_fixed_order_with_their_own_colour_dash_and_name(palette: Palette) -> None:
    figure = histogram(made(), palette=palette)
    assert [trace.name[0] for trace in figure.data] == ["N", "S", "V", "F", "Q"]
    for trace, name in zip(figure.data, "NSVFQ", strict=True):
        assert (trace.line.color, trace.line.dash) == (palette.classes[name], DASHES[name])
        assert CLASS_NAMES[name] in trace.hovertemplate
    assert [trace.fill == "tozeroy" for trace in figure.data] == [True, False, False, False, False]
    assert figure.layout.showlegend


def test_a_class_keeps_its_colour_where_others_are_missing() -> None:
    figure = histogram(made(classes="NVQ"))
    assert [(trace.name[0], trace.line.color) for trace in figure.data] == [
        (name, LIGHT.classes[name]) for name in "NVQ"
    ]


def test_a_handful_of_beats_has_no_outline_unless_it_is_all_there_is() -> None:
    few = Detection(np.arange(30.0), np.array(["N"] * 20 + ["V"] * 10), np.full(30, "a"), {"a": 1.0})
    assert FEWEST == 20
    assert [trace.name for trace in histogram(few).data] == ["N (20)"]
    fewest = Detection(np.arange(3.0), np.array(["V"] * 3), np.full(3, "a"), {"a": 1.0})
    assert [trace.name for trace in histogram(fewest).data] == ["V (3)"]


def test_with_the_same_area_every_class_adds_to_100_percent_and_without_to_its_beats() -> None:
    detection = made()
    for trace in histogram(detection).data:
        assert trace.y[:-1].sum() == pytest.approx(100, abs=0.01)
    for trace in histogram(detection, density=False).data:
        assert trace.y[:-1].sum() == np.count_nonzero(detection.beat_class == trace.name[0])
    titles = [histogram(detection, density=one).layout.yaxis.title.text for one in (True, False)]
    assert titles == ["Share of the class (%)", "Beats"]
    assert histogram(detection, log=True).layout.yaxis.type == "log"
    assert histogram(detection).layout.yaxis.type == "linear"
    assert histogram(detection).layout.xaxis.title.text == SCORE_AXIS


@pytest.mark.parametrize("scores", [[], [0.0], [0.0] * 50, [-3.0, -1.0], [1e-9, 2e-9]])
def test_no_beats_one_beat_or_equal_scores_still_make_a_figure(scores: list[float]) -> None:
    n = len(scores)
    detection = Detection(np.array(scores), np.full(n, "N"), np.full(n, "a"), {"a": 1.0})
    counted = histogram_of(detection)
    assert (np.diff(counted.edges) > 0).all()
    figure = histogram_figure(counted, 2.0, LIGHT, title="")
    assert len(figure.data) == (n > 0)
    assert math.isfinite(line(figure).x0)


@pytest.mark.parametrize("n", [100, 120_000])
def test_figures_stay_small_and_hold_nothing_but_finite_numbers(n: int) -> None:
    detection = made(n)
    for figure in (histogram(detection), histogram(detection, density=False, log=True)):
        assert np.isfinite(numbers(figure)).all()
        assert len(figure.to_json()) <= MAX_PAYLOAD_BYTES


def test_a_histogram_can_be_drawn_of_counts_alone() -> None:
    figure = histogram_figure(Histogram(np.array([0.0, 1.0, 2.0]), {"N": np.array([30, 10])}), 1.0, LIGHT, title="x")
    assert figure.data[0].y.tolist() == [75, 25, 25]
