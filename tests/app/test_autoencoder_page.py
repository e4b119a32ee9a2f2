"""Autoencoder: threshold, reconstructions, records, training."""

import json
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE
from ecg_core.learning.model_folder import load_card
from ecg_core.runs.control import stop
from ecg_core.runs.folder import ALIVE, list_runs
from ecg_core.tasks.autoencoder.report import budgets_of
from ecg_core.text import percent
from ecg_core.workspace import MODELS
from tests.app import score_views
from tests.app.opening import opened as open_page
from tests.runs.waiting import until_ended, until_epoch

LINKED = ("record", "start", "window", "beat", "class")


@pytest.fixture
def real(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    return opened(part="test")


@pytest.fixture
def looked_at(simulated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated recordings in a folder that all tests share, so that the first that looks has them scored for all."""
    monkeypatch.setenv(VARIABLE, str(simulated))


def opened(**address: str) -> AppTest:
    return open_page("5_Autoencoder", **address)


def opened_at(tab: str) -> AppTest:
    return open_page("5_Autoencoder", tab=tab)


def captions(page: AppTest) -> str:
    return "\n".join(one.value for one in page.caption)


def test_the_shipped_autoencoder_has_the_figures_of_its_card_on_test_records(real: AppTest) -> None:
    known = json.loads((MODELS / "autoencoder" / "card.json").read_text())["figures"]["DS2"]["threshold"]
    shown = score_views.point(real)
    assert shown.sensitivity is not None
    assert shown.specificity is not None
    assert shown.positive_predictivity is not None
    assert (shown.sensitivity, shown.flagged) == (known["sensitivity"], known["flagged"])
    assert shown.false_alarms_per_hour == pytest.approx(known["false_alarms_per_hour"])
    assert "comes from validation: 98.0 % of its normal beats lie below" in captions(real)
    assert "201 is in DS1, 202 in DS2" in captions(real)
    assert real.button_group(key="autoencoder.part.widget").options == [
        "Validation",
        "Test records (DS2), one shared patient",
    ]
    assert "threshold" not in real.query_params
    assert not real.warning
    curves = score_views.given(real, "threshold")
    for name, at in (
        ("roc", (1 - shown.specificity, shown.sensitivity)),
        ("pr", (shown.sensitivity, shown.positive_predictivity)),
    ):
        x, y = np.array(curves[name]["x"]), np.array(curves[name]["y"])
        every = np.linspace(0, len(x) - 1, 200_001)  # drawn as straight pieces
        away = [np.interp(every, np.arange(len(x)), one) - 100 * where for one, where in zip((x, y), at, strict=True)]
        assert np.hypot(*away).min() < 0.5, f"the point lies on the curve {name}"


def test_a_moved_threshold_is_in_the_address_and_says_what_it_costs_on_test_records_only(real: AppTest) -> None:
    own = score_views.given(real, "threshold")["own"]
    score_views.move(real, 9.0)
    assert "from 4.14, which validation set, to 9.00 while looking at test records" in real.warning[0].value
    assert real.query_params["threshold"] == "9.00"
    assert score_views.threshold(real) == 9.0, "a view that is mounted later opens on it"
    score_views.move(real, own * score_views.given(real, "threshold")["step"])
    assert not real.warning
    assert "threshold" not in real.query_params
    real.button_group(key="autoencoder.part.widget").set_value("validation").run()
    score_views.move(real, 9.0)
    assert not real.warning
    assert real.query_params["part"] == "validation"


def test_a_threshold_is_chosen_by_the_false_alarms_one_accepts(real: AppTest) -> None:
    budgets = budgets_of(load_card(MODELS / "autoencoder"))
    assert len(budgets) > 3
    chosen = budgets[2]
    box = real.selectbox(key="autoencoder.alarms")
    assert box.value is None, "the model's own threshold is none of these"
    box.select(chosen.accepted).run()
    assert real.query_params["threshold"] == f"{chosen.threshold:.2f}"
    assert score_views.threshold(real) == round(chosen.threshold, 2)
    assert f"had not seen, it flagged {percent(chosen.found)} of abnormal beats" in captions(real)
    here = score_views.point(real).false_alarms_per_hour
    assert f"The records shown here have {here:.1f} an hour" in captions(real)
    assert not real.warning, "validation chose it"
    score_views.move(real, 9.0)
    assert real.selectbox(key="autoencoder.alarms").value is None
    assert real.warning


def test_an_address_moves_a_threshold_that_was_moved_by_hand(simulated_home: Path) -> None:
    page = opened()
    score_views.move(page, 3.0)
    seq = score_views.given(page, "threshold")["at"]["seq"]
    page.query_params["threshold"] = "4.50"
    page.run()
    at = score_views.given(page, "threshold")["at"]
    assert (at["position"], at["seq"]) == (450, seq + 1)


def test_an_address_with_a_threshold_opens_on_it(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    assert opened().query_params["part"] == "validation", "the test is asked for"
    page = opened(run="models/autoencoder", threshold="8.00", part="test")
    assert score_views.threshold(page) == 8.0
    assert "to 8.00 while looking at test records" in page.warning[0].value


@pytest.mark.parametrize("threshold", ["nan", "-1", "1e400", "<b>"])
def test_a_threshold_that_is_none_is_refused_with_a_sentence(threshold: str, looked_at: None) -> None:
    page = opened(threshold=threshold)
    assert any("'threshold' in the address was not used" in one.value for one in page.warning)


def test_what_an_address_says_in_vain_is_named(looked_at: None) -> None:
    page = opened(threshold="999", rank="x", part="validation", model="y")
    said = page.warning[0].value
    highest = score_views.given(page, "threshold")["n"] / 100 - 0.01
    assert f"The threshold 999.00 lies beyond these scores: it can be from 0 to {highest:.2f}" in said
    assert "'rank' in the address was not used: 'x' is none of Highest, Just above the threshold" in said
    assert "'part' in the address was not used: 'validation' needs the records that the model was trained on" in said
    assert "'model' in the address was not used: this page knows tab, run, part, threshold, rank and labels." in said
    assert score_views.threshold(page) == pytest.approx(highest)


@pytest.mark.parametrize("told", [{"position": 10**9}, {"position": "1"}, {"position": 3, "id": "another model"}, 7])
def test_what_a_browser_may_not_say_moves_nothing(told: object, looked_at: None) -> None:
    page = opened()
    before = score_views.given(page, "threshold")
    given = {"id": before["id"], **told} if isinstance(told, dict) else told
    score_views.tell(page, "threshold", threshold=given)
    assert score_views.given(page, "threshold") == before
    assert "threshold" not in page.query_params


def test_an_unknown_run_is_named(looked_at: None) -> None:
    page = opened(run="../../etc/passwd")
    assert "Unknown run or model '../../etc/passwd'" in page.warning[0].value
    assert not page.error


def test_every_rank_of_reconstructions_can_be_shown_and_stands_in_the_address(looked_at: None) -> None:
    page = opened_at("Reconstructions")
    seen = {score_views.given(page, "tiles")["tiles"][0]["label"]}
    for rank in ("Just above the threshold", "Just below the threshold", "Lowest"):
        page.button_group(key="tiles.rank").set_value(rank).run()
        assert not page.exception, rank
        seen.add(score_views.given(page, "tiles")["tiles"][0]["label"])
        assert page.query_params["rank"] == rank
    assert len(seen) == 4


def test_a_tile_opens_its_beat(looked_at: None) -> None:
    page = opened_at("Reconstructions")
    tile = score_views.given(page, "tiles")["tiles"][3]
    score_views.tell(page, "tiles", open=tile["row"])
    assert page.title[0].value == "Records"
    assert tile["href"] == f"Records?{urlencode({name: page.query_params[name] for name in LINKED})}"


def test_a_row_of_per_record_opens_its_record_with_its_scores(looked_at: None) -> None:
    page = opened_at("Per record")
    rows = score_views.given(page, "records")["rows"]
    assert len(rows) == 12
    score_views.tell(page, "records", open="sim08")
    assert page.title[0].value == "Records"
    assert page.query_params["record"] == "sim08"
    assert page.query_params["score"] == "models/autoencoder"


def test_simulated_data_are_named_in_the_chart(looked_at: None) -> None:
    assert score_views.given(opened(), "threshold")["heading"] == "SIMULATED, 12 test records"


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
    page.button(key="train.start").click().run()
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
    next(one for one in page.get("button_group") if one.label == "Train on").set_value("chosen").run()
    page.multiselect(key="train.records").set_value([]).run()
    page.button(key="train.start").click().run()
    assert not page.exception
    assert "Choose at least one record to train on." in [error.value for error in page.error]
    assert list_runs() == []
