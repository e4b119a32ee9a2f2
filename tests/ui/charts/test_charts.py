"""What a light chart is given."""

import json
import re
from collections.abc import Sequence

import plotly.graph_objects as go
import pytest

from ecg_core.ui.charts import matrix
from ecg_core.ui.charts.component import HERE, MODULES, drawing
from ecg_core.ui.javascript import assembled


def test_a_drawing_holds_the_figure_and_is_told_by_its_title_unless_it_is_told_otherwise() -> None:
    figure = go.Figure(go.Bar(x=[3], y=[0], orientation="h"), {"title": {"text": "Three<br>beats"}})
    drawn = json.loads(drawing(figure, file="three"))
    assert (drawn["alt"], drawn["file"]) == ("Three beats", "three")
    assert drawn["figure"]["data"][0]["x"] == [3]
    assert json.loads(drawing(figure, "Bars", kind="paper"))["alt"] == "Bars"
    assert json.loads(drawing(figure, "Bars", kind="paper"))["kind"] == "paper"


@pytest.mark.parametrize("modules", [MODULES, matrix.MODULES], ids=["charts", "matrix"])
def test_what_the_browser_gets_imports_nothing_and_exports_what_mounts_it(modules: Sequence[str]) -> None:
    code = assembled(HERE, modules)
    assert "\nimport " not in code
    assert code.count("export ") == code.count("export default function mount") == 1


@pytest.mark.parametrize("modules", [MODULES, matrix.MODULES], ids=["charts", "matrix"])
def test_every_module_that_is_imported_from_is_there_and_no_name_is_declared_twice(modules: Sequence[str]) -> None:
    code = [(HERE / name).read_text(encoding="utf-8") for name in modules]
    imported = {
        (HERE / name).parent.joinpath(path).resolve()
        for name, text in zip(modules, code, strict=True)
        for path in re.findall(r"from \"(.+)\";", text)
    }
    assert imported <= {(HERE / name).resolve() for name in modules}
    declared = [
        name
        for text in code
        for names in re.findall(r"^(?:export )?(?:const|let|class|function) (\[[^=]+\]|\w+)", text, re.MULTILINE)
        for name in re.findall(r"\w+", names)
    ]
    assert len(declared) == len(set(declared)), sorted(declared)
