"""The tables under a strip: facts of the header, rhythm episodes, beats in the window."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from ecg_core.beats.classes import CLASSES
from ecg_core.data.clock import clock
from ecg_core.data.record import Record
from ecg_core.data.rhythm import rhythms
from ecg_core.plots.marks import Predicted, beat_table
from ecg_core.ui.records.view import View

TABLE_PX, ROW_PX = 318, 35
MIN_BEATS_FOR_RATE = 3
FLUTTER_WAVE = "!"  # RR intervals across a flutter say nothing about the rate


def facts(record: Record) -> None:
    """Duration, sampling, leads, beats by class, integrity; patient details only when asked for."""
    st.subheader("Facts", anchor=False)
    gains = sorted({f"{gain:g}" for gain in record.gain})
    rows = {
        "Duration": f"{clock(record.duration_s)} ({record.n_samples:,} samples)",
        "Sampling": f"{record.fs:g} Hz",
        "Leads": ", ".join(record.leads),
        "Gain": f"{', '.join(gains)} ADC units per mV",
    }
    classes = beat_table(record)["beat_class"]
    for name in CLASSES:
        count = int((classes == name).sum())
        if count:
            rows[f"{name} beats"] = f"{count:,} ({100 * count / len(classes):.2g} %)"
    st.table(rows, border="horizontal", hide_header=True, alt=f"Facts of record {record.name}")
    st.caption(f"Integrity: {record.integrity}.")
    if record.comments and st.toggle("Show patient details and notes", key="records.details"):
        st.text("\n".join(record.comments))


def episodes(record: Record, view: View) -> None:
    """Rhythm episodes; a click on one goes there."""
    st.subheader("Rhythm episodes", anchor=False)
    found = rhythms(record.annotations, record.n_samples)
    if not found:
        st.caption("No rhythm is annotated in this record.")
        return
    table = pd.DataFrame(
        {
            "From": [clock(e.start_sample / record.fs) for e in found],
            "Rhythm": [e.plain_name for e in found],
            "Lasts (s)": [round((e.stop_sample - e.start_sample) / record.fs, 1) for e in found],
        }
    )
    widths = {"From": 56, "Rhythm": 146, "Lasts (s)": 66}
    _clickable(table, widths, f"records.episodes.{record.name}", view, [e.start_sample for e in found], mark=False)
    st.caption(f"{len(found)} episode{'s' if len(found) > 1 else ''}. Tick one to go there.")


def beats_in_window(record: Record, view: View, predicted: Predicted | None = None) -> None:
    """Beats in the window with their RR intervals, and what a classifier says of them; a click on one marks it and
    puts it in the middle."""
    st.subheader("Beats in the window", anchor=False)
    start_s, length_s = view.state["start"], view.state["window"]
    table = pd.DataFrame(beat_table(record))

    def in_window(time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        inside: npt.NDArray[np.bool_] = (time_s >= start_s) & (time_s < start_s + length_s)
        return inside

    table = table[in_window(table["sample"].to_numpy() / record.fs)]
    if table.empty:
        st.caption("No beat is annotated in this window.")
        return
    samples = [int(sample) for sample in table["sample"]]
    shown = pd.DataFrame(
        {
            "Time": [clock(sample / record.fs, 2) for sample in samples],
            "Beat": table["symbol"].to_list(),
            "Class": table["beat_class"].to_list(),
            "RR (ms)": (table["rr_before_s"] * 1000).round().to_list(),
        }
    )
    widths = {"Time": 76, "Beat": 50, "Class": 52, "RR (ms)": 66}
    if predicted is not None:
        said = dict(zip(predicted.sample.tolist(), predicted.beat_class.tolist(), strict=True))
        shown.insert(3, "Said", [said.get(sample, "–") for sample in samples])
        widths = {"Time": 74, "Beat": 46, "Class": 50, "Said": 46, "RR (ms)": 64}
    _clickable(shown, widths, f"records.beats.{record.name}.{start_s}.{length_s}", view, samples, mark=True)
    rr = table["rr_before_s"].mean()
    flutter = FLUTTER_WAVE in record.annotations.symbol[in_window(record.annotations.sample / record.fs)]
    rate = f", mean rate {60 / rr:.0f} / min" if len(samples) >= MIN_BEATS_FOR_RATE and not flutter else ""
    count = f"{len(samples)} beat{'s' if len(samples) > 1 else ''}{rate}."
    said_by = " Said: the class predicted." if predicted is not None else ""
    st.caption(f"{count} RR is the interval before a beat.{said_by} Tick one to mark it.")


def _clickable(
    table: pd.DataFrame, widths: dict[str, int], key: str, view: View, samples: list[int], mark: bool
) -> None:
    st.dataframe(
        table,
        column_config={name: st.column_config.Column(width=px) for name, px in widths.items()},
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(table) + 1) + 3),
        key=key,
        on_select=lambda: view.click_row(key, samples, mark),
        selection_mode="single-row",
        alt=f"Table of {len(table)} rows: {', '.join(table.columns)}",
    )
