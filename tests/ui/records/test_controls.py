"""What callbacks do to the session: clicks on the overview and in the tables, and keys pressed quickly."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE


def page() -> None:
    import streamlit as st

    from ecg_core.data.sources import current_source
    from ecg_core.ui import load
    from ecg_core.ui.records.controls import Controls, query

    state = query()
    state.read()
    source = current_source()
    labelled = load.labelled_record(load.record_files(source, state["record"]))
    controls = Controls(state, labelled)
    controls.settle()
    if points := st.session_state.pop("points", None):
        st.session_state["chart"] = {"selection": {"points": points}}
        controls.click_overview("chart", 1_498)
    if rows := st.session_state.pop("rows", None):
        st.session_state["table"] = {"selection": {"rows": rows}}
        controls.click_beat("table", [100, 36_000])
    if rows := st.session_state.pop("episode_rows", None):
        st.session_state["table"] = {"selection": {"rows": rows}}
        controls.click_episode("table", [100, 36_000])
    for _ in range(st.session_state.pop("presses", 0)):
        controls.page(1)
    if name := st.session_state.pop("other", None):
        state["record"], state["start"] = name, None
        controls.page(1)
    state.write()


@pytest.fixture
def app(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["record"] = "208"
    return app.run()


def after(app: AppTest, **session: object) -> AppTest:
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def test_a_click_on_the_overview_centres_that_time_and_drops_the_mark(app: AppTest) -> None:
    after(app, points=[{"curve_number": 1, "point_index": 749}])
    assert app.session_state["records.start"] == pytest.approx(1805.6 * 749.5 / 1498 - 5, abs=0.1)
    assert app.session_state["records.beat"] is None


def test_a_click_that_selects_nothing_moves_nothing(app: AppTest) -> None:
    before = app.session_state["records.start"]
    after(app, points=[{"curve_number": 0, "point_index": 3}])
    assert app.session_state["records.start"] == before


def test_a_ticked_beat_is_marked_and_centred(app: AppTest) -> None:
    after(app, rows=[1])
    assert app.session_state["records.beat"] == 36_000
    assert app.session_state["records.start"] == 95


def test_a_ticked_episode_is_shown_from_a_second_before_its_beginning(app: AppTest) -> None:
    after(app, episode_rows=[1])
    assert app.session_state["records.start"] == 99
    assert app.session_state["records.beat"] is None


def test_a_row_that_is_not_there_any_more_moves_nothing(app: AppTest) -> None:
    before = app.session_state["records.start"]
    after(app, rows=[9])
    assert app.session_state["records.start"] == before


def test_two_keys_pressed_before_the_page_is_drawn_again_both_count(app: AppTest) -> None:
    before = app.session_state["records.start"]
    after(app, presses=2)
    assert app.session_state["records.start"] == before + 20


def test_a_key_pressed_on_a_recording_that_has_been_left_moves_nothing(app: AppTest) -> None:
    app.session_state["other"] = "232"
    app.run()
    assert not app.exception
    assert app.session_state["records.record"] == "232"
    assert app.session_state["records.start"] is None
