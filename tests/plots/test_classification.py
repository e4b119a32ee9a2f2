"""Figures of a classifier say in numbers what they show, and never only by colour."""

import numpy as np
import pandas as pd
import pytest

from ecg_core.evaluation.bootstrap import Change
from ecg_core.learning.progress import EpochRow
from ecg_core.plots.classification import curves_figure, reliability_figure, saliency_figure, shaded_cells
from ecg_core.plots.curves import loss_figure, macro_f1_figure
from ecg_core.plots.study import study_figure
from ecg_core.plots.theme import PALETTES, Palette
from tests.plots.test_theme import LEAST_TEXT_CONTRAST, contrast

CONFUSION = {"N": {"N": 90, "V": 10}, "V": {"N": 1, "V": 3}}


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_every_cell_of_a_confusion_matrix_has_its_count_and_share(palette: Palette) -> None:
    cells = shaded_cells(CONFUSION, palette)
    assert [[cell.count for cell in row] for row in cells] == [[90, 10], [1, 3]], "the first class is at the top"
    assert [[cell.share for cell in row] for row in cells] == [[0.9, 0.1], [0.25, 0.75]]
    assert shaded_cells({"N": {"N": 0}}, palette)[0][0].share == 0


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_the_numbers_of_a_cell_can_be_read_whatever_its_shade(palette: Palette) -> None:
    for n in range(101):
        cell = shaded_cells({"a": {"a": n, "b": 100 - n}, "b": {"a": 0, "b": 0}}, palette)[0][0]
        assert contrast(cell.ink, cell.ground) >= LEAST_TEXT_CONTRAST
    assert cell.ground == palette.accent


def test_reliability_bins_of_few_beats_are_small_points() -> None:
    table = pd.DataFrame({"said": [0.1, 0.9], "found": [0.2, 0.8], "beats": [5, 500]})
    figure = reliability_figure({"S": table}, PALETTES["light"], "Reliability")
    assert figure.data[1].marker.size == (4, 8)
    assert list(figure.data[1].x) == pytest.approx([10, 90])


def test_curves_carry_their_area_in_the_legend() -> None:
    table = pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 0.5]})
    table.attrs["area"] = 0.75
    figure = curves_figure({"V": table}, PALETTES["dark"], "Curves")
    assert figure.data[0].name == "V 0.750"


def test_bars_of_a_beat_are_percentage_points_in_a_panel_of_their_own_for_each_lead() -> None:
    beat = np.zeros((2, 10), np.float32)
    fall = np.full((2, 10), 0.5)
    figure = saliency_figure(beat, beat, fall, np.arange(10) / 180, ["MLII", "V1"], PALETTES["light"], "Where")
    bars = [trace for trace in figure.data if trace.fill == "tozeroy"]
    assert len(bars) == 2
    assert bars[0].y[0] == pytest.approx(50)
    assert len({bar.yaxis for bar in bars}) == 2


def test_a_study_marks_what_is_clear_by_a_filled_point() -> None:
    one, other, nothing = Change(0.5, 0.6, 0.05, 0.2), Change(0.5, 0.49, -0.05, 0.02), Change(None, None, None, None)
    figure = study_figure({"a": one, "b": other, "c": nothing}, PALETTES["light"], "Study")
    assert figure.data[0].marker.symbol == ("circle", "circle-open")
    assert list(figure.data[0].error_x.array) == pytest.approx([10, 3])


def test_curves_of_a_classifier_are_named_as_what_they_are() -> None:
    rows = [
        EpochRow(1, 2, 1, 4, {"train_loss": 1.0, "validation_loss": 1.1, "macro_f1": 0.4}, 1.0, 1.0, 3.0, stage=1),
        EpochRow(2, 2, 2, 4, {"train_loss": 0.9, "validation_loss": 1.0, "macro_f1": 0.5}, 1.0, 1.0, 2.0, stage=1),
        EpochRow(1, 2, 3, 4, {"train_loss": 1.0}, 1.0, 1.0, 1.0, stage=2),
    ]
    assert loss_figure(rows, PALETTES["light"]).layout.yaxis.title.text == "Cross-entropy"
    shown = macro_f1_figure(rows, PALETTES["light"])
    assert len(shown.data) == 1
    assert list(shown.data[0].y) == [0.4, 0.5]
