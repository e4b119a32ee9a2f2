"""No page and no file that leaves the app says where things lie on this machine, or what a header says of a patient."""

import shutil
from pathlib import Path

import pypdfium2
import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.__main__ import main
from ecg_core.data.sources import VARIABLE
from ecg_core.reports.run_report import run_report
from ecg_core.runs.folder import open_run, summary_of
from tests.app.opening import opened
from tests.app.test_guests import VIEWS
from tests.runs.made_runs import empty_run

PATIENT = "Quillfeather"


@pytest.fixture
def planted(simulated: Path, simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recordings in a folder of a telling name, with a patient's name in each header, and a run of them."""
    data = tmp_path / "of somebody" / "holter"
    shutil.copytree(simulated, data)
    for header in data.glob("*.hea"):
        header.write_text(header.read_text() + f"# 69 M {PATIENT} Aldomet\n")
    monkeypatch.setenv(VARIABLE, str(data))
    source = {"folder": str(data), "label": "SIMULATED, 12 records", "records": ["sim01"]}
    run = empty_run(simulated_home, source=source, command=f"python -m ecg_core train autoencoder --to {data}/out")
    (run.folder / "log.txt").write_text(f'File "{data}/x.py", line 1\n')
    (run.folder / "error.json").write_text(f'{{"message": "{data}/sim01.dat is cut off."}}')
    return data


def everything_on(app: AppTest) -> str:
    """All that was sent to the browser."""
    return "".join(str(node.proto) for node in app._tree if getattr(node, "proto", None) is not None)


@pytest.mark.parametrize(("page", "address"), VIEWS, ids=str)
def test_no_page_tells_places_or_patients(page: str, address: dict[str, str], planted: Path, tmp_path: Path) -> None:
    run = "20260101-000000000-autoencoder-0000"
    app = opened(page, **(address or {"run": run} if page == "7_Runs" else address))
    shown = everything_on(app)
    assert "holter" in shown or page != "app"
    assert PATIENT not in shown
    assert str(tmp_path) not in shown
    assert "of somebody" not in shown


def test_where_things_lie_is_shown_to_who_asks_at_this_machine_and_never_to_others(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("app")
    app.button(key="home.where").click().run()
    assert [one.value for one in app.code] == [str(planted)]
    monkeypatch.setenv("ECG_EDITORS", "ann@example.org")
    assert "home.where" not in {one.key for one in opened("app").button}


def test_no_file_that_is_passed_on_tells_places_or_patients(planted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["report", "sim01", "--to", str(out)]) == 0
    pdf, html = next(out.glob("*.pdf")), next(out.glob("*.html"))
    document = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_range() for page in document]
    said = [*texts, str(document.get_metadata_dict()), pdf.read_bytes().decode("latin-1"), html.read_text()]
    said.append(run_report(summary_of(open_run("20260101-000000000-autoencoder-0000"))))
    for text in said:
        assert PATIENT not in text
        assert str(tmp_path) not in text
        assert "of somebody" not in text
