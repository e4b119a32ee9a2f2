"""What callbacks do to the session, and when the viewer is sent somewhere and when it is left where its reader is."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE
from ecg_core.ui.records.controls import VIEWER
from ecg_core.ui.viewer.component import Place
from tests.app.opening import TIMEOUT_S


def page() -> None:
    """As the page does it: callbacks of the run before, another record at times, then the view and its place."""
    import streamlit as st

    from ecg_core.data.sources import current_source
    from ecg_core.ui import load
    from ecg_core.ui.records.controls import VIEWER, Controls, choose_record, query

    state = query()
    state.read()
    source = current_source()
    controls = Controls(state, load.labelled_record(load.record_files(source, state["record"])))
    controls.settle()
    if name := st.session_state.pop("other", None):
        st.session_state["records.record.widget"] = name
        choose_record(state)
    if told := st.session_state.pop("told", None):
        st.session_state[VIEWER] = {**st.session_state[VIEWER], **told}
        callbacks = {"range": controls.moved, "beat": controls.marked, "step": controls.chosen}
        for key in told:
            callbacks[key]()
    if sample := st.session_state.pop("beat_chosen", None):
        controls.click_beat(sample)
    if sample := st.session_state.pop("episode_chosen", None):
        controls.click_episode(sample)
    if time := st.session_state.pop("time", None):
        st.session_state["field"] = time
        controls.go_to("field")
    st.session_state["held"] = {name: state[name] for name in ("record", "leads", "start", "window", "beat", "class")}
    controls = Controls(state, load.labelled_record(load.record_files(source, state["record"])))
    view, _ = controls.settle()
    st.session_state["place"] = controls.place(view)
    st.session_state[VIEWER] = st.session_state.get(VIEWER, {})  # it is mounted
    state.write()


@pytest.fixture
def app(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    app = AppTest.from_function(page, default_timeout=TIMEOUT_S)
    app.query_params["record"] = "208"
    return app.run()


def after(app: AppTest, **session: object) -> AppTest:
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def place(app: AppTest) -> Place:
    found = app.session_state["place"]
    assert isinstance(found, Place)
    return found


def held(app: AppTest, name: str) -> Any:
    """What the session held when all callbacks had been called."""
    return app.session_state["held"][name]


class TestClicks:
    def test_a_chosen_beat_is_marked_and_centred(self, app: AppTest) -> None:
        after(app, beat_chosen=36_000)
        assert app.session_state["records.beat"] == 36_000
        assert app.session_state["records.start"] == 95

    def test_a_chosen_episode_is_shown_from_a_second_before_its_beginning(self, app: AppTest) -> None:
        after(app, episode_chosen=36_000)
        assert app.session_state["records.start"] == 99
        assert app.session_state["records.beat"] is None


class TestTold:
    def test_another_window_is_the_sessions(self, app: AppTest) -> None:
        after(app, told={"range": [120.0, 7.5]})
        assert (held(app, "start"), held(app, "window")) == (120, 7.5)

    def test_a_marked_beat_is_the_sessions_and_does_not_move_the_window(self, app: AppTest) -> None:
        start = held(app, "start")
        after(app, told={"beat": 6105})
        assert (held(app, "beat"), held(app, "start")) == (6105, start)
        after(app, told={"beat": None})
        assert held(app, "beat") is None

    @pytest.mark.parametrize("step", ["F", "flagged", "differs"])
    def test_what_is_stepped_through_is_the_sessions(self, app: AppTest, step: str) -> None:
        assert held(after(app, told={"step": step}), "class") == step

    def test_two_moves_told_at_once_both_count(self, app: AppTest) -> None:
        after(app, told={"range": [300.0, 4.0], "beat": 109_000, "step": "F"})
        assert [held(app, name) for name in ("start", "window", "beat", "class")] == [300, 4, 109_000, "F"]

    @pytest.mark.parametrize(
        "told",
        [
            {"range": None}, {"range": [5]}, {"range": ["5", "10"]}, {"range": [-1, 10]}, {"range": [5, 0]},
            {"range": [float("nan"), 10]}, {"range": [True, True]}, {"range": {"start": 5}}, {"step": "X"},
            {"step": None}, {"step": 3},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_cannot_be_believed_changes_nothing(self, app: AppTest, told: dict[str, object]) -> None:
        before = (dict(app.session_state["held"]), place(app))
        after(app, told=told)
        assert (dict(app.session_state["held"]), place(app)) == before

    @pytest.mark.parametrize("beat", [-5, "6105", 10**9, float("inf"), [6105]])
    def test_a_beat_that_cannot_be_is_none(self, app: AppTest, beat: object) -> None:
        assert held(after(app, told={"beat": beat}), "beat") is None

    def test_a_window_beyond_the_end_becomes_the_last_one(self, app: AppTest) -> None:
        after(app, told={"range": [1e9, 10.0]})
        assert held(app, "start") == pytest.approx(650_000 / 360 - 10, abs=0.01)
        after(app, told={"range": [0.0, 1e9]})
        assert (held(app, "start"), held(app, "window")) == (0, 650_000 / 360)


class TestPlace:
    def test_a_viewer_that_comes_to_the_page_is_sent_to_where_the_session_is(self, app: AppTest) -> None:
        assert place(app) == Place(1, 0.72, 10, 2058, "V")

    def test_a_run_in_which_nothing_moved_sends_it_nowhere(self, app: AppTest) -> None:
        before = place(app)
        assert place(after(app)) == before

    @pytest.mark.parametrize(
        "told",
        [{"range": [120.0, 7.5]}, {"range": [120.123456, 7.123456]}, {"beat": 6105}, {"beat": None}, {"step": "F"}],
        ids=str,
    )
    def test_a_viewer_that_tells_where_it_is_is_left_there(self, app: AppTest, told: dict[str, object]) -> None:
        before = place(app)
        assert place(after(app, told=told)) == before
        assert place(after(app)) == before

    @pytest.mark.parametrize(
        ("move", "where"),
        [
            ({"beat_chosen": 36_000}, (95, 10, 36_000)),
            ({"episode_chosen": 36_000}, (99, 10, None)),
            ({"time": "12:30"}, (750, 10, None)),
            ({"other": "232"}, None),
        ],
        ids=str,
    )
    def test_a_move_made_beside_it_sends_it_there_once(
        self, app: AppTest, move: dict[str, object], where: tuple[float, float, int | None] | None
    ) -> None:
        before = place(app)
        sent = place(after(app, **move))
        assert sent.seq == before.seq + 1
        shown = [app.session_state[f"records.{name}"] for name in ("start", "window", "beat", "class")]
        assert [sent.start_s, sent.length_s, sent.beat, sent.step] == shown
        assert where is None or (sent.start_s, sent.length_s, sent.beat) == where
        assert place(after(app)) == sent
        assert place(after(app, told={"range": [sent.start_s, sent.length_s]})) == sent, "it says that it is there"

    def test_after_moving_by_itself_it_can_be_sent_back_to_where_it_was_sent_before(self, app: AppTest) -> None:
        first = place(after(app, time="12:30"))
        after(app, told={"range": [20.0, 10.0]})
        again = place(after(app, time="12:30"))
        assert (again.seq, again.start_s) == (first.seq + 1, 750)

    def test_a_time_that_is_none_sends_it_nowhere(self, app: AppTest) -> None:
        before = place(app)
        assert place(after(app, time="noon")) == before
        assert "is not a time" in app.session_state["records.refused"].reason

    def test_an_address_opened_in_the_same_session_sends_it_there(self, app: AppTest) -> None:
        before = place(app)
        app.query_params["start"] = "400"
        sent = place(after(app))
        assert (sent.seq, sent.start_s) == (before.seq + 1, 400)

    def test_one_that_comes_again_is_sent_to_where_the_session_is_now(self, app: AppTest) -> None:
        before = place(after(app, told={"range": [120.0, 7.5], "beat": 6105}))
        del app.session_state[VIEWER]
        sent = place(after(app))
        assert sent == Place(before.seq + 1, 120, 7.5, 6105, "V")


class TestARecordingThatHasBeenLeft:
    """Callbacks are those of the run before: what comes in with the choice of another record is of the one before."""

    LATE = ({"beat_chosen": 36_000}, {"episode_chosen": 36_000}, {"time": "12:30"})
    TOLD = ({"range": [120.0, 7.5]}, {"beat": 6105}, {"step": "F"})

    @pytest.mark.parametrize(
        "late",
        [
            *LATE,
            *({"told": told} for told in TOLD),
        ],
        ids=str,
    )
    def test_a_click_on_it_moves_nothing_in_the_other(self, app: AppTest, late: dict[str, object]) -> None:
        after(app, other="232", **late)
        assert [held(app, name) for name in ("record", "leads", "start", "beat", "class")] == ["232", *4 * [None]]
        assert app.session_state["records.start"] == place(app).start_s > 0
