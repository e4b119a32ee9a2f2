"""Between the session and the `View`: the page's address and widgets in, what keys and clicks made of it out."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ecg_core.beats.classes import CLASS_NAMES
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.plots.overview import CLICK_CURVE
from ecg_core.plots.paper import MAX_LENGTH_S, MIN_LENGTH_S
from ecg_core.ui.query import Param, Query, number, one_of, whole
from ecg_core.ui.records.view import DEFAULT_WINDOW_S, PEAKS, STEPPED, Address, View, settled

SCALES = {"paper": "To scale", "fit": "Fit the height"}
_REFUSED = "records.refused"


def query() -> Query:
    """The page's address: `record`, `leads`, `start` (s), `window` (s), `beat` (sample to mark), `class`, `scale`,
    `predict` (the model whose predictions are shown). `class` is also `peaks`: R peaks missed or extra."""
    return Query(
        "records",
        Param("record", None, str),
        Param("leads", None, lambda text: text.split(","), ",".join),
        Param("start", None, number(0, float("inf"), "s"), _seconds),
        Param("window", DEFAULT_WINDOW_S, number(MIN_LENGTH_S, MAX_LENGTH_S, "s"), _seconds),
        Param("beat", None, whole(0, 10**8)),
        Param("class", None, one_of(STEPPED)),
        Param("scale", "paper", one_of(tuple(SCALES))),
        Param("predict", None, str),
    )


def choose_record(state: Query) -> None:
    """Callback of the list of records: begin where the chosen one has something to show."""
    state.take("record")
    state["start"] = state["beat"] = state["class"] = state["leads"] = None


def stepped_name(name: str) -> str:
    """What can be stepped through, in words."""
    return "R peaks missed or extra" if name == PEAKS else f"{name}, {CLASS_NAMES[name].lower()}"


def refusals() -> list[str]:
    """Why the time last typed was not used; once."""
    reason = st.session_state.pop(_REFUSED, None)
    return [reason] if reason else []


class Controls:
    """Callbacks of the page, each a method of `View` applied to what the session holds at that moment.

    At that moment, not when the page was drawn: two keys pressed quickly both count.
    """

    def __init__(self, state: Query, labelled: LabelledRecord, differences: PeakDifferences | None = None) -> None:
        self.state, self.labelled, self.differences = state, labelled, differences

    def settle(self) -> tuple[View, list[str]]:
        """The view of this run, put into the session; a sentence for each value that was corrected."""
        view, notes = self._settled()
        self._keep(view)
        return view, notes

    def page(self, direction: int) -> None:
        """Callback of Back (-1) and On (1)."""
        self._move(lambda view: view.page(direction))

    def step(self, direction: int) -> None:
        """Callback of Previous (-1) and Next (1)."""
        self._move(lambda view: view.step(direction))

    def choose_window(self, key: str) -> None:
        """Callback of a widget that holds a length in s, or nothing."""
        length_s = st.session_state[key]
        if length_s is not None:
            self._move(lambda view: view.resize(float(length_s)))

    def go_to(self, key: str) -> None:
        """Callback of a widget that holds a time as mm:ss; one that cannot be is told by `refusals`."""
        try:
            self._move(lambda view: view.go_to(st.session_state[key]))
        except ValueError as error:
            st.session_state[_REFUSED] = str(error)

    def click_overview(self, key: str, n_columns: int) -> None:
        """Callback of the overview."""
        points = st.session_state[key].get("selection", {}).get("points", [])
        columns = [int(point["point_index"]) for point in points if point.get("curve_number") == CLICK_CURVE]
        if columns:
            self._move(lambda view: view.click(columns[0], n_columns))

    def click_beat(self, key: str, samples: list[int]) -> None:
        """Callback of the table of beats, whose rows stand at `samples`."""
        self._click(key, samples, View.mark)

    def click_episode(self, key: str, samples: list[int]) -> None:
        """Callback of the table of rhythm episodes, which begin at `samples`."""
        self._click(key, samples, View.episode)

    def _click(self, key: str, samples: list[int], moved: Callable[[View, int], View]) -> None:
        rows = st.session_state[key].get("selection", {}).get("rows", [])
        if rows and rows[0] < len(samples):
            self._move(lambda view: moved(view, samples[rows[0]]))

    def _move(self, moved: Callable[[View], View]) -> None:
        if self.state["record"] == self.labelled.record.name and self.state["start"] is not None:
            self._keep(moved(self._settled()[0]))

    def _settled(self) -> tuple[View, list[str]]:
        leads = self.state["leads"]
        address = Address(
            leads=None if leads is None else tuple(leads),
            start_s=self.state["start"],
            window_s=self.state["window"],
            marked=self.state["beat"],
            beat_class=self.state["class"],
        )
        return settled(self.labelled, address, self.differences)

    def _keep(self, view: View) -> None:
        values: dict[str, Any] = {
            "leads": list(view.leads),
            "start": view.start_s,
            "window": view.window_s,
            "beat": view.marked,
            "class": view.beat_class,
        }
        for name, value in values.items():
            self.state[name] = value


def _seconds(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
