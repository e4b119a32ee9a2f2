"""Archive: a folder is scored from the page, and its recordings are sorted, filtered, opened and downloaded."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.beats.marked import layer_of
from ecg_core.data.importing.inspected import Choice
from ecg_core.data.labels import DETECTED
from ecg_core.data.reader import read_record
from ecg_core.data.sources import VARIABLE, current_source
from ecg_core.locks import Lock
from ecg_core.parallel.workers import Workers
from ecg_core.runs.folder import ALIVE, list_runs
from ecg_core.tasks.archive.archive import Order, score_archive
from ecg_core.tasks.archive.carrying_out import archives_folder
from ecg_core.tasks.archive.folder import LOCK, RECORDINGS_FILE, ArchiveFolder
from ecg_core.tasks.archive.models import models_named
from ecg_core.ui.archive.table import MEASURES
from tests.app.opening import TIMEOUT_S, opened, unopened

NAMES = ("100", "119", "208")


@pytest.fixture(scope="module")
def scored(mitdb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three recordings and a broken one."""
    folder, out = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out") / "Ward 3"
    for name in NAMES:
        for suffix in ("hea", "dat", "atr"):
            shutil.copy(mitdb / f"{name}.{suffix}", folder)
    shutil.copy(mitdb / "202.hea", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(tmp_path_factory.mktemp("home")))
        score_archive(Order((str(folder),), models_named([]), out, Workers(1)))
    return out


@pytest.fixture
def ward(scored: Path, simulated_home: Path) -> str:
    shutil.copytree(scored, archives_folder() / scored.name)
    return scored.name


def table(app: AppTest) -> pd.DataFrame:
    found: pd.DataFrame = app.dataframe[0].value
    return found


def test_the_recordings_are_listed_by_burden_with_those_that_failed(ward: str) -> None:
    app = opened("9_Archive")
    assert table(app)["Recording"].tolist() == ["208", "119", "100"]
    assert any("3 recordings, 1.5 h" in one.value and "1 failed" in one.value for one in app.markdown)
    assert app.dataframe[1].value["Recording"].tolist() == ["202"]
    assert "202.dat" in app.dataframe[1].value["Why"].iloc[0]


@pytest.mark.parametrize("measure", MEASURES)
def test_any_measure_sorts_and_filters_and_an_address_says_so(measure: str, ward: str) -> None:
    app = opened("9_Archive", by=measure)
    values = table(app)[MEASURES[measure].title].dropna().tolist()
    assert values == sorted(values, reverse=True)
    middle = values[1] if len(values) > 1 else 0.0
    some = opened("9_Archive", by=measure, least=str(max(middle, 0.001)))
    if middle > 0:
        assert all(value >= middle for value in table(some)[MEASURES[measure].title])
    else:
        assert any("No recording has that much" in one.value for one in some.info) or len(table(some))


def test_a_text_finds_recordings_by_name(ward: str) -> None:
    app = opened("9_Archive", holds="20")
    assert table(app)["Recording"].tolist() == ["208"]
    assert any("**1 listed**" in one.value for one in app.markdown)


def test_an_archive_there_is_not_is_told(ward: str) -> None:
    app = opened("9_Archive", archive="nonsense")
    assert any("no archive called nonsense" in one.value for one in app.warning)
    assert len(table(app)) == 3


def test_a_damaged_table_is_told_and_nothing_is_shown_in_its_place(ward: str) -> None:
    (archives_folder() / ward / "recordings.parquet").write_bytes(b"PAR1 and no more")
    app = opened("9_Archive")
    assert any("is damaged" in one.value for one in app.info)
    assert not app.dataframe


def test_without_an_archive_the_page_asks_for_one_and_scores_it(
    simulated: Path, simulated_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for path in simulated.glob("sim01.*"):
        shutil.copy(path, folder)
    monkeypatch.setenv(VARIABLE, str(folder))
    app = opened("9_Archive")
    assert not app.text_area[0].value, "the recordings in use, whose place no page tells"
    next(one for one in app.button if one.label == "Score").click().run()
    assert not app.exception
    (run,) = list_runs()
    while run.state in ALIVE:
        time.sleep(0.1)
    assert run.state == "finished", run.error
    report = run.result()
    assert report is not None and report.report.to_json()["recordings"] == 1
    app = opened("9_Archive")
    assert table(app)["Recording"].tolist() == ["sim01"]
    more = unopened("9_Archive")
    more.session_state["archive.more"] = True
    assert more.run().text_area[0].value == str(folder), "the same folder, to which something may have been added"
    app = opened("7_Runs", run=run.id)
    assert str(folder) not in app.code[0].value
    next(one for one in app.button if one.label == "With whole paths").click().run()
    assert f"score {folder} " in app.code[0].value, "it can be copied, and scores the same"


@pytest.mark.parametrize(("field", "value", "said"), [
    ("paths", "/nowhere", "no such file or folder"),
    ("name", "../x", "a name of"),
])  # fmt: skip
def test_what_cannot_be_scored_is_said_and_no_run_begins(
    field: str, value: str, said: str, simulated_home: Path
) -> None:
    app = opened("9_Archive")
    element = app.text_area[0] if field == "paths" else next(one for one in app.text_input if one.label == "Archive")
    element.set_value(value)
    next(one for one in app.button if one.label == "Score").click().run()
    assert any(said in one.value for one in app.error)
    assert not list_runs()


def test_a_stopped_archive_says_what_is_left_and_how_to_go_on(ward: str, scored: Path) -> None:
    ArchiveFolder(archives_folder() / ward).write_recordings([*ArchiveFolder(scored).rows()], left=45)
    app = opened("9_Archive")
    assert any("45 not scored yet" in one.value and "goes on" in one.value for one in app.markdown)


def test_recordings_that_no_classifier_fits_are_told_apart(ward: str, scored: Path) -> None:
    rows = [replace(row, v_beats=None, caution="It does not fit.") if row.recording == "119" else row
            for row in ArchiveFolder(scored).rows()]  # fmt: skip
    ArchiveFolder(archives_folder() / ward).write_recordings(rows)
    app = opened("9_Archive")
    assert any("1 without classes" in one.value for one in app.markdown)


def test_recordings_of_one_name_are_told_apart_by_their_folders(ward: str, scored: Path) -> None:
    rows = [replace(row, recording="100", path=f"/data/ward {k}/100.hea")
            for k, row in enumerate(ArchiveFolder(scored).rows())]  # fmt: skip
    ArchiveFolder(archives_folder() / ward).write_recordings(rows)
    app = opened("9_Archive")
    assert sorted(table(app)["Recording"])[:2] != ["100", "100"]
    assert len(set(table(app)["Recording"])) == 3


def test_an_archive_in_use_or_of_other_models_is_refused_before_anything_begins(ward: str, mitdb: Path) -> None:
    (archives_folder() / ward / RECORDINGS_FILE).unlink()  # the form is open then
    with Lock(archives_folder() / ward / LOCK):
        app = _scored_into(opened("9_Archive"), mitdb)
        assert any("in use by another scoring" in one.value for one in app.error)
    app = opened("9_Archive")
    next(one for one in app.selectbox if "classifier" in one.label.lower()).select("none")
    app = _scored_into(app, mitdb)
    assert any("rows of both must not be mixed" in one.value for one in app.error)
    assert not list_runs()


def test_what_is_in_use_is_not_mixed_into_the_archive_that_is_shown(ward: str) -> None:
    page = unopened("9_Archive")
    page.session_state["archive.more"] = True
    page.run()
    next(one for one in page.button if one.label == "Score").click().run()
    assert any("Name at least one folder or file" in one.value for one in page.error)
    assert not list_runs()


def _scored_into(app: AppTest, folder: Path) -> AppTest:
    app.text_area[0].set_value(str(folder))
    next(one for one in app.button if one.label == "Score").click().run()
    return app


@pytest.mark.parametrize("packed", [False, True])
def test_a_table_is_brought_in_by_what_was_said_of_it_and_opened(
    packed: bool, simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    seconds = np.arange(0, 20, 1 / 250)
    folder = tmp_path / "tables"
    folder.mkdir()
    for name in ("first", "second"):
        text = "\n".join(["II", *(f"{400 * np.sin(6 * at) ** 40 + len(name):.1f}" for at in seconds)])
        (folder / f"{name}.csv").write_text(text + "\n")
    place = Path(shutil.make_archive(str(tmp_path / "few"), "zip", folder)) if packed else folder / "second.csv"
    out = archives_folder() / "Tables"
    report = score_archive(Order((str(place),), (), out, Workers(1), choice=Choice(250.0, "uV")))
    assert report.failed == 0, ArchiveFolder(out).table()[0]["reason"].tolist()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "1_Records.py").write_text("import streamlit as st\nst.title(st.query_params['record'])")
    (tmp_path / "app.py").write_text(OPENS_THE_SECOND.format(out=str(out)))
    app = AppTest.from_file(tmp_path / "app.py", default_timeout=TIMEOUT_S).run()
    assert not app.exception
    app.button[0].click().run()
    assert not app.exception
    assert [one.value for one in app.title] == ["second"]
    source = current_source()
    assert (source.kind, source.folder.name) == ("collection", "tables")
    record = read_record(source.folder, "second")
    assert (record.fs, record.n_samples) == (250.0, len(seconds))
    assert layer_of(source.folder, "second") == DETECTED, "its R peaks are shown, as they were scored"
    app = AppTest.from_file(tmp_path / "app.py", default_timeout=TIMEOUT_S).run()
    assert app.button[0].label == "Open it in the collection Tables"
    app.button[0].click().run()
    assert [one.value for one in app.title] == ["second"]
    assert len(current_source().records) == (2 if packed else 1), "nothing is brought in twice"


OPENS_THE_SECOND = """
from pathlib import Path
from ecg_core.data.sources import current_source
from ecg_core.tasks.archive.folder import ArchiveFolder
from ecg_core.ui.archive.opened import opened

out = Path({out!r})
table = ArchiveFolder(out).table()[0]
opened(table[table["recording"].str.contains("second")].iloc[0], current_source(), out)
"""


def test_a_recording_elsewhere_is_not_opened_where_the_environment_names_the_data(
    ward: str, simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ArchiveFolder(archives_folder() / ward).table()[0].iloc[0]
    monkeypatch.setenv(VARIABLE, str(simulated))

    def script(path: str, name: str) -> None:
        from pathlib import Path

        import pandas as pd

        from ecg_core.data.sources import current_source
        from ecg_core.tasks.archive.rows import RecordingRow
        from ecg_core.ui.archive.opened import opened

        row = RecordingRow(name, path, "WFDB", "done", duration_s=60.0, beats=70)
        opened(pd.Series(vars(row)), current_source(), Path())

    app = AppTest.from_function(script, default_timeout=TIMEOUT_S, args=(row["path"], row["recording"])).run()
    assert not app.exception
    assert any(VARIABLE in one.value for one in app.caption)
    assert not app.button
