"""The Autoencoder page on recordings that nobody annotated: scores, a threshold, and what it flags, without classes."""

import numpy as np
import pandas as pd
import streamlit as st

from ecg_core.data.clock import clock
from ecg_core.ui import detect
from ecg_core.ui.autoencoder.reconstructions import open_in_records
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.autoencoder.threshold_view import threshold_of, view
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.escape import literal
from ecg_core.ui.query import Query
from ecg_core.ui.rows import key_of_rows

MOST_LISTED = 200


@st.fragment
def unclassified_panel(values: Query, scored: Scored, name: str, model: str) -> None:
    """The threshold's view with how many beats it flags, and those, highest score first."""
    view(values, scored, name, f"{model.replace('/', '-')}-flagged")
    values.write()
    st.caption(
        literal(
            "Nobody has labelled these beats, so there is no sensitivity and no false alarm to count here. The default "
            f"threshold, {scored.detector.threshold_:.2f}, comes from the model's own validation."
        )
    )
    st.caption(detect.judged_by(scored.items.leads, scored.scores.left_out))
    st.subheader("Flagged beats, highest score first", anchor=False)
    _flagged(scored, np.flatnonzero(scored.detection.score >= threshold_of(values, scored)), model)


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
                         selection_mode="single-row", key=key_of_rows("unclassified.flagged", ordered[:MOST_LISTED]),
                         alt=f"{len(shown)} flagged beats with their scores")  # fmt: skip
    more = f" The first {MOST_LISTED} of {len(table):,}." if len(table) > MOST_LISTED else ""
    st.caption(f"Tick one to open its strip.{more}")
    csv_button("Download all flagged beats (CSV)", table.assign(model=model), "flagged", scored.items.simulated)
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(shown):
        open_in_records(scored, int(ordered[rows[0]]))
