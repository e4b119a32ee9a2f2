"""Autoencoder: threshold, reconstructions, records, training."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE
from ecg_core.runs.control import stop
from ecg_core.runs.folder import ALIVE, list_runs
from ecg_core.text import percent
from ecg_core.workspace import MODELS
from tests.app.opening import opened as open_page
from tests.runs.waiting import until_ended, until_epoch


@pytest.fixture
def real(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    return opened()


def opened(**address: str) -> AppTest:
    return open_page("5_Autoencoder", **address)


def opened_at(tab: str) -> AppTest:
    return open_page("5_Autoencoder", tab=tab)


def metric(page: AppTest, label: str) -> str:
    return next(str(one.value) for one in page.metric if one.label == label)


def captions(page: AppTest) -> str:
    return "\n".join(one.value for one in page.caption)


def test_the_shipped_autoencoder_opens_on_test_records_at_its_validation_threshold(real: AppTest) -> None:
    point = json.loads((MODELS / "autoencoder" / "card.json").read_text())["figures"]["DS2"]["threshold"]
    assert metric(real, "Sensitivity") == percent(point["sensitivity"])
    assert metric(real, "Flagged") == f"{point['flagged']:,}"
    assert "comes from validation: 98.0 % of its normal beats lie below" in captions(real)
    assert "201 is in DS1, 202 in DS2" in captions(real)
    assert not real.warning


def test_moving_the_threshold_on_test_records_changes_the_figures_and_says_what_it_costs(real: AppTest) -> None:
    before = {name: metric(real, name) for name in ("Sensitivity", "Specificity", "False alarms per hour", "Flagged")}
    real.slider(key="threshold.slider").set_value(9.0).run()
    assert not real.exception
    after = {name: metric(real, name) for name in before}
    assert all(before[name] != after[name] for name in before)
    assert "while looking at test records" in real.warning[0].value
    assert real.query_params["threshold"] == "9.00"
    real.button(key="threshold.reset").click().run()
    assert {name: metric(real, name) for name in before} == before
    assert not real.warning


def test_validation_is_shown_without_that_warning(real: AppTest) -> None:
    real.radio(key="autoencoder.part.widget").set_value("validation").run()
    real.slider(key="threshold.slider").set_value(9.0).run()
    assert not real.exception
    assert not real.warning
    assert real.query_params["part"] == "validation"


def test_an_address_with_a_threshold_opens_on_it(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    page = opened(run="models/autoencoder", threshold="8.00")
    assert page.slider(key="threshold.slider").value == 8.0
    assert "to 8.00 while looking at test records" in page.warning[0].value


@pytest.mark.parametrize("threshold", ["nan", "-1", "1e400", "<b>"])
def test_a_threshold_that_is_none_is_refused_with_a_sentence(threshold: str, simulated_home: Path) -> None:
    page = opened(threshold=threshold)
    assert any("'threshold' in the address was not used" in one.value for one in page.warning)


def test_an_unknown_run_is_named(simulated_home: Path) -> None:
    page = opened(run="../../etc/passwd")
    assert "Unknown run or model '../../etc/passwd'" in page.error[0].value


def test_every_rank_and_class_of_reconstructions_can_be_shown(simulated_home: Path) -> None:
    page = opened_at("Reconstructions")
    for rank in ("Just above the threshold", "Just below the threshold", "Lowest", "Highest"):
        page.button_group(key="tiles.rank").set_value([rank]).run()
        assert not page.exception, rank


def test_simulated_data_are_named_in_the_chart(simulated_home: Path) -> None:
    page = opened()
    charts = [chart.proto.spec for chart in page.get("plotly_chart")]
    assert any("SIMULATED, 12 test records" in spec for spec in charts)


def test_a_training_started_in_one_session_is_seen_and_stopped_in_another(simulated_home: Path) -> None:
    first = opened_at("Train")
    first.number_input(key="train.epochs").set_value(150).run()
    first.button(key="train.start").click().run()
    assert not first.exception
    run = list_runs()[0]
    assert first.query_params["run"] == run.id
    until_epoch(run, 1)
    second = opened()
    second.button(key=f"stop.{run.id}").click().run()
    until_ended(run)
    assert run.state == "stopped"
    second.run()
    assert not second.exception


def test_a_double_click_on_train_starts_one_run_and_a_later_click_queues_another(simulated_home: Path) -> None:
    page = opened_at("Train")
    page.number_input(key="train.folds").set_value(6).run()
    page.number_input(key="train.epochs").set_value(200).run()
    page.button(key="train.start").click().run()
    page.button(key="train.start").click().run(timeout=60)
    first = list_runs()[-1]
    until_epoch(first, 1)
    while len(list_runs()) < 2:  # the second click may have come later than a double click does
        page.button(key="train.start").click().run()
    assert len(list_runs()) == 2
    assert {run.state for run in list_runs()} <= set(ALIVE)
    for run in list_runs():
        stop(run)


def test_chosen_records_must_be_chosen(simulated_home: Path) -> None:
    page = opened_at("Train")
    page.radio(key="train.which").set_value("chosen").run()
    page.multiselect(key="train.records").set_value([]).run()
    page.button(key="train.start").click().run()
    assert not page.exception
    assert "Choose at least one record to train on." in [error.value for error in page.error]
    assert list_runs() == []
