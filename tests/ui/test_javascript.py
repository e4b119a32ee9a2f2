"""Components' JavaScript as it travels: one module, and nothing of a recording as markup."""

import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from ecg_core.ui.autoencoder.views import component as views
from ecg_core.ui.javascript import short_css
from ecg_core.ui.place_list import component as place_list
from ecg_core.ui.review.family_tiles import component as family_tiles
from ecg_core.ui.viewer import component as viewer

COMPONENTS = pytest.mark.parametrize(
    "component",
    [viewer, views, place_list, family_tiles],
    ids=["viewer", "views", "place_list", "families"],
)


@COMPONENTS
def test_the_modules_put_together_are_one_module_with_one_export(component: ModuleType, tmp_path: Path) -> None:
    text = component.javascript()
    assert len(re.findall(r"(?:^|[;}\n])export ", text)) == 1
    assert "export default function mount(" in text
    assert not re.search(r"(?:^|[;}\n])import ", text)
    if node := shutil.which("node"):
        (tmp_path / "all.mjs").write_text(text, encoding="utf-8")
        done = subprocess.run([node, "--check", tmp_path / "all.mjs"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@COMPONENTS
def test_every_module_is_put_together_and_imports_from_those_before_it_only(component: ModuleType) -> None:
    own = [name for name in (*component.MODULES, *getattr(component, "INSTEAD", ())) if "/" not in name]
    assert sorted(own) == sorted(path.name for path in component.HERE.glob("*.js"))
    for k, name in enumerate(component.MODULES):
        imported = re.findall(r'from "([^"]+\.js)"', (component.HERE / name).read_text(encoding="utf-8"))
        assert {one.removeprefix("./") for one in imported} <= set(component.MODULES[:k]), name


@COMPONENTS
def test_nothing_of_a_recording_is_ever_put_into_the_page_as_markup(component: ModuleType) -> None:
    for name in component.MODULES:
        text = (component.HERE / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", text), name


def test_a_style_sheet_loses_blanks_alone(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text(
        "a {\n  top: 0;\n}\na:hover > b,\nc {\n  margin: 0 auto;\n  font: 12px var(--f, serif);\n}\n"
    )
    assert short_css(tmp_path / "a.css") == "a{top:0;}\na:hover > b,c{margin:0 auto;font:12px var(--f,serif);}"


def test_other_pages_than_review_get_no_review() -> None:
    lean = viewer.javascript(reviewing=False)
    assert "class ReviewBar" in lean and "class EditLog" not in lean
    assert len(lean) < 0.85 * len(viewer.javascript())
