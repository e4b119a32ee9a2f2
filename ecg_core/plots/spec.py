"""What a Plotly figure is made of: the JSON objects of https://plotly.com/javascript/reference/, under their names."""

from typing import Any

Trace = dict[str, Any]
Shape = dict[str, Any]
Axis = dict[str, Any]
Layout = dict[str, Any]
