"""Home: data, models, the way on, and one flagged beat."""

import re
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.catalogue import MIRROR_VARIABLE
from ecg_core.data.sources import VARIABLE, download_folder
from ecg_core.files import write_json
from ecg_core.text import RESEARCH_USE
from ecg_core.ui.home.downloading import Download
from tests.app.charts import charts
from tests.app.opening import opened
from tests.app.score_views import given
from tests.app.viewers import shown, viewers
from tests.runs.made_runs import empty_run

FEW = {"few": {}, "plain": "none", "seeds": 1, "steps": 1, "gan_steps": 0, "filled": 1, "records": [], "support": {},
       "note": "", "data": "SIMULATED"}  # fmt: skip


def text_of(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.markdown, *page.caption, *page.warning, *page.error])


def test_home_on_the_real_database_shows_data_models_and_a_flagged_beat(
    mitdb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    page = opened("app")
    text = text_of(page)
    assert "MIT-BIH, 48 records" in text
    assert "109,494 annotated beats" in text
    assert re.search(r"ROC AUC \*\*0\.9\d\d\*\* validation, 0\.9\d\d test \(DS2\)", text)
    labels = [link.proto.label for link in page.get("page_link")]
    assert {"Shipped autoencoder", "Shipped classifier", "Shipped beat GANs: F, S, V"} <= set(labels)
    assert "Record 233 at" in text
    assert "Reference label: **V**" in text
    assert "SIMULATED" not in text
    assert RESEARCH_USE in text
    (histogram,) = charts(page)
    assert histogram["alt"].startswith("Scores of record 233; this beat's score is ")
    assert given(page, "tiles")["tiles"][0]["label"].startswith("233 · ")
    viewer = shown(page)
    assert (viewer.record, viewer.leads, viewer.given["compact"]) == ("233", ["MLII"], True)
    assert viewer.beat in viewer.samples_of("V")
    assert viewer.window[0] == pytest.approx((viewer.beat or 0) / 360 - 3, abs=0.01)


def test_home_without_data_or_network_works_on_simulated_records_and_says_so(workspace_of_its_own: Path) -> None:
    page = opened("app")
    assert "SIMULATED record sim" in text_of(page)
    assert "nothing is real" in text_of(page)
    assert [button.label for button in page.button][:1] == ["Get the MIT-BIH database"]
    assert len(charts(page)) == 1
    assert shown(page).signal.header["simulated"] is True


def test_a_folder_of_my_own_is_checked_and_remembered(simulated_home: Path, simulated: Path, tmp_path: Path) -> None:
    page = opened("app")
    folder = page.text_input(key="home.folder")
    folder.set_value(str(tmp_path / "nowhere"))
    next(button for button in page.button if button.label == "Use this folder").click().run()
    assert "is not a folder" in page.error[0].value
    assert "Still in use: SIMULATED" in page.error[0].value
    page.text_input(key="home.folder").set_value(str(simulated))
    next(button for button in page.button if button.label == "Use this folder").click().run()
    assert not page.exception
    assert f"…/{simulated.name}, chosen here." in text_of(page)


def test_a_named_folder_that_cannot_be_used_is_an_error_with_nothing_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    page = opened("app")
    assert "is not a folder" in page.error[0].value
    assert not charts(page) and not viewers(page)


def test_a_damaged_shipped_model_is_named_and_the_page_still_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, simulated_home: Path
) -> None:
    from ecg_core import workspace

    (tmp_path / "models" / "autoencoder").mkdir(parents=True)
    (tmp_path / "models" / "autoencoder" / "card.json").write_text("{")
    monkeypatch.setattr(workspace, "MODELS", tmp_path / "models")
    page = opened("app")
    assert any("is not valid JSON" in warning.value for warning in page.warning)
    assert not charts(page) and not viewers(page)


def test_my_own_runs_of_every_kind_are_listed_with_the_same_part_in_bold(
    simulated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, (kind, result) in enumerate((("image-gan", {"images": 5}), ("few-beats", FEW)), start=1):
        run = empty_run(simulated_home, kind, number)
        write_json(run.folder / "result.json", {**result, "finished": "2026-01-01T00:01:00+00:00", "seconds": 1.0})
    page = opened("app")
    labels = [link.proto.label for link in page.get("page_link")]
    assert {"Image GAN, class V", "Study of few beats"} <= set(labels)
    assert "01 Jan 00:00: not judged yet" in [caption.value for caption in page.caption]
    bold = [line for line in text_of(page).splitlines() if re.search(r"(AUC|F1) \*\*", line)]
    assert bold and all("** validation" in line for line in bold)


def test_home_keeps_no_address_and_names_what_it_cannot_use(simulated_home: Path) -> None:
    page = opened("app", record="sim04", tab="Threshold")
    assert not page.query_params
    assert not page.warning
    assert "Browse record sim04" in [link.proto.label for link in page.get("page_link")]
    page = opened("app", record="<b>233")
    assert "Unknown record '<b>233' in the address" in page.warning[0].value
    assert not page.query_params
    assert page.run().warning, "it stays until the view changes"


def test_without_a_connection_that_is_said_and_the_box_beneath_is_named(
    simulated_home: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "http://127.0.0.1:9/mitdb/")
    panel = Download()
    panel.start(download_folder())
    while panel.running:
        time.sleep(0.01)
    monkeypatch.setattr("ecg_core.ui.home.downloading.the_download", lambda: panel)
    monkeypatch.setattr("ecg_core.ui.home.data.the_download", lambda: panel)
    page = opened("app")
    assert "cannot be reached" in page.error[0].value
    assert "in the box **Use a folder where it is** below" in page.error[0].value
    page.text_input(key="home.folder").set_value(str(simulated))
    next(button for button in page.button if button.label == "Use this folder").click().run()
    assert not page.error
