"""The JavaScript as it travels, and what is believed of what comes back."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from ecg_core.plots.theme import MARKERS
from ecg_core.ui.viewer import component, packing


def test_the_modules_put_together_are_one_module_with_one_export(tmp_path: Path) -> None:
    text = component.javascript()
    assert re.findall(r"^export .*", text, re.MULTILINE) == [
        "export default function mount({ data, parentElement, setStateValue }) {"
    ]
    assert not re.search(r"^import ", text, re.MULTILINE)
    names = re.findall(r"^(?:export default )?(?:async )?(?:const|let|function|class) (\w+)", text, re.MULTILINE)
    assert len(names) > 50
    if node := shutil.which("node"):
        (tmp_path / "all.mjs").write_text(text, encoding="utf-8")
        done = subprocess.run([node, "--check", tmp_path / "all.mjs"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_every_module_is_put_together_and_imports_from_those_before_it_only() -> None:
    assert sorted(component.MODULES) == sorted(path.name for path in component.HERE.glob("*.js"))
    for k, name in enumerate(component.MODULES):
        imported = re.findall(r'from "\./(\w+\.js)"', (component.HERE / name).read_text(encoding="utf-8"))
        assert set(imported) <= set(component.MODULES[:k]), name


def test_browser_and_server_speak_the_same_format_and_the_same_classes() -> None:
    text = (component.HERE / "bytes.js").read_text(encoding="utf-8")
    assert f"export const FORMAT = {packing.FORMAT};" in text
    beats = (component.HERE / "beats.js").read_text(encoding="utf-8")
    assert f"export const CLASSES = {list(MARKERS)};".replace("'", '"') in beats


def test_nothing_of_a_recording_is_ever_put_into_the_page_as_markup() -> None:
    for name in component.MODULES:
        text = (component.HERE / name).read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", text), name


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
