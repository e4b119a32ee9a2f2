"""The tables of places of a page: what they are given, and a row chosen without a browser."""

import json
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

COMPONENT = "ecg_workbench_place_list"


def place_list(app: AppTest, position: int) -> dict[str, Any]:
    """What the table at a position on the page is given: columns, rows, samples."""
    data: dict[str, Any] = json.loads(_lists(app)[position].json)
    lines = [line.split("\t") for line in data["rows"].split("\n")] if data["rows"] else []
    read = [float if numeric else str for numeric in data["numeric"]]
    rows = [[kind(text) if text else None for kind, text in zip(read, line, strict=True)] for line in lines]
    return {**data, "rows": rows, "samples": [int(text) for text in data["samples"].split(",") if text]}


def column(app: AppTest, position: int, name: str) -> list[Any]:
    """Values of one column of a table."""
    data = place_list(app, position)
    return [row[data["columns"].index(name)] for row in data["rows"]]


def choose_row(app: AppTest, position: int, row: int) -> AppTest:
    """Run again as after a click on a row, callbacks included."""
    return choose_sample(app, position, place_list(app, position)["samples"][row])


def choose_sample(app: AppTest, position: int, sample: Any) -> AppTest:
    """The same for a sample, whether the table has it or not."""
    states = app._tree.get_widget_states()  # type: ignore[union-attr]
    widget = states.widgets.add()
    widget.id = _make_trigger_id(_lists(app)[position].id, "events")
    widget.json_trigger_value = json.dumps([{"event": "chosen", "value": sample}])
    app._run(states)
    assert not app.exception, app.exception
    return app


def _lists(app: AppTest) -> list[Any]:
    return [one.proto for one in app.get("bidi_component") if one.proto.component_name == COMPONENT]
