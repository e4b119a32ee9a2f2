"""Figures are written as people read them, by their kind, and a dash where there is none."""

import pytest

from ecg_core.evaluation.figure import Figure


@pytest.mark.parametrize(
    ("figure", "text", "interval"),
    [
        (Figure("ROC AUC", 0.97916, (0.9474, 0.9951)), "0.979", "0.947 to 0.995"),
        (Figure("Accuracy", 0.9701, (0.9503, 0.98), "share"), "97.0 %", "95.0 % to 98.0 %"),
        (Figure("Beats", 3785, kind="count"), "3,785", ""),
        (Figure("False alarms per hour", 146.24, kind="rate"), "146.2", ""),
        (Figure("F1", None), "–", ""),
        (Figure("Sensitivity", None, kind="share"), "–", ""),
        (Figure("F1", 0.0, (0.0, 0.0)), "0.000", "0.000 to 0.000"),
    ],
)
def test_a_figure_and_its_interval_are_written_by_its_kind(figure: Figure, text: str, interval: str) -> None:
    assert (figure.text, figure.interval_text) == (text, interval)
