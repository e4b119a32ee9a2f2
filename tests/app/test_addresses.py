"""Whatever an address says is shown as text: no page makes a picture or a link of it."""

import re
from pathlib import Path

import pytest

from ecg_core.workspace import PROJECT
from tests.app.opening import opened

PLANTED = r"http://zz.example ![p](http://zz.example/p) \[x](http://zz.example)"
PARAMETERS = {
    "app": "record",
    "1_Records": "record leads start window beat class speed gain predict score",
    "2_Class_balance": "scope log ratio sort",
    "3_Synthesis": "tab run class n seed ratio make classes epochs",
    "4_Classifier": "tab run part cell compare labels",
    "5_Autoencoder": "tab run part threshold rank labels",
    "6_Review": "record rule order class low high beat score predict",
    "7_Runs": "run",
    "8_Benchmarks": "protocol",
    "9_Archive": "archive run by least holds",
}
OPENS = ("record", "run", "archive")
"""What decides what else is shown, so that it is refused alone."""


def test_the_parameters_of_all_pages_are_known_here() -> None:
    sources = [*(PROJECT / "pages").glob("*.py"), *(PROJECT / "ecg_core" / "ui").rglob("*.py")]
    found = {name for path in sources for name in re.findall(r'\bParam\("(\w+)"', path.read_text(encoding="utf-8"))}
    assert found <= set(" ".join(PARAMETERS.values()).split())


@pytest.mark.parametrize("page", PARAMETERS)
def test_no_parameter_of_a_page_plants_a_picture_or_a_link(page: str, simulated_home: Path) -> None:
    told = 0
    names = [*PARAMETERS[page].split(), PLANTED]
    for some in ([name for name in names if name not in OPENS], [name for name in names if name in OPENS]):
        app = opened(page, **dict.fromkeys(some, PLANTED))
        kinds = (app.markdown, app.caption, app.warning, app.error, app.info, app.success, app.title, app.subheader)
        for text in [one.value for kind in kinds for one in kind if "zz.example" in one.value]:
            told += 1
            assert "http://zz" not in text
            assert not re.search(r"(?<!\\)(?:\\\\)*\[(?:p|x)\]", text), text
    assert told, "what an address says is not told at all"
