"""The view of the Records page: what its address holds, and what keys, buttons and clicks do to it."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from ecg_core.beats.classes import CLASSES
from ecg_core.data.clock import clock, parse_clock
from ecg_core.data.record import Record
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError
from ecg_core.plots.marks import beat_table
from ecg_core.plots.overview import CLICK_CURVE, clicked_time
from ecg_core.plots.paper import MAX_LENGTH_S, MIN_LENGTH_S
from ecg_core.ui import load
from ecg_core.ui.query import Param, Query, number, one_of, whole
from ecg_core.ui.records import viewport

WINDOWS_S = (5.0, 10.0, 30.0, 60.0)
DEFAULT_WINDOW_S = 10.0
DEFAULT_LEADS = 2
_REFUSED = "records.refused"
SCALES = {"paper": "To scale", "fit": "Fit the height"}


def _seconds(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def query() -> Query:
    """The page's address: `record`, `leads`, `start` (s), `window` (s), `beat` (sample to mark), `class`, `scale`,
    `predict` (the model whose predictions are shown)."""
    return Query(
        "records",
        Param("record", None, str),
        Param("leads", None, lambda text: text.split(","), ",".join),
        Param("start", None, number(0, float("inf"), "s"), _seconds),
        Param("window", DEFAULT_WINDOW_S, number(MIN_LENGTH_S, MAX_LENGTH_S, "s"), _seconds),
        Param("beat", None, whole(0, 10**8)),
        Param("class", None, one_of(CLASSES)),
        Param("scale", "paper", one_of(tuple(SCALES))),
        Param("predict", None, str),
    )


def link(beat: "pd.Series[Any]") -> dict[str, str]:
    """The address of a row of a beat table: its record, with the beat marked and in the middle."""
    start = max(0.0, float(beat["time_s"]) - DEFAULT_WINDOW_S / 2)
    return {
        "record": str(beat["record"]),
        "start": f"{start:.2f}",
        "window": f"{DEFAULT_WINDOW_S:g}",
        "beat": str(beat["r_sample"]),
        "class": str(beat["beat_class"]),
    }


def lead_names(record: Record) -> list[str]:
    """Names of the leads, each different: a second lead of one name is called `<name> (2)`."""
    names: list[str] = []
    for lead in record.leads:
        same = sum(1 for name in record.leads[: len(names)] if name == lead)
        names.append(f"{lead} ({same + 1})" if same else lead)
    return names


class View:
    """One recording and the window on it. Its methods are the callbacks of the page."""

    def __init__(self, source: DataSource, state: Query) -> None:
        self.source, self.state = source, state

    @property
    def record(self) -> Record:
        """The recording shown, from the cache. Raises DataError."""
        return load.record(self.source.folder, self.state["record"])

    def settle(self) -> list[str]:
        """Fill in what the address left open and correct what does not fit the record; a sentence for each correction.

        Raises DataError if there is no such record or it cannot be read.
        """
        if self.state["record"] is None:
            self.state["record"] = self.source.records[0]
        name = self.state["record"]
        if name not in self.source.records:
            raise DataError(f"Unknown record {name!r}: {self.source.label}, none of that name. Choose one above.")
        record, state = self.record, self.state
        notes: list[str] = []
        beats, names = beat_table(record), lead_names(record)
        unknown = [lead for lead in state["leads"] or [] if lead not in names]
        if unknown:
            notes.append(f"Record {record.name} has no lead {', '.join(unknown)}; it has {', '.join(names)}.")
        known = [name for name in names if name in (state["leads"] or [])]
        state["leads"] = known or names[:DEFAULT_LEADS]
        if state["beat"] is not None and state["beat"] >= record.n_samples:
            notes.append(f"Beat at sample {state['beat']:,}: record {record.name} ends at {record.n_samples:,}.")
            state["beat"] = None
        if state["start"] is None:
            if state["beat"] is None:
                state["beat"] = viewport.first_sight(record, beats)
            self._centre((state["beat"] or 0) / record.fs)
        elif state["start"] >= record.duration_s:
            notes.append(f"Record {record.name} ends at {clock(record.duration_s)}: its last window is shown.")
        state["start"] = viewport.clamp(state["start"], state["window"], record.duration_s)
        if state["class"] is None or not len(viewport.class_samples(beats, state["class"])):
            at = beats["beat_class"][beats["sample"] == state["beat"]] if state["beat"] is not None else []
            state["class"] = str(at[0]) if len(at) else viewport.default_class(beats)
        return notes

    def choose_record(self) -> None:
        """Another record: begin where it has something to show."""
        self.state.take("record")
        self.state["start"] = self.state["beat"] = self.state["class"] = self.state["leads"] = None

    def choose_window(self, name: str) -> None:
        """Another length: keep the marked beat, or else the middle, in the middle."""
        chosen = st.session_state[name]
        if chosen is not None:
            middle = self._reference() / self.record.fs
            self.state["window"] = min(max(float(chosen), MIN_LENGTH_S), MAX_LENGTH_S)
            self._centre(middle)

    def go_to(self, name: str) -> None:
        """A time typed as mm:ss becomes the start of the window."""
        try:
            start_s = parse_clock(st.session_state[name])
        except ValueError as error:
            st.session_state[_REFUSED] = str(error)
            return
        if start_s >= self.record.duration_s:
            st.session_state[_REFUSED] = f"The record ends at {clock(self.record.duration_s)}."
            return
        self._move(start_s)

    def refused(self) -> list[str]:
        """Why the time last typed was not used; once."""
        reason = st.session_state.pop(_REFUSED, None)
        return [reason] if reason else []

    def page(self, direction: int) -> None:
        """One window back (-1) or on (1)."""
        self._move(self.state["start"] + direction * self.state["window"])

    def step(self, direction: int) -> None:
        """The next (1) or previous (-1) beat of the chosen class, marked and in the middle."""
        found = viewport.step(self.class_samples, self._reference(), direction)
        if found is not None:
            self.mark(found)

    def mark(self, sample: int) -> None:
        """Mark the beat at `sample` and put it in the middle."""
        self.state["beat"] = sample
        self._centre(sample / self.record.fs)

    def click_overview(self, name: str, n_columns: int) -> None:
        """A click on the overview puts that time in the middle."""
        points = st.session_state[name].get("selection", {}).get("points", [])
        chosen = [point["point_index"] for point in points if point.get("curve_number") == CLICK_CURVE]
        if chosen:
            self._centre(clicked_time(int(chosen[0]), self.record, n_columns))
            self._drop_mark()

    def click_row(self, name: str, samples: list[int], mark: bool) -> None:
        """A row of a table: go to that beat (marked) or to the beginning of that episode."""
        rows = st.session_state[name].get("selection", {}).get("rows", [])
        if rows and rows[0] < len(samples):
            if mark:
                self.mark(samples[rows[0]])
            else:
                self._move(samples[rows[0]] / self.record.fs - 1.0)

    @property
    def class_samples(self) -> npt.NDArray[np.int64]:
        """Samples of the beats of the chosen class."""
        return viewport.class_samples(beat_table(self.record), self.state["class"] or "")

    def can_step(self, direction: int) -> bool:
        """Whether there is a beat of the chosen class further on."""
        return viewport.step(self.class_samples, self._reference(), direction) is not None

    def _reference(self) -> int:
        """Where stepping starts from: the marked beat, or else the middle of the window."""
        if self.state["beat"] is not None:
            return int(self.state["beat"])
        middle_s: float = self.state["start"] + self.state["window"] / 2
        return round(middle_s * self.record.fs)

    def _move(self, start_s: float) -> None:
        self.state["start"] = viewport.clamp(start_s, self.state["window"], self.record.duration_s)
        self._drop_mark()

    def _centre(self, middle_s: float) -> None:
        self.state["start"] = viewport.centred(middle_s, self.state["window"], self.record.duration_s)

    def _drop_mark(self) -> None:
        """A marked beat that is no longer in the window is not marked any more."""
        beat, start_s = self.state["beat"], self.state["start"]
        if beat is not None and not start_s <= beat / self.record.fs < start_s + self.state["window"]:
            self.state["beat"] = None
