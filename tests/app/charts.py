"""What the light charts of a page are given, told without a browser."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

COMPONENT = "ecg_workbench_chart"


def charts(app: AppTest) -> list[dict[str, Any]]:
    """Each chart's `figure`, `alt` and `file`, in the order of the page."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.bytes) for proto in protos if proto.component_name == COMPONENT]
