"""What the Autoencoder page's views are given, and what they tell, told without a browser."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from ecg_core.evaluation.detection import OperatingPoint

COMPONENT = "ecg_workbench_scores"


def given(app: AppTest, kind: str) -> dict[str, Any]:
    """What the one view of a kind (`threshold`, `tiles`, `records`) is given."""
    found = [data for _, data in _views(app) if data["kind"] == kind]
    assert len(found) == 1, [data["kind"] for _, data in _views(app)]
    return found[0]


def threshold(app: AppTest) -> float:
    """Threshold at which the view opens."""
    data = given(app, "threshold")
    return float(data["step"] * data["at"]["position"])


def flagged(app: AppTest, name: str, position: int | None = None) -> int:
    """Beats of a class that the view counts as flagged where it opens, or at a position."""
    data = given(app, "threshold")
    at = data["at"]["position"] if position is None else position
    one = next(one for one in data["classes"] if one["name"] == name)
    return int(one["beats"] - sum(one["drops"][: at + 1]))


def point(app: AppTest) -> OperatingPoint:
    """The operating point of the view where it opens."""
    data = given(app, "threshold")
    there = {one["name"]: one["beats"] for one in data["classes"] if one["name"] != "Q"}
    caught = {name: flagged(app, name) for name in there}
    abnormal = [name for name in there if name != "N"]
    return OperatingPoint(
        threshold(app), sum(caught[name] for name in abnormal), caught.get("N", 0),
        sum(there[name] for name in abnormal), there.get("N", 0), data["hours"],
    )  # fmt: skip


def move(app: AppTest, to: float) -> AppTest:
    """Run again as after the threshold was let go at `to`."""
    data = given(app, "threshold")
    return tell(app, "threshold", threshold={"id": data["id"], "position": round(to / data["step"])})


def tell(app: AppTest, kind: str, **told: Any) -> AppTest:
    """Run again as after the view of a kind has told something, callbacks included."""
    (view,) = [proto for proto, data in _views(app) if data["kind"] == kind]
    states = app._tree.get_widget_states()  # type: ignore[union-attr]
    widget = states.widgets.add()
    widget.id, widget.json_value = view.id, json.dumps(told)
    app._run(states)
    assert not app.exception, app.exception
    return app


def _views(app: AppTest) -> list[tuple[Any, dict[str, Any]]]:
    protos = [element.proto for element in app.get("bidi_component") if element.proto.component_name == COMPONENT]
    return [(proto, json.loads(proto.bytes or proto.json)) for proto in protos]
