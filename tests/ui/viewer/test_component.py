"""The JavaScript as it travels, and what is believed of what comes back."""

from typing import Any

import pytest
import streamlit as st

from ecg_core.plots.theme import MARKERS
from ecg_core.ui.viewer import component, packing


def test_browser_and_server_speak_the_same_format_and_the_same_classes() -> None:
    text = (component.HERE / "bytes.js").read_text(encoding="utf-8")
    assert f"export const FORMAT = {packing.FORMAT};" in text
    beats = (component.HERE / "beats.js").read_text(encoding="utf-8")
    assert f"export const CLASSES = {list(MARKERS)};".replace("'", '"') in beats


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, (None, None, None)),
        ({"range": [10, 5.5], "beat": 360, "step": "V"}, ((10.0, 5.5), 360, "V")),
        ({"range": [10], "beat": None}, (None, None, None)),
        ({"range": ["a", 5], "beat": -1, "step": 3}, (None, None, None)),
        ({"range": [0, 0], "beat": float("inf")}, (None, None, None)),
        ({"range": [float("nan"), 1], "beat": True}, (None, None, None)),
    ],
)
def test_only_what_can_be_a_place_is_believed(
    state: Any, expected: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {"viewer": state})
    told = component.told("viewer")
    assert (told.range, told.beat, told.step) == expected
