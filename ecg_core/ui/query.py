"""A page's view as a shareable address: what is shown stands in the query string, and a query string is shown.

On a session's first run, and when an address is opened whose values differ from those last written, the address
decides. In every other run the session decides (a widget or a key changed it) and the address is written anew. So a
link works as the first request after a server start, the browser's Back works, and two keys pressed quickly do not
undo each other. Values outlive a visit to another page, which widget state does not.

Why not Streamlit's own `bind="query-params"` (1.67): it drops a value that cannot be without a word, leaves a default
out of the address (so that a link changes with the default), makes its keys those of every page, and refuses any other
writing of an address it takes part in; and some values here belong to no widget. Why not `persist_state="session"`: it
puts the first option in place of a value that is none, such as a record that is not there, and `st.tabs` lacks it.

    view = Query("records", Param("record", None, str), Param("window", 10.0, number(2, 60, "s")))
    for problem in view.read():
        st.warning(problem)
    st.selectbox("Record", names, **view.widget("record"))
    view.write()
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ecg_core.ui.quoted import plain, quoted

MAX_VALUE_CHARACTERS = 200
MOST_NAMED = 3
_BY_WIDGET = "query.by_widget"


@dataclass(frozen=True)
class Param:
    """One value of the view: its name in the address, its default, how it is read and written."""

    name: str
    default: Any
    parse: Callable[[str], Any]
    """Text from the address to a value; raises ValueError with a plain sentence if it cannot be one."""
    show: Callable[[Any], str] = str
    """Value to text. A value of None is left out of the address."""


class Query:
    """The values of one page's view, kept in the session under `<page>.<name>` and mirrored in the address."""

    def __init__(self, page: str, *params: Param) -> None:
        self.page, self.params = page, params

    def __getitem__(self, name: str) -> Any:
        return st.session_state[self._key(name)]

    def __setitem__(self, name: str, value: Any) -> None:
        st.session_state[self._key(name)] = value

    def read(self) -> list[str]:
        """Take over the address where it decides; call before any widget. Gives a sentence for each value refused.

        The sentences stay until the view changes, however often the page runs by itself.
        """
        address = {p.name: st.query_params[p.name] for p in self.params if p.name in st.query_params}
        first = self._key("written") not in st.session_state
        by_widget = st.session_state.pop(_BY_WIDGET, False)
        written = st.session_state.get(self._key("written"))
        if not first and (by_widget or not address or address == written or self._shown() != written):
            told, shown = st.session_state.get(self._key("problems"), ([], None))
            return list(told) if shown in (None, self._shown()) else []
        problems = []
        for param in self.params:
            value = param.default
            if param.name in address:
                try:
                    value = param.parse(_short(address[param.name]))
                except ValueError as error:
                    problems.append(f"{param.name!r} in the address was not used: {plain(str(error))}")
            if not first or param.name in address or self._key(param.name) not in st.session_state:
                self[param.name] = value
        st.session_state[self._key("written")] = address
        st.session_state[self._key("problems")] = (problems, None)
        return problems

    def unknown(self) -> list[str]:
        """A sentence for each name in the address that the page does not know; call after `read`.

        The names are taken out of the address. Those that another page of the session left there are not worth a word.
        """
        first = self._key("opened") not in st.session_state
        st.session_state[self._key("opened")] = True
        known = [param.name for param in self.params]
        names = [name for name in st.query_params if name not in known]
        for name in names:
            del st.query_params[name]
        knows = " and ".join(filter(None, [", ".join(known[:-1]), known[-1]]))
        return (
            [
                f"{quoted(_short(name))} in the address was not used: this page knows {knows}."
                for name in names[:MOST_NAMED]
            ]
            if first
            else []
        )

    def hold(self, problems: Sequence[str]) -> None:
        """Have `read` give these sentences as long as the view stays as it is written next."""
        st.session_state[self._key("problems")] = (list(problems), None)

    def write(self) -> None:
        """Put the values into the address, if it does not say them already; call at the end of the page."""
        shown = self._shown()
        st.session_state[self._key("written")] = shown
        told, when = st.session_state.get(self._key("problems"), ([], None))
        if when is None:
            st.session_state[self._key("problems")] = (told, shown)
        if {p.name: st.query_params[p.name] for p in self.params if p.name in st.query_params} == shown:
            return
        others: dict[str, str | list[str]] = {
            k: st.query_params.get_all(k) for k in st.query_params if k not in {p.name for p in self.params}
        }
        st.query_params.from_dict({**others, **shown})

    def widget(self, name: str, options: Sequence[Any] | None = None) -> dict[str, Any]:
        """Arguments that tie a widget to a value: `st.selectbox("Record", names, **view.widget("record"))`.

        A value that is none of `options`, if they are given, leaves the widget empty. The value is set in every run: a
        browser that is told of it in the first only, and gets the second before it has drawn the first, shows the
        widget's default.
        """
        key = self._key(name) + ".widget"
        st.session_state[key] = self[name] if options is None or self[name] in options else None
        return {"key": key, "on_change": self.take, "args": (name,)}

    def choice(self, name: str, options: Sequence[Any]) -> dict[str, Any]:
        """`widget` for a selectbox: `st.selectbox("Record", names, **view.choice("record", names))`.

        What the browser takes for the widget's default is what is shown. A browser that draws the widget anew, and has
        lost what it was told, sends its default with the next request: were it the first option, as without this, the
        whole view would fall back to that.
        """
        shown = options.index(self[name]) if self[name] in options else None
        return {**self.widget(name, options), "index": shown}

    def mirror(self, name: str, suffix: str, on_change: Callable[[str], None], shown: Any = None) -> dict[str, Any]:
        """Arguments for a further widget of a value that a callback of its own turns into the value.

        It shows the value, or `shown`; on a change `on_change` is called with the widget's key. The key holds what is
        shown: with every request a browser sends what all its widgets last showed, and a key pressed before the answer
        to the one before it would else set the value back to what it was.
        """
        value = self[name] if shown is None else shown
        key = f"{self._key(name)}.{suffix}.{value}"
        st.session_state[key] = value
        return {"key": key, "on_change": self._mirror_changed, "args": (key, value, on_change)}

    def take(self, name: str) -> None:
        """Take over what its widget was set to (what `widget` calls on a change)."""
        self[name] = st.session_state[self._key(name) + ".widget"]

    def _mirror_changed(self, key: str, shown: Any, on_change: Callable[[str], None]) -> None:
        if st.session_state.get(key, shown) != shown:  # else the browser only repeats what it shows
            on_change(key)

    def _shown(self) -> dict[str, str]:
        values = {p: st.session_state.get(self._key(p.name)) for p in self.params}
        return {p.name: p.show(value) for p, value in values.items() if value is not None}

    def _key(self, name: str) -> str:
        return f"{self.page}.{name}"


def by_widget() -> None:
    """Say in the callback of a widget that holds no value of the address that this run comes from it.

    Such a run may still bring the address of before the last change, which must not undo it.
    """
    st.session_state[_BY_WIDGET] = True


def number(low: float, high: float, unit: str = "") -> Callable[[str], float]:
    """A parser of finite numbers from `low` to `high`, for `Param.parse`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and low <= value <= high):
            of_unit = f" {unit}" if unit else ""
            expected = f"from {low:g} to {high:g}{of_unit}" if math.isfinite(high) else f"of {low:g}{of_unit} or more"
            raise ValueError(f"{text!r} is not a number {expected}.")
        return value

    return parse


def whole(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`, for `Param.parse`."""

    def parse(text: str) -> int:
        if not text.removeprefix("-").isdecimal() or len(text) > 18 or not low <= int(text) <= high:
            raise ValueError(f"{text!r} is not a whole number from {low:,} to {high:,}.")
        return int(text)

    return parse


def one_of(options: Sequence[str]) -> Callable[[str], str]:
    """A parser that takes one of `options`, for `Param.parse`."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(f"{text!r} is none of {', '.join(options)}.")
        return text

    return parse


def _short(text: str) -> str:
    return text[:MAX_VALUE_CHARACTERS]
