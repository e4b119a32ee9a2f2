"""A figure as a page hands it to the browser."""

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ecg_core.plots.theme import LIGHT, base_layout
from ecg_core.ui.chart import drawn_once


def handed_over(y: list[float]) -> Any:
    values = np.array(y, np.float32)
    data = {"type": "scatter", "y": values, "customdata": values, "marker": {"size": np.ones(3)}}
    figure = go.Figure({"data": [data], "layout": base_layout(LIGHT)})
    return json.loads(drawn_once(figure).to_json())


def test_a_copy_of_a_figure_asks_for_no_second_drawing() -> None:
    figure = handed_over([1, 2, 3])
    assert "template" not in figure["layout"]
    assert figure["layout"]["autosize"] is True
    trace = figure["data"][0]
    assert trace["y"] == trace["customdata"] == [1, 2, 3]
    assert trace["marker"]["size"] == [1, 1, 1]
    assert figure == handed_over([1, 2, 3])


def test_other_data_ask_for_another_drawing() -> None:
    assert handed_over([1, 2, 3])["layout"]["datarevision"] != handed_over([1, 2, 4])["layout"]["datarevision"]


def test_a_value_that_is_missing_stays_missing() -> None:
    assert handed_over([1, float("nan")])["data"][0]["y"] == [1, None]
