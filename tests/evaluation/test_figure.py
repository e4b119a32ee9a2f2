"""A figure is written as people read it, and its interval like it."""

import pytest

from ecg_core.evaluation.figure import Figure


@pytest.mark.parametrize(
    ("figure", "text", "interval"),
    [
        (Figure("ROC AUC", 0.97945, (0.947, 0.995)), "0.979", "0.947 to 0.995"),
        (Figure("Accuracy", 0.97, (0.953, 0.9846), "share"), "97.0 %", "95.3 % to 98.5 %"),
        (Figure("Beats", 3785, kind="count"), "3,785", ""),
        (Figure("False alarms per hour", 146.24, kind="rate"), "146.2", ""),
        (Figure("F F1", None), "–", ""),
        (Figure("F F1", None, kind="share"), "–", ""),
        (Figure("F F1", 0.0, (0.0, 0.0)), "0.000", "0.000 to 0.000"),
    ],
)
def test_a_figure_and_its_interval_are_written_in_its_own_way(figure: Figure, text: str, interval: str) -> None:
    assert (figure.text, figure.interval_text) == (text, interval)
