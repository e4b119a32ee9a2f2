"""The Autoencoder page's third tab: which patients it fails on, and every score as a file."""

from dataclasses import asdict
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from ecg_core.ui.autoencoder.reconstructions import RECORDS_PAGE
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.autoencoder.views.component import component, nothing, palettes
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import TEST
from ecg_core.ui.records.view import FLAGGED
from ecg_core.ui.terms import meaning

SHARES = ("sensitivity", "positive_predictivity")
COLUMNS = {
    "record": ("Record", "The recording. A row opens it.", 0),
    "beats": ("Scored", "Beats or windows of the record that have a score.", 0),
    "abnormal": ("Abnormal", "Of these, labelled S, V or F.", 0),
    "flagged": ("Flagged", "Of N, S, V and F, those that score at least the threshold.", 0),
    "sensitivity": ("Sensitivity (%)", meaning("Sensitivity"), 1),
    "positive_predictivity": ("Positive predictivity (%)", meaning("+P"), 1),
    "false_alarms_per_hour": ("False alarms per hour", meaning("False alarms per hour"), 1),
    "roc_auc": ("ROC AUC", meaning("AUC"), 3),
}
"""Field -> heading, what it means, decimals."""


def records_tab(scored: Scored, threshold: float, model: str, part: str) -> None:
    """One row a record at the threshold in use, each of which opens its record, and downloads."""
    table = _table(scored, threshold)
    labelled = table["record"].isin(scored.detection.labelled_records)
    judged = table.dropna(subset=["roc_auc"])
    worst = judged[judged["abnormal"] >= 10].sort_values("roc_auc").head(3)
    named = ", ".join(f"{row.record} (ROC AUC {row.roc_auc:.3f})" for row in worst.itertuples())
    unit = scored.detector.options.unit
    weakest = f" Weakest records (10 or more abnormal {unit}): {named}." if named else ""
    st.markdown(f"At the threshold {threshold:.2f}.{weakest} Choose a row to open its record.")
    if not labelled.all():
        st.caption(
            f"Nobody has labelled {int((~labelled).sum())} of these records: flagged beats are counted, not judged."
        )
    shown = table.assign(**{name: 100 * table[name].astype(float) for name in SHARES})[list(COLUMNS)]
    rows = [[None if pd.isna(value) else value for value in row] for row in shown.astype(object).to_numpy().tolist()]
    asked = component()(
        data={
            "kind": "records",
            "palettes": palettes(),
            "alt": f"Figures of {len(rows)} records at the threshold {threshold:.2f}",
            "columns": [{"name": name, "help": told, "digits": digits} for name, told, digits in COLUMNS.values()],
            "rows": [
                {"values": row, "href": f"Records?{urlencode(_address(str(row[0]), model, part))}"} for row in rows
            ],
        },
        key="autoencoder.records",
        on_open_change=nothing,
    )
    if asked.open in set(table["record"]):
        st.switch_page(RECORDS_PAGE, query_params=_address(str(asked.open), model, part))
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


def _table(scored: Scored, threshold: float) -> pd.DataFrame:
    """Columns as `COLUMNS`; empty where nobody has labelled a record."""
    rows = scored.detection.by_record(threshold)
    table = pd.DataFrame([{"record": name, **asdict(row)} for name, row in rows.items()])
    labelled = table["record"].isin(scored.detection.labelled_records)
    over = pd.Series(scored.detection.record[scored.detection.score >= threshold]).value_counts()
    table["flagged"] = table["flagged"].where(labelled, table["record"].map(over).fillna(0)).astype(int)
    table["abnormal"] = table["abnormal"].astype("Int64").where(labelled)
    table["false_alarms_per_hour"] = table["false_alarms_per_hour"].astype(float).where(labelled)
    return table


def _address(record: str, model: str, part: str) -> dict[str, str]:
    """The Records page's address of a record; with the scores, unless the model was trained on it."""
    return {"record": record, **({"score": model, "class": FLAGGED} if part == TEST else {})}
