"""Between the session and the `View`: the page's address, the viewer and the widgets in, what they made of it out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.ui.query import Param, Query, number, one_of, whole
from ecg_core.ui.records.view import DEFAULT_WINDOW_S, SHORTEST_S, STEPPED, Address, View, seconds_text, settled
from ecg_core.ui.viewer import component
from ecg_core.ui.viewer.component import Place

VIEWER = "records.viewer"
"""Key of the page's viewer."""
SPEEDS, GAINS = (12.5, 25.0, 50.0), (0.0, 5.0, 10.0, 20.0)
_REFUSED, _PLACE, _KNOWN = "records.refused", "records.place", "records.known"


@dataclass(frozen=True)
class Refused:
    """A time that was typed and cannot be gone to."""

    text: str
    reason: str


def query() -> Query:
    """The page's address: `record`, `leads`, `start` (s), `window` (s), `beat` (sample to mark), `class` (what is
    stepped through), `speed` (mm/s), `gain` (mm/mV, 0 is automatic), `predict` (the model whose predictions are shown),
    `score` (the one whose scores are)."""
    return Query(
        "records",
        Param("record", None, str),
        Param("leads", None, lambda text: text.split(","), ",".join),
        Param("start", None, number(0, float("inf"), "s"), seconds_text),
        Param("window", DEFAULT_WINDOW_S, number(SHORTEST_S, float("inf"), "s"), seconds_text),
        Param("beat", None, whole(0, 10**9)),
        Param("class", None, one_of(STEPPED)),
        Param("speed", SPEEDS[1], _choice(SPEEDS), seconds_text),
        Param("gain", GAINS[0], _choice(GAINS), seconds_text),
        Param("predict", None, str),
        Param("score", None, str),
    )


def choose_record(state: Query) -> None:
    """Callback of the list of records: begin where the chosen one has something to show."""
    state.take("record")
    state["start"] = state["beat"] = state["class"] = state["leads"] = None


def refusals() -> list[str]:
    """Why the time last typed was not used; once."""
    refused = st.session_state.pop(_REFUSED, None)
    return [refused.reason] if refused else []


def typed() -> str:
    """The time last typed, as long as it is told why it was not used."""
    refused = st.session_state.get(_REFUSED)
    return refused.text if refused else ""


class Controls:
    """Callbacks of the page, each a method of `View` applied to what the session holds at that moment, and what the
    viewer tells put into the session.

    The viewer moves by itself and tells where it is; only a move made elsewhere (a click on a table, a time typed, the
    browser's Back) sends it anywhere. `place` tells the two apart.
    """

    def __init__(self, state: Query, labelled: LabelledRecord, differences: PeakDifferences | None = None) -> None:
        self.state, self.labelled, self.differences = state, labelled, differences

    def settle(self) -> tuple[View, list[str]]:
        """The view of this run, put into the session; a sentence for each value that was corrected."""
        view, notes = self._settled()
        self._keep(view)
        return view, notes

    def place(self, view: View) -> Place:
        """Where the viewer is to be: the place it was last sent to, as long as it tells of no other than the session
        holds; a new one where it has just come to the page."""
        where = (*_where(view), self.state["speed"], self.state["gain"])
        place = st.session_state.get(_PLACE)
        if place is None or VIEWER not in st.session_state or st.session_state.get(_KNOWN) != where:
            seq = place.seq + 1 if place else 1
            speed, gain = self.state["speed"], self.state["gain"]
            place = Place(seq, view.start_s, view.window_s, view.marked, view.stepped, speed, gain)
            st.session_state[_PLACE], st.session_state[_KNOWN] = place, where
        return place

    def moved(self) -> None:
        """Callback of the viewer: another window."""
        span = component.told(VIEWER).range
        if span is not None and self._is_here():
            self.state["start"], self.state["window"] = span
            self._told()

    def marked(self) -> None:
        """Callback of the viewer: another beat marked, or none."""
        if self._is_here():
            self.state["beat"] = component.told(VIEWER).beat
            self._told()

    def scaled(self) -> None:
        """Callback of the viewer: another paper speed or gain."""
        scale = component.told(VIEWER).scale
        if scale is not None and scale[0] in SPEEDS and scale[1] in GAINS and self._is_here():
            self.state["speed"], self.state["gain"] = scale
            self._told()

    def chosen(self) -> None:
        """Callback of the viewer: another kind of beats to step through."""
        step = component.told(VIEWER).step
        if step in STEPPED and self._is_here():
            self.state["class"] = step
            self._told()

    def go_to(self, key: str) -> None:
        """Callback of a widget that holds a time as mm:ss; one that cannot be is told by `refusals`."""
        text = st.session_state[key]
        try:
            self._move(lambda view: view.go_to(text))
        except ValueError as error:
            st.session_state[_REFUSED] = Refused(text, str(error))

    def click_beat(self, sample: int) -> None:
        """Callback of the table of beats: the one at `sample` was chosen."""
        self._move(lambda view: view.mark(sample))

    def click_episode(self, sample: int) -> None:
        """Callback of the table of rhythm episodes: the one that begins at `sample` was chosen."""
        self._move(lambda view: view.episode(sample))

    def _move(self, moved: Callable[[View], View]) -> None:
        if self._is_here():
            self._keep(moved(self._settled()[0]))

    def _is_here(self) -> bool:
        """Whether the recording these callbacks were made for is still the one to be shown."""
        return self.state["record"] == self.labelled.record.name and self.state["start"] is not None

    def _told(self) -> None:
        """The session now holds what the viewer shows already."""
        view = self._settled()[0]
        self._keep(view)
        st.session_state[_KNOWN] = (*_where(view), self.state["speed"], self.state["gain"])

    def _settled(self) -> tuple[View, list[str]]:
        leads = self.state["leads"]
        address = Address(
            leads=None if leads is None else tuple(leads),
            start_s=self.state["start"],
            window_s=self.state["window"],
            marked=self.state["beat"],
            stepped=self.state["class"],
        )
        return settled(self.labelled, address, self.differences)

    def _keep(self, view: View) -> None:
        values: dict[str, Any] = {
            "leads": list(view.leads),
            "start": view.start_s,
            "window": view.window_s,
            "beat": view.marked,
            "class": view.stepped,
        }
        for name, value in values.items():
            self.state[name] = value


def _where(view: View) -> tuple[str, float, float, int | None]:
    return view.record.name, view.start_s, view.window_s, view.marked


def _choice(options: tuple[float, ...]) -> Callable[[str], float]:
    named = [seconds_text(option) for option in options]
    return lambda text: float(one_of(named)(text))
