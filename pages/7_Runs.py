"""Runs: everything ever trained; open one, or compare several."""

import streamlit as st

from ecg_core.errors import RunError
from ecg_core.runs.folder import list_runs, open_run, summary_of
from ecg_core.ui import page
from ecg_core.ui.query import Param, Query
from ecg_core.ui.runs.views import DELETED, compare_view, open_view, runs_table, table_key

page.begin("Runs", "Every training on this machine: watch, stop, resume, compare, keep or delete it.")
values = Query("runs", Param("run", None, str))
for note in values.read():
    st.warning(page.literal(note))
if deleted := st.session_state.pop(DELETED, ""):
    st.toast(f"Deleted {deleted}.", icon=":material/delete:")
summaries = {run.id: summary_of(run) for run in list_runs()}
if not summaries:
    st.info("Nothing has been trained here yet. A training becomes a run: it goes on without this page, can be stopped "
            "and resumed, and is kept until you delete it.")  # fmt: skip
    st.page_link("pages/5_Autoencoder.py", label="Train an autoencoder", icon=":material/model_training:")
table = runs_table(list(summaries.values()))
if summaries:
    kinds, states = sorted(table["What"].unique()), sorted(table["State"].unique())
    left, right = st.columns(2)
    wanted = left.pills("What", kinds, selection_mode="multi", key="runs.kinds") if len(kinds) > 1 else []
    shown_states = right.pills("State", states, selection_mode="multi", key="runs.states") if len(states) > 1 else []
    shown = table[table["What"].isin(wanted or kinds) & table["State"].isin(shown_states or states)]
    # the table's key names its rows, so that a tick belongs to a run: when others come or go, no other run is ticked
    event = st.dataframe(
        shown,
        hide_index=True,
        key=table_key(shown["Run"].tolist()),
        on_select="rerun",
        selection_mode="multi-row",
        height="content" if len(shown) < 10 else 380,
        column_config={
            "Started": st.column_config.DatetimeColumn("Started (UTC)", format="MM-DD HH:mm:ss"),
            "ROC AUC": st.column_config.NumberColumn(format="%.3f", help="On validation: patients left out in turn"),
            "Macro-F1": st.column_config.NumberColumn(format="%.3f", help="On validation: patients left out in turn"),
            "MMD ratio": st.column_config.NumberColumn(
                format="%.2f",
                help="Synthetic to recorded beats, over one group of patients to another: 1 or less is close",
            ),
        },
        alt=f"{len(shown)} runs",
    )
    st.caption("Tick one run to open it, several to compare them.")
    ticked = [str(shown.iloc[row]["Run"]) for row in event["selection"]["rows"] if row < len(shown)]
    if len(ticked) > 1:
        st.subheader("Compared", anchor=False)
        compare_view([summaries[run_id] for run_id in ticked])
        values.write()
        st.stop()
    if ticked:
        values["run"] = ticked[0]
values.write()
if values["run"]:
    try:
        run = open_run(values["run"])
    except RunError as error:
        st.error(page.literal(str(error)))
    else:
        st.subheader(run.id, anchor=False)
        open_view(summaries.get(run.id) or summary_of(run), values)
