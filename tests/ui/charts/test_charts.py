"""What a light chart is given."""

import json

import plotly.graph_objects as go

from ecg_core.ui.charts.component import HERE, MODULES, drawing
from ecg_core.ui.javascript import assembled


def test_a_drawing_holds_the_figure_and_is_told_by_its_title_unless_it_is_told_otherwise() -> None:
    figure = go.Figure(go.Bar(x=[3], y=[0], orientation="h"), {"title": {"text": "Three<br>beats"}})
    drawn = json.loads(drawing(figure, file="three"))
    assert (drawn["alt"], drawn["file"]) == ("Three beats", "three")
    assert drawn["figure"]["data"][0]["x"] == [3]
    assert json.loads(drawing(figure, "Bars"))["alt"] == "Bars"


def test_what_the_browser_gets_imports_nothing_and_exports_what_mounts_it() -> None:
    code = assembled(HERE, MODULES)
    assert "\nimport " not in code
    assert code.count("export ") == code.count("export default function mount") == 1
