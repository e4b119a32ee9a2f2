"""What clicks on the overview and in the tables do to the view."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE


def page() -> None:
    import streamlit as st

    from ecg_core.data.sources import current_source
    from ecg_core.ui.records.view import View, query

    state = query()
    view = View(current_source(), state)
    state.read()
    view.settle()
    if selected := st.session_state.pop("overview", None):
        st.session_state["chart"] = {"selection": {"points": selected}}
        view.click_overview("chart", 1_498)
    if rows := st.session_state.pop("table", None):
        st.session_state["rows"] = {"selection": {"rows": rows["rows"]}}
        view.click_row("rows", rows["samples"], rows["mark"])
    state.write()


@pytest.fixture
def app(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["record"] = "208"
    return app.run()


def test_a_click_on_the_overview_centres_that_time_and_drops_the_mark(app: AppTest) -> None:
    app.session_state["overview"] = [{"curve_number": 1, "point_index": 749}]
    app.run()
    assert not app.exception
    assert app.session_state["records.start"] == pytest.approx(1805.6 * 749.5 / 1498 - 5, abs=0.1)
    assert app.session_state["records.beat"] is None


def test_a_click_that_selects_nothing_moves_nothing(app: AppTest) -> None:
    before = app.session_state["records.start"]
    app.session_state["overview"] = [{"curve_number": 0, "point_index": 3}]
    app.run()
    assert app.session_state["records.start"] == before


def test_a_ticked_beat_is_marked_and_centred(app: AppTest) -> None:
    app.session_state["table"] = {"rows": [1], "samples": [100, 36_000], "mark": True}
    app.run()
    assert app.session_state["records.beat"] == 36_000
    assert app.session_state["records.start"] == 95


def test_a_ticked_episode_is_shown_from_a_second_before_its_beginning(app: AppTest) -> None:
    app.session_state["table"] = {"rows": [0], "samples": [36_000], "mark": False}
    app.run()
    assert app.session_state["records.start"] == 99
    assert app.session_state["records.beat"] is None


def test_a_row_that_is_not_there_any_more_moves_nothing(app: AppTest) -> None:
    before = app.session_state["records.start"]
    app.session_state["table"] = {"rows": [9], "samples": [36_000], "mark": True}
    app.run()
    assert app.session_state["records.start"] == before
