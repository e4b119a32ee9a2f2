"""Runs: everything ever trained; open one, or compare several."""

import streamlit as st

from ecg_core.errors import RunError
from ecg_core.runs.folder import open_run
from ecg_core.tasks.registry import REGISTRY
from ecg_core.ui import jobs, page
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.query import Param, Query
from ecg_core.ui.quoted import plain
from ecg_core.ui.runs.delete import DELETED
from ecg_core.ui.runs.listed import TOLD_APART, runs_table, summaries, table_key
from ecg_core.ui.runs.views import compare_view, open_view
from ecg_core.ui.terms import meanings

MOST = 8
TICKED, FIRST = "runs.ticked", "runs.first"


def ids(text: str) -> tuple[str, ...] | None:
    """The runs that an address names, with commas between."""
    found = tuple(dict.fromkeys(filter(None, text.split(","))))
    if len(found) > MOST:
        raise ValueError(f"{len(found)} runs are named, at most {MOST} can be compared.")
    return found or None


page.begin_anyhow(
    "Runs", "Every training and other long work on this machine: watch, stop, resume, compare, keep or delete it."
)
values = Query("runs", Param("run", None, ids, ",".join))
notes = [*values.read(), *values.unknown()]
every = summaries()
named = values["run"] or ()
unknown = [name for name in named if name not in every]
for name in unknown:
    try:
        open_run(name)
    except RunError as error:
        notes.append(plain(str(error)))
opened = tuple(name for name in named if name in every)
if notes := list(dict.fromkeys(notes)):
    values.hold(notes)
    st.warning(page.literal("  \n".join(notes)))
if deleted := st.session_state.pop(DELETED, ""):
    st.toast(f"Deleted {deleted}.", icon=":material/delete:")
if not every:
    st.info("Nothing has been trained here yet. A training becomes a run: it goes on without this page, can be stopped "
            "and resumed, and is kept until you delete it.")  # fmt: skip
    st.markdown("**What can be trained**")
    for task in REGISTRY.values():
        if task.model:
            st.page_link(task.page, label=task.title, icon=f":material/{task.icon}:", query_params={"tab": "Train"})
    st.stop()
table = runs_table(list(every.values()))
kinds, states = sorted(table["What"].unique()), sorted(table["State"].unique())
with st.container(horizontal=True):
    wanted = st.pills("What", kinds, selection_mode="multi", key="runs.kinds") if len(kinds) > 1 else []
    shown_states = st.pills("State", states, selection_mode="multi", key="runs.states") if len(states) > 1 else []
shown = table[table["What"].isin(wanted or kinds) & table["State"].isin(shown_states or states)]
# the table's key names its rows, so that a tick belongs to a run: when others come or go, no other run is ticked
listed = shown["Run"].tolist()
key = table_key(listed)
if key not in (first := st.session_state.get(FIRST, {})):  # another default would make it another table
    first = st.session_state[FIRST] = {key: [listed.index(name) for name in opened if name in listed]}
event = st.dataframe(
    shown,
    hide_index=True,
    key=key,
    on_select="rerun",
    selection_mode="multi-row",
    selection_default={"selection": {"rows": first[key]}},
    height="content" if len(shown) < 8 else 300,
    column_config={
        "Started": st.column_config.DatetimeColumn("Started (UTC)", format="MM-DD HH:mm", width=105),
        "What": st.column_config.TextColumn(width=135),
        "Unit": st.column_config.TextColumn("Works on", width=150),
        "Result": st.column_config.TextColumn(width=225, help=meanings("Validation", "AUC", "Macro-F1", TOLD_APART)),
        "Now": st.column_config.TextColumn(width="medium"),
        "State": st.column_config.TextColumn(width=85),
        "Duration": st.column_config.TextColumn(width=75),
        "Data": st.column_config.TextColumn(width=145),
        "Run": st.column_config.TextColumn(width=270),
    },
    alt=f"{len(shown)} runs",
)
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption("Tick one run to open it, several to compare them.", width="stretch")
    csv_button("Download CSV", shown, "runs", any(table["Data"].str.startswith("SIMULATED")))
ticked = tuple(listed[row] for row in event["selection"]["rows"] if row < len(listed))[:MOST]
if ticked != st.session_state.get(TICKED, {}).get(key, ticked if ticked == opened else ()):
    opened = ticked
st.session_state[TICKED] = {key: ticked}
values["run"] = opened or None
values.write()
jobs.show_refused()
if len(opened) > 1:
    st.subheader("Compared", anchor=False)
    compare_view([every[name] for name in opened])
elif opened:
    open_view(every[opened[0]], values)
