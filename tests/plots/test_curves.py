"""Loss curves: one line a loss, a gap between networks, nothing invented where there is nothing yet."""

import math
from typing import Any

import plotly.graph_objects as go
import pytest

from ecg_core.learning.progress import EpochRow
from ecg_core.plots.curves import NAMES, compare_figure, loss_figure
from ecg_core.plots.theme import DARK, LIGHT, Palette

MAX_PAYLOAD_BYTES = 300_000


def rows(stages: int = 3, epochs: int = 2) -> list[EpochRow]:
    """Progress of a run, as its folder keeps it: the last network has no validation."""
    found = []
    for stage in range(1, stages + 1):
        for epoch in range(1, epochs + 1):
            done = (stage - 1) * epochs + epoch
            row: dict[str, Any] = {"epoch": epoch, "epochs": epochs, "stage": stage, "stages": stages, "done": done,
                   "of": stages * epochs, "train_loss": 1 / done, "seconds": 1.0, "usual_s": 1.0,
                   "eta_s": 1.0}  # fmt: skip
            found.append(EpochRow.from_json(row if stage == stages else row | {"validation_loss": 2 / done}, "a row"))
    return found


def finite(figure: go.Figure) -> bool:
    """Whether every number drawn is one; None is a gap."""
    values = [value for trace in figure.data for one in (trace.x, trace.y) for value in one or () if value is not None]
    return all(math.isfinite(value) for value in values)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_both_losses_are_drawn_over_the_epochs_of_the_whole_run_with_a_gap_between_networks(palette: Palette) -> None:
    figure = loss_figure(rows(), palette)
    training, validation = figure.data
    assert (training.name, validation.name) == tuple(NAMES.values())
    assert training.x == (1, 2, None, 3, 4, None, 5, 6)
    assert training.y == (1 / 1, 1 / 2, None, 1 / 3, 1 / 4, None, 1 / 5, 1 / 6)
    assert validation.y == (2 / 1, 2 / 2, None, 2 / 3, 2 / 4, None, None, None)
    assert not training.connectgaps
    assert (training.line.color, validation.line.color) == (palette.text, palette.accent)
    assert (training.line.dash, validation.line.dash) == ("solid", "dot")
    assert finite(figure)


def test_a_line_stands_between_two_networks() -> None:
    assert [shape.x0 for shape in loss_figure(rows(), LIGHT).layout.shapes] == [2.5, 4.5]
    assert not loss_figure(rows(stages=1), LIGHT).layout.shapes


@pytest.mark.parametrize("seen", [1, 2, 3, 5])
def test_the_axis_spans_the_whole_run_while_it_is_still_growing(seen: int) -> None:
    figure = loss_figure(rows()[:seen], LIGHT)
    assert figure.layout.xaxis.range == (0.5, 6.5)
    assert len([x for x in figure.data[0].x if x is not None]) == seen


def test_a_run_without_an_epoch_yet_has_no_line() -> None:
    figure = loss_figure([], LIGHT)
    assert not figure.data
    assert figure.layout.xaxis.range == (0.5, 1.5)


def test_a_run_without_validation_has_one_line() -> None:
    figure = loss_figure(rows(stages=1), LIGHT)
    assert [trace.name for trace in figure.data] == ["Training"]


def test_the_longest_run_allowed_stays_small() -> None:
    assert len(loss_figure(rows(stages=11, epochs=200), LIGHT).to_json()) <= MAX_PAYLOAD_BYTES


def test_compared_runs_show_the_training_of_their_last_network_each_with_a_dash_and_colour_of_its_own() -> None:
    runs = {f"run {k}": rows(stages=3, epochs=k) for k in range(1, 6)}
    figure = compare_figure(runs, LIGHT)
    assert [trace.name for trace in figure.data] == list(runs)
    for trace, epochs in zip(figure.data, runs.values(), strict=True):
        last = [row for row in epochs if row.stage == 3]
        assert trace.x == tuple(row.epoch for row in last)
        assert trace.y == tuple(row.figures["train_loss"] for row in last)
    assert len({trace.line.dash for trace in figure.data}) == 5
    assert len({trace.line.color for trace in figure.data}) == 5
    assert finite(figure)


def test_more_runs_than_dashes_and_a_run_without_epochs_are_drawn_too() -> None:
    runs: dict[str, list[EpochRow]] = {f"run {k}": rows(1, 1) for k in range(8)} | {"empty": []}
    figure = compare_figure(runs, DARK)
    assert len(figure.data) == 9
    assert not figure.data[-1].x
    signs = [(trace.line.dash, trace.line.color) for trace in figure.data]
    assert len(set(signs)) == 9, "no two runs look alike"


def test_axes_name_what_they_count() -> None:
    figure = loss_figure(rows(), LIGHT)
    assert figure.layout.xaxis.title.text == "Epoch, over all networks of the run"
    assert figure.layout.yaxis.title.text == "Mean squared error"
    assert compare_figure({"a": rows()}, LIGHT).layout.yaxis.title.text == "Mean squared error"


def gan_rows(epochs: int = 3) -> list[EpochRow]:
    """Progress of a GAN: no stages, two losses."""
    return [
        EpochRow(e, epochs, e, epochs, {"generator_loss": 0.7 + e / 10, "critic_loss": 0.7 - e / 10}, 1.0, 1.0, 1.0)
        for e in range(1, epochs + 1)
    ]


def test_a_gan_has_a_line_for_each_of_its_networks_and_one_where_neither_wins() -> None:
    figure = loss_figure(gan_rows(), LIGHT)
    generator, critic = figure.data
    assert (generator.name, critic.name) == ("Generator", "Discriminator")
    assert generator.y == tuple(row.figures["generator_loss"] for row in gan_rows())
    assert critic.y == tuple(row.figures["critic_loss"] for row in gan_rows())
    assert generator.line.dash != critic.line.dash
    assert generator.marker.symbol != critic.marker.symbol
    assert [shape.y0 for shape in figure.layout.shapes] == [math.log(2)]
    assert figure.layout.yaxis.title.text == "Adversarial loss"
    assert figure.layout.xaxis.title.text == "Epoch"


def test_a_reconstruction_loss_has_no_line_where_neither_wins() -> None:
    assert not loss_figure(rows(stages=1), LIGHT).layout.shapes


@pytest.mark.parametrize("epochs, dtick", [(3, 1), (80, None)])
def test_few_epochs_are_counted_one_by_one(epochs: int, dtick: int | None) -> None:
    assert loss_figure(gan_rows(epochs), LIGHT).layout.xaxis.dtick == dtick


def test_gans_are_compared_by_their_generators() -> None:
    figure = compare_figure({"a": gan_rows(2), "b": gan_rows(4)}, LIGHT)
    assert [len(trace.x) for trace in figure.data] == [2, 4]
    assert figure.data[0].y == tuple(row.figures["generator_loss"] for row in gan_rows(2))
    assert figure.layout.yaxis.title.text == "Adversarial loss"
