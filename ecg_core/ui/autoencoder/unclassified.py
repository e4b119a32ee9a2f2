"""The Autoencoder page on recordings that nobody annotated: scores, a threshold, and what it flags, without classes."""

import numpy as np
import pandas as pd
import streamlit as st

from ecg_core.data.clock import clock
from ecg_core.plots.detection import histogram_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.text import number, percent
from ecg_core.ui import detect, theme
from ecg_core.ui.autoencoder.reconstructions import open_in_records
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.autoencoder.threshold import STEP, take, threshold_of
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.escape import literal
from ecg_core.ui.query import Query

MOST_LISTED = 200
LEAST_HOURS = 0.25
"""Of a recording, for a rate an hour."""


def unclassified_panel(values: Query, scored: Scored, name: str, model: str) -> None:
    """Histogram of all beats, the slider, how many are flagged, and the flagged ones, highest score first."""
    detection = scored.detection
    box = st.container()
    threshold = threshold_of(values, scored)
    st.session_state["threshold.slider"] = round(threshold, 2)
    top = round(float(scored.histogram.edges[-1]), 2)
    st.slider("Threshold", 0.0, top, step=STEP, key="threshold.slider", on_change=take, args=(values,), format="%.2f",
              help="Beats that score at least this much are flagged.")  # fmt: skip
    flagged = detection.score >= threshold
    hours = sum(detection.hours.values())
    title = f"{name}: {int(flagged.sum()):,} of {len(flagged):,} beats flagged"
    figure = histogram_figure(scored.histogram, threshold, theme.palette(), title=title, classes_known=False)
    box.plotly_chart(figure, theme=None, config=PLOTLY_CONFIG, key="threshold.histogram",
                     alt=f"Histogram of abnormality scores with the threshold at {threshold:.2f}. {title}")  # fmt: skip
    cells = (
        ("Flagged", f"{int(flagged.sum()):,}", f"of {len(flagged):,} beats"),
        ("Share", percent(float(flagged.mean()) if len(flagged) else None), "of all beats"),
        ("An hour", number(float(flagged.sum()) / hours, 1), f"over {hours:.1f} h")
        if hours >= LEAST_HOURS
        else ("An hour", "–", f"{60 * hours:.0f} min are too short for a rate"),
    )
    for column, (label, value, support) in zip(st.columns(len(cells)), cells, strict=True):
        column.metric(label, value)
        column.caption(support)
    st.caption(
        literal(
            "Nobody has labelled these beats, so there is no sensitivity and no false alarm to count here. The default "
            f"threshold, {scored.detector.threshold_:.2f}, comes from the model's own validation."
        )
    )
    st.caption(detect.judged_by(scored.items.leads, scored.scores.left_out))
    st.subheader("Flagged beats, highest score first", anchor=False)
    _flagged(scored, np.flatnonzero(flagged), model)


def unlabelled_panel(scored: Scored, threshold: float, model: str) -> None:
    """Beside judged records: what is flagged in those that nobody labelled; nothing where there are none."""
    detection = scored.detection
    names = [name for name in detection.hours if name not in detection.labelled_records]
    if not names:
        return
    several = f"{len(names)} records" if len(names) > 1 else f"record {names[0]}"
    st.subheader(f"Flagged in {literal(several)} that nobody labelled, highest score first", anchor=False)
    among = np.isin(detection.record, names)
    _flagged(scored, np.flatnonzero(among & (detection.score >= threshold)), model)


def _flagged(scored: Scored, positions: "np.typing.NDArray[np.int64]", model: str) -> None:
    if not len(positions):
        st.caption("None at this threshold. Move it down to see the beats that score highest.")
        return
    score = scored.detection.score
    ordered = positions[np.argsort(-score[positions], kind="stable")]
    beats = scored.items.table.iloc[scored.rows[ordered]]
    table = pd.DataFrame({"Record": beats["record"].to_numpy(), "Time": [clock(s, 1) for s in beats["time_s"]]})
    table["Score"] = score[ordered].round(1)
    for part, values in scored.parts.items():
        table[f"of it {part}"] = values[ordered].round(1)
    shown = table.head(MOST_LISTED)
    event = st.dataframe(shown, hide_index=True, height=420 if len(shown) > 10 else "content", on_select="rerun",
                         selection_mode="single-row", key="unclassified.flagged",
                         alt=f"{len(shown)} flagged beats with their scores")  # fmt: skip
    more = f" The first {MOST_LISTED} of {len(table):,}." if len(table) > MOST_LISTED else ""
    st.caption(f"Tick one to open its strip.{more}")
    csv_button("Download all flagged beats (CSV)", table.assign(model=model), "flagged", scored.items.simulated)
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(shown):
        open_in_records(scored, int(ordered[rows[0]]))
