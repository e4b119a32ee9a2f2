"""Autoencoder: train on normal beats, move a threshold over the scores, look at what was flagged."""

import streamlit as st

from ecg_core.errors import WorkbenchError
from ecg_core.ui import page
from ecg_core.ui.autoencoder_reconstructions import reconstructions_tab
from ecg_core.ui.autoencoder_threshold import threshold_of, threshold_panel
from ecg_core.ui.autoencoder_train import train_tab, watched_run
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import autoencoders, choose
from ecg_core.ui.query import Param, Query, one_of
from ecg_core.ui.query import number as a_number
from ecg_core.ui.scoring import TEST, VALIDATION, has_validation, scored

TABS = ("Threshold", "Reconstructions", "Per record", "Train")

source = page.begin("Autoencoder")
values = Query(
    "autoencoder",
    Param("run", None, str),
    Param("part", TEST, one_of((TEST, VALIDATION))),
    Param("threshold", None, a_number(0, 1000), lambda value: f"{value:.2f}"),
)
for note in values.read():
    st.warning(note)
models, problems = autoencoders()
for problem in problems:
    st.warning(problem)
by_id = {model.id: model for model in models}
wanted, running = values["run"], watched_run(values["run"])
if wanted and wanted not in by_id and running is None:
    st.error(f"Unknown run or model {wanted[:80]!r}: it is neither under models/ nor among the runs. Choose one below.")

tabs = dict(zip(TABS, st.tabs(TABS, default="Train" if running else TABS[0], key="autoencoder.tabs"), strict=True))
with tabs["Train"]:
    train_tab(source, values)
values.write()

model = choose(models, wanted)
if model is None:
    with tabs["Threshold"]:
        st.info("No autoencoder is trained yet. Open **Train** and press Train: it takes about a minute.")
    st.stop()
with tabs["Threshold"]:
    left, right = st.columns([3, 2])
    with left:
        st.session_state["autoencoder.model"] = model.id
        st.selectbox("Model", list(by_id), format_func=lambda key: by_id[key].label, key="autoencoder.model",
                     on_change=lambda: (values.__setitem__("run", st.session_state["autoencoder.model"]),
                                        values.__setitem__("threshold", None)))  # fmt: skip
    parts = [TEST, VALIDATION] if has_validation(model, source) else [TEST]
    if values["part"] not in parts:
        values["part"] = TEST
    names = {TEST: "Test: patients it has never seen", VALIDATION: "Validation: training patients, left out in turn"}
    with right:
        st.radio("Beats shown", parts, format_func=names.get, **values.widget("part"))
part = values["part"]
try:
    with tabs["Threshold"]:
        found = scored(model, source, part)
except WorkbenchError as error:
    page.fail(error)
    st.stop()
split = model.card["split"]
n_records = len(found.detection.hours)
name = f"{'SIMULATED, ' if found.items.simulated else ''}{n_records} {'test' if part == TEST else 'validation'} records"
with tabs["Threshold"]:
    threshold_panel(values, found, part, name)
    if part == TEST and not found.items.simulated and split["note"]:
        st.caption(split["note"])
with tabs["Reconstructions"]:
    reconstructions_tab(found, threshold_of(values, found))
with tabs["Per record"]:
    threshold = threshold_of(values, found)
    table = found.detection.by_record(threshold)
    worst = table.dropna(subset=["roc_auc"]).sort_values("roc_auc").head(3)
    st.markdown(
        f"At the threshold {threshold:.2f}. "
        + (f"It does worst on record {', '.join(worst['record'])}." if len(worst) else "")
    )
    shares = {"sensitivity": "Sensitivity (%)", "positive_predictivity": "Positive predictivity (%)"}
    shown = table.assign(**{name: 100 * table[name].astype(float) for name in shares})
    headings = shares | {"record": "Record", "beats": "Scored", "abnormal": "Abnormal", "flagged": "Flagged",
                         "false_alarms_per_hour": "False alarms per hour", "roc_auc": "ROC AUC"}  # fmt: skip
    formats = dict.fromkeys((*shares.values(), "False alarms per hour"), "%.1f") | {"ROC AUC": "%.3f"}
    formats |= dict.fromkeys(("Scored", "Abnormal", "Flagged"), "localized")
    columns = {name: st.column_config.NumberColumn(format=text) for name, text in formats.items()}
    st.dataframe(shown.rename(columns=headings), hide_index=True, height="content", alt="Figures of each record",
                 column_config=columns)  # fmt: skip
    csv_button("Download the table (CSV)", table, "autoencoder-records", found.items.simulated)
    every = found.items.table.iloc[found.rows][["record", "time_s", "r_sample", "symbol", "beat_class"]]
    every = every.assign(score=found.detection.score, **found.parts, flagged=found.detection.score >= threshold)
    csv_button("Download every score (CSV)", every, "autoencoder-scores", found.items.simulated)
