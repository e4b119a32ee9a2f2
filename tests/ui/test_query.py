"""The address and the session agree: who decides when, and what is refused."""

import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.ui.query import Param, Query, number, one_of, whole
from tests.app.opening import TIMEOUT_S


def page() -> None:
    import streamlit as st

    from ecg_core.ui.query import Param, Query, by_widget, number

    view = Query("page", Param("name", "a", str), Param("size", 10.0, number(2, 60, "s")), Param("mark", None, int))
    for problem in view.read():
        st.warning(problem)
    st.selectbox("Name", ["a", "b", "c"], **view.widget("name", ["a", "b", "c"]))
    st.number_input("Size", 2.0, 60.0, **view.widget("size"))

    def mark() -> None:
        view["mark"] = 7

    st.button("Mark", on_click=mark)
    st.button("Measure", on_click=by_widget)
    view.write()


def opened(**address: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=TIMEOUT_S)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def address(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def test_without_an_address_the_defaults_are_shown_and_written() -> None:
    app = opened()
    assert address(app) == {"name": "a", "size": "10.0"}


def test_the_first_run_takes_the_address() -> None:
    app = opened(name="b", size="30", mark="5")
    assert app.selectbox[0].value == "b"
    assert app.number_input[0].value == 30
    assert app.session_state["page.mark"] == 5
    assert not app.warning


def test_a_widget_and_a_callback_change_the_address() -> None:
    app = opened(name="b")
    app.selectbox[0].set_value("c").run()
    app.button[0].click().run()
    assert address(app) == {"name": "c", "size": "10.0", "mark": "7"}


def test_a_value_that_cannot_be_is_refused_with_a_sentence_and_not_used() -> None:
    app = opened(size="1e9")
    assert [w.value for w in app.warning] == [
        "'size' in the address was not used: '1e9' is not a number from 2 to 60 s."
    ]
    assert address(app)["size"] == "10.0"


def test_a_name_that_is_no_option_leaves_the_widget_empty_and_stays_in_the_session() -> None:
    app = opened(name="zzz")
    assert app.selectbox[0].value is None
    assert app.session_state["page.name"] == "zzz"
    app.selectbox[0].set_value("b").run()
    assert address(app)["name"] == "b"


def test_an_address_opened_later_in_the_session_decides_and_what_it_leaves_out_is_default() -> None:
    app = opened(name="b", size="30")
    app.query_params.clear()
    app.query_params["name"] = "c"
    app.run()
    assert app.selectbox[0].value == "c"
    assert app.number_input[0].value == 10


def test_an_address_that_lags_behind_does_not_undo_what_was_just_done() -> None:
    app = opened(name="b")
    app.query_params["name"] = "a"  # what the browser still shows
    app.button[0].click().run()
    assert address(app) == {"name": "b", "size": "10.0", "mark": "7"}


def test_every_run_tells_the_browser_what_a_widget_shows() -> None:
    app = opened(name="b")
    for _ in range(2):  # a browser may pass over what the first run said
        assert app.selectbox[0].proto.set_value
        assert app.selectbox[0].value == "b"
        app.run()


def test_a_run_of_a_widget_that_holds_no_value_of_the_address_brings_no_old_address_back() -> None:
    app = opened(name="b")
    app.button[0].click().run()
    app.query_params.clear()
    app.query_params["name"] = "b"  # of before the click
    app.button[1].click().run()
    assert address(app)["mark"] == "7"
    app.query_params.clear()
    app.query_params["name"] = "b"  # the browser's Back
    app.run()
    assert "mark" not in address(app)


def further_widget() -> None:
    import streamlit as st

    from ecg_core.ui.query import Param, Query, number

    view = Query("page", Param("size", 10.0, number(0, 60)))
    view.read()

    def typed(key: str) -> None:
        view["size"] = float(st.session_state[key])

    def grow() -> None:
        view["size"] += 1

    st.text_input("Size", **view.mirror("size", "text", typed, f"{view['size']:g}"))
    st.button("Grow", on_click=grow)
    view.write()


def test_a_further_widget_shows_the_value_and_sets_it() -> None:
    app = AppTest.from_function(further_widget, default_timeout=TIMEOUT_S).run()
    assert app.text_input[0].value == "10"
    app.text_input[0].set_value("20").run()
    assert (app.text_input[0].value, address(app)) == ("20", {"size": "20.0"})
    app.text_input[0].set_value("10").run()
    assert (app.text_input[0].value, address(app)) == ("10", {"size": "10.0"})


def test_keys_pressed_before_the_answer_to_the_one_before_all_count() -> None:
    app = AppTest.from_function(further_widget, default_timeout=TIMEOUT_S).run()
    (grow,) = app.button
    request = grow.click().root.get_widget_states()  # what the browser shows, and the key
    for _ in range(3):
        app._run(request)
    assert (app.text_input[0].value, address(app)) == ("13", {"size": "13.0"})


def test_an_empty_address_keeps_the_session_as_after_a_visit_to_another_page() -> None:
    app = opened(name="b", size="30")
    app.query_params.clear()
    app.run()
    assert address(app) == {"name": "b", "size": "30.0"}


def test_other_parameters_of_the_address_are_left_alone() -> None:
    app = opened(name="b", embed_options="x")
    app.button[0].click().run()
    assert address(app)["embed_options"] == "x"


def test_what_was_refused_is_told_until_the_view_changes() -> None:
    app = opened(size="nan")
    told = [warning.value for warning in app.warning]
    assert len(told) == 1
    app.run()
    app.run()
    assert [warning.value for warning in app.warning] == told
    app.button[0].click().run()
    assert not app.warning


def test_very_long_values_are_cut() -> None:
    app = opened(name="x" * 100_000)
    assert len(app.session_state["page.name"]) == 200


@pytest.mark.parametrize("text", ["", "nan", "inf", "abc", "1", "61", "-5"])
def test_number_refuses_what_is_out_of_range(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number from 2 to 60 s"):
        number(2, 60, "s")(text)


def test_number_without_an_upper_end_says_so() -> None:
    assert number(0, math.inf, "s")("12.5") == 12.5
    with pytest.raises(ValueError, match="'-1' is not a number of 0 s or more"):
        number(0, math.inf, "s")("-1")
    with pytest.raises(ValueError, match="'1' is not a number of 5 or more"):
        number(5, math.inf)("1")
    for text in ("inf", "1e999"):
        with pytest.raises(ValueError, match=f"'{text}' is not a number of 0 or more"):
            number(0, math.inf)(text)
    with pytest.raises(ValueError, match=r"'9' is not a number from 0 to 1\.$"):
        number(0, 1)("9")


@pytest.mark.parametrize(
    ("text", "right"), [("7", True), ("-1", False), ("1.5", False), ("9" * 30, False), ("--1", False)]
)
def test_whole(text: str, right: bool) -> None:
    if right:
        assert whole(0, 10)(text) == 7
    else:
        with pytest.raises(ValueError, match="is not a whole number from 0 to 10"):
            whole(0, 10)(text)


def test_one_of() -> None:
    assert one_of(["V", "F"])("F") == "F"
    with pytest.raises(ValueError, match="'v' is none of V, F"):
        one_of(["V", "F"])("v")


def test_a_query_is_cheap_to_make_and_touches_nothing() -> None:
    params: Any = (Param("x", 1, int),)
    assert Query("p", *params).params == params


def page_that_names() -> None:
    import streamlit as st

    from ecg_core.ui.query import Param, Query

    view = Query("page", Param("name", "a", str), Param("size", None, str), Param("mark", None, str))
    for note in (*view.read(), *view.unknown()):
        st.warning(note)
    view.write()


def test_names_that_a_page_does_not_know_are_named_once_and_leave_the_address() -> None:
    app = AppTest.from_function(page_that_names, default_timeout=TIMEOUT_S)
    for name in ("foo", "name", "x" * 300, "p", "q"):
        app.query_params[name] = "1"
    app.run()
    said = [one.value for one in app.warning]
    assert said[0] == "'foo' in the address was not used: this page knows name, size and mark."
    assert len(said) == 3, "the first few only"
    assert len(said[1]) < 300
    assert address(app) == {"name": "1"}
    app.query_params["left_by_another_page"] = "1"
    app.run()
    assert not app.warning


def with_choice() -> None:
    import streamlit as st

    from ecg_core.ui.query import Param, Query

    view = Query("page", Param("name", "a", str))
    view.read()
    names = ["a", "b", "c"]
    st.selectbox("Name", names, **view.choice("name", names))
    view.write()


@pytest.mark.parametrize(("name", "default"), [("c", 2), ("a", 0), ("x", None)])
def test_what_a_browser_takes_for_a_selectboxs_default_is_what_is_shown(name: str, default: int | None) -> None:
    """A browser that lost what it was told sends the default: were it the first option, the view would go there."""
    app = AppTest.from_function(with_choice, default_timeout=TIMEOUT_S)
    app.query_params["name"] = name
    app.run()
    proto = app.selectbox[0].proto
    assert (proto.default if proto.HasField("default") else None) == default
    assert app.selectbox[0].value == (None if default is None else name)
    assert address(app) == {"name": name}
