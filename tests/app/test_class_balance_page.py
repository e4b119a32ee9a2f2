"""The page Class balance, opened as the first request of a session: real, simulated and damaged data."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.beats.balance import plan_to_ratio
from ecg_core.data.sources import VARIABLE
from ecg_core.ui.synthesis.plan import PLAN
from tests.app.charts import charts
from tests.app.opening import unopened


def opened(*folds: str, **address: str) -> AppTest:
    """The page, with some of its folds open."""
    app = unopened("2_Class_balance", **address)
    for name in folds:
        app.session_state[f"balance.open.{name}"] = True
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.fixture
def real(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))


def titles(app: AppTest) -> list[str]:
    return [chart["figure"]["layout"]["title"]["text"].replace("<br>", " ") for chart in charts(app)]


def axis(app: AppTest, chart: int) -> str | None:
    return charts(app)[chart]["figure"]["layout"]["xaxis"].get("type")


def text(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.warning, *app.error, *app.info))


def show(app: AppTest, label: str, value: str) -> AppTest:
    (control,) = [group for group in app.get("button_group") if group.label == label]
    control.set_value(value).run()
    assert not app.exception
    return app


def address(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items()}


def plan(app: AppTest) -> dict[str, list[str]]:
    (found,) = [table.value for table in app.dataframe if "Main record" in table.value]
    return found.set_index("Class").T.to_dict("list")


@pytest.mark.usefixtures("real")
def test_opened_directly_the_page_states_what_the_database_holds() -> None:
    app = opened()
    assert titles(app) == [
        "S beats are 2.8 % of DS1 and DS2, F 0.80 %; 75 % of the S beats in DS2 are in record 232",
        "50 % of the 2,781 S beats are in record 232, 14 % in record 209; 32 of 44 records hold any",
    ]
    assert "17 % of class N in DS1 and DS2 are not normal beats" in titles(opened("symbols"))[2]
    assert "109,494 beats in 48 records" in text(app)
    assert "One patient is on both sides: 201 is in DS1, 202 in DS2." in text(app)
    assert "SIMULATED" not in text(app)
    assert not app.warning and not app.error
    assert [chart["alt"] for chart in charts(app)] == titles(app)


@pytest.mark.usefixtures("real")
def test_an_address_opens_the_view_it_describes() -> None:
    app = opened("plan", "symbols", scope="DS2", log="1", ratio="0.2", sort="F")
    assert titles(app)[0].startswith("S beats are 3.7 % of DS2, F 0.78 %")
    assert titles(app)[1].startswith("93 % of the 388 F beats are in record 213")
    assert axis(app, 0) == axis(app, 2) == "log"
    assert app.slider[0].value == 0.2
    assert address(app) == {"scope": "DS2", "log": "1", "ratio": "0.2", "sort": "F"}


@pytest.mark.usefixtures("real")
def test_an_address_that_cannot_be_read_is_refused_in_words() -> None:
    app = opened("plan", scope="DS3", ratio="7", sort="<b>", log="yes", which="x")
    (said,) = app.warning
    assert len(said.value.split("\n")) == 5
    assert "'which' in the address was not used: this page knows scope, log, ratio and sort." in said.value
    assert "'scope' in the address was not used: 'DS3' is none of split, DS1, DS2, all." in text(app)
    assert app.slider[0].value == 0.1


@pytest.mark.usefixtures("real")
def test_the_controls_change_the_charts_and_the_address() -> None:
    app = opened()
    app.toggle[0].set_value(True).run()
    assert axis(app, 0) == "log"
    show(app, "Beats of", "all")
    assert titles(app)[0].startswith("S beats are 2.5 % of all 48 records")
    show(app, "Most of this class first", "F")
    assert titles(app)[1].startswith("46 % of the 803 F beats are in record 208, 45 % in record 213")
    show(app, "Most of this class first", "record")
    assert titles(app)[1] == "Of 48 records, S in 32, V in 37, F in 17, Q in 9 hold any"
    assert address(app) == {"scope": "all", "log": "1", "ratio": "0.1", "sort": "record"}


@pytest.mark.usefixtures("real")
def test_the_plan_follows_the_ratio_and_counts_what_training_lacks() -> None:
    app = opened("plan", ratio="1")
    assert plan(app)["F"] == [415, 45451, "99 %", "208, 90 %", 803, 89828]
    assert "178,309 synthetic beats" in text(app)
    app.slider[0].set_value(0.1).run()
    assert plan(app)["S"] == [944, 3643, "79 %", "209, 41 %", 2781, 6283]
    assert "**13,193 synthetic beats** would raise each class of DS1 that has fewer to 4,587 beats" in text(app)
    assert "too few to learn a class from: Q (8)" in text(app)
    assert address(app)["ratio"] == "0.1"


@pytest.mark.usefixtures("real")
def test_the_page_says_how_many_of_the_lacking_beats_can_be_made_and_why_no_more() -> None:
    app = opened("plan")
    assert "**8,592 of them can be made.**" in text(app)
    assert "F: at most 10 times its 415 recorded beats; Q: 8 beats, at least 100 are needed to learn from." in text(app)
    assert "Fewer than 100 recorded beats in DS1" in text(app)
    assert not any("hatched synthetic" in json.dumps(chart) for chart in charts(app))


@pytest.mark.usefixtures("real")
def test_a_set_made_in_this_session_is_shown_before_and_after_and_only_for_its_own_data(
    mitdb: Path, tmp_path: Path
) -> None:
    plan = plan_to_ratio({"N": 45866, "S": 944, "V": 3788, "F": 415, "Q": 8}, 0.1)
    made = {one.beat_class: one.synthetic for one in plan.classes}
    app = unopened("2_Class_balance")
    app.session_state[PLAN] = {"plan": plan.to_json(), "made": made, "folder": str(mitdb)}
    app.run()
    assert not app.exception
    assert "The set made in Synthesis: 8,592 synthetic beats added to DS1" in titles(app)
    assert any("944 + 3,643 synthetic" in json.dumps(chart) for chart in charts(app))
    app.session_state[PLAN] = {"plan": plan.to_json(), "made": made, "folder": str(tmp_path)}
    app.run()
    assert len(titles(app)) == 2


@pytest.mark.usefixtures("real")
def test_every_chart_has_its_table_and_download_and_groups_are_counted() -> None:
    app = opened("plan", "records", "symbols", "groups")
    files = [button.proto.label for button in app.get("download_button")]
    assert files == ["Download CSV"] * 6
    holders = next(
        table.value for table in app.dataframe if list(table.value) == ["Record", "Part", "Beats", "Share (%)"]
    )
    assert holders.iloc[0].to_list()[:3] == ["232", "DS2", 1382]
    assert [(m.label, m.value) for m in app.metric] == [
        ("Normal, 72 %", "74,546"),
        ("Abnormal, 25 %", "26,172"),
        ("Non-beat, 2.9 %", "3,006"),
    ]


def test_simulated_records_are_counted_and_called_simulated() -> None:
    app = opened("plan")
    assert all(title.startswith("SIMULATED. ") for title in titles(app))
    assert "SIMULATED" in text(app)
    assert "training records" in text(app)


def test_a_damaged_record_is_named_and_the_others_are_shown(
    mitdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("100", "101", "106"):
        for suffix in (".hea", ".atr"):
            shutil.copy(mitdb / (name + suffix), tmp_path)
    (tmp_path / "101.atr").write_bytes(np.random.default_rng(0).bytes(4001))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    app = opened()
    assert app.error[0].value.startswith("Record 101 is not counted. 101.atr")
    assert "4,300 beats in 2 records" in text(app)
    shutil.copy(mitdb / "101.atr", tmp_path)
    app.run()
    assert not app.error
    assert "6,165 beats in 3 records" in text(app)


def test_without_a_training_record_the_plan_says_that_there_is_nothing_to_balance(
    mitdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in (".hea", ".atr"):
        shutil.copy(mitdb / f"100{suffix}", tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    app = opened("plan", ratio="1")
    assert "No N beat in DS1, so there is nothing to balance there." in text(app)
    assert "No record here belongs to the DS1 part." in text(app)
    assert plan(app)["S"] == [0, 0, "0 %", "none", 33, 2206]


def test_recordings_that_nobody_annotated_have_no_chart_and_a_way_on(
    mitdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(mitdb / "100.hea", tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    app = opened()
    assert "no classes to count" in app.info[0].value
    assert not charts(app)


def test_other_data_than_at_the_last_run_goes_back_to_a_scope_that_exists(
    mitdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    app = opened(scope="DS1")
    monkeypatch.delenv(VARIABLE)
    app.run()
    assert not app.exception
    assert address(app)["scope"] == "split"
