"""Home: data, models, the way on, and one flagged beat."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE
from ecg_core.text import RESEARCH_USE
from tests.app.opening import opened
from tests.app.viewers import shown, viewers


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
    assert "on unseen patients (DS2)" in text
    assert "Record 233 at" in text
    assert "Reference label: **V**" in text
    assert "SIMULATED" not in text
    assert RESEARCH_USE in text
    assert len(page.get("plotly_chart")) == 2
    viewer = shown(page)
    assert (viewer.record, viewer.leads, viewer.given["compact"]) == ("233", ["MLII"], True)
    assert viewer.beat in viewer.samples_of("V")
    assert viewer.window[0] == pytest.approx((viewer.beat or 0) / 360 - 3, abs=0.01)


def test_home_without_data_or_network_works_on_simulated_records_and_says_so(workspace_of_its_own: Path) -> None:
    page = opened("app")
    assert "SIMULATED record sim" in text_of(page)
    assert "nothing is real" in text_of(page)
    assert [button.label for button in page.button][:1] == ["Get the MIT-BIH database"]
    assert len(page.get("plotly_chart")) == 2
    assert shown(page).signal.header["simulated"] is True


def test_a_folder_of_my_own_is_checked_and_remembered(simulated_home: Path, simulated: Path, tmp_path: Path) -> None:
    page = opened("app")
    folder = page.text_input(key="home.folder")
    folder.set_value(str(tmp_path / "nowhere"))
    next(button for button in page.button if button.label == "Use this folder").click().run()
    assert "is not a folder" in page.error[0].value
    page.text_input(key="home.folder").set_value(str(simulated))
    next(button for button in page.button if button.label == "Use this folder").click().run()
    assert not page.exception
    assert f"{simulated.resolve()}, chosen here." in text_of(page)


def test_a_named_folder_that_cannot_be_used_is_an_error_with_nothing_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    page = opened("app")
    assert "is not a folder" in page.error[0].value
    assert not page.get("plotly_chart") and not viewers(page)


def test_a_damaged_shipped_model_is_named_and_the_page_still_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, simulated_home: Path
) -> None:
    from ecg_core import workspace

    (tmp_path / "models" / "autoencoder").mkdir(parents=True)
    (tmp_path / "models" / "autoencoder" / "card.json").write_text("{")
    monkeypatch.setattr(workspace, "MODELS", tmp_path / "models")
    page = opened("app")
    assert any("is not valid JSON" in warning.value for warning in page.warning)
    assert not page.get("plotly_chart") and not viewers(page)
