"""The Autoencoder page's fourth tab: which patients it fails on, and every score as a file."""

from dataclasses import asdict

import pandas as pd
import streamlit as st

from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.downloads import csv_button

SHARES = {"sensitivity": "Sensitivity (%)", "positive_predictivity": "Positive predictivity (%)"}
HEADINGS = SHARES | {
    "record": "Record",
    "beats": "Scored",
    "abnormal": "Abnormal",
    "flagged": "Flagged",
    "false_alarms_per_hour": "False alarms per hour",
    "roc_auc": "ROC AUC",
}


def records_tab(scored: Scored, threshold: float, model: str) -> None:
    """One row a record at the threshold in use, and downloads."""
    rows = scored.detection.by_record(threshold)
    table = pd.DataFrame([{"record": name, **asdict(row)} for name, row in rows.items()])
    labelled = table["record"].isin(scored.detection.labelled_records)
    over = pd.Series(scored.detection.record[scored.detection.score >= threshold]).value_counts()
    table["flagged"] = table["flagged"].where(labelled, table["record"].map(over).fillna(0)).astype(int)
    table["abnormal"] = table["abnormal"].astype("Int64").where(labelled)
    table["false_alarms_per_hour"] = table["false_alarms_per_hour"].astype(float).where(labelled)
    judged = table.dropna(subset=["roc_auc"])
    worst = judged[judged["abnormal"] >= 10].sort_values("roc_auc").head(3)
    named = ", ".join(f"{row.record} (ROC AUC {row.roc_auc:.3f})" for row in worst.itertuples())
    least = f" Least good of those with ten abnormal {scored.detector.options.unit} or more: {named}." if named else ""
    st.markdown(f"At the threshold {threshold:.2f}.{least}")
    if not labelled.all():
        st.caption(
            f"Nobody has labelled {int((~labelled).sum())} of these records: flagged beats are counted, not judged."
        )
    shown = table.assign(**{name: 100 * table[name].astype(float) for name in SHARES}).rename(columns=HEADINGS)
    formats = dict.fromkeys((*SHARES.values(), "False alarms per hour"), "%.1f") | {"ROC AUC": "%.3f"}
    formats |= dict.fromkeys(("Scored", "Abnormal", "Flagged"), "localized")
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(shown) <= 25 else 600,
        alt=f"Figures of {len(shown)} records at the threshold {threshold:.2f}",
        column_config={name: st.column_config.NumberColumn(format=text) for name, text in formats.items()},
    )
    every = scored.items.table.iloc[scored.rows][["record", "time_s", "r_sample", "symbol", "beat_class"]]
    every = every.assign(score=scored.detection.score, **scored.parts, flagged=scored.detection.score >= threshold)
    name = f"{model.replace('/', '-')}-at-{threshold:.2f}"
    with st.container(horizontal=True):
        csv_button(
            "Download the table (CSV)",
            table.assign(model=model, threshold=threshold),
            f"{name}-records",
            scored.items.simulated,
        )
        csv_button(
            "Download every score (CSV)",
            every.assign(model=model, threshold=threshold),
            f"{name}-scores",
            scored.items.simulated,
        )
