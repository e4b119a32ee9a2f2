"""Archive: recordings by the thousand, scored, sorted by burden, and opened one by one."""

from pathlib import Path

import numpy as np
import streamlit as st

from ecg_core.errors import RunError
from ecg_core.plots.archive import distribution_figure
from ecg_core.runs.folder import ALIVE
from ecg_core.tasks.archive.rows import FAILED
from ecg_core.tasks.archive.task import ARCHIVE_SCORING
from ecg_core.ui import jobs, page, theme
from ecg_core.ui.archive.opened import opened
from ecg_core.ui.archive.places import archives, recordings_of
from ecg_core.ui.archive.score import score_form
from ecg_core.ui.archive.table import FIRST, MEASURES, columns, failures, measured, shown
from ecg_core.ui.chart import chart
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.guests import served_to_others
from ecg_core.ui.query import Param, Query, number, one_of
from ecg_core.ui.rows import key_of_rows

source = page.begin_anyhow("Archive", "Score recordings by the thousand, sort them by burden, open what matters.")
values = Query(
    "archive", Param("archive", None, str), Param("run", None, str), Param("by", FIRST, one_of(tuple(MEASURES))),
    Param("least", 0.0, number(0, 1e9, "")), Param("holds", "", str),
)  # fmt: skip
if problems := [*values.read(), *values.unknown()]:
    values.hold(problems)
    st.warning(page.literal("  \n".join(problems)))
every = archives()
running = jobs.watched_run(values["run"], (ARCHIVE_SCORING.kind,))
busy = running is not None and running.state in ALIVE
if running is not None:
    jobs.live_bar(running) if busy else jobs.train_panel(running, "archive.watched", "")
anywhere = not served_to_others()  # whoever sits at this machine may name any folder of it
if values["archive"] not in every and not (anywhere and values["archive"] and Path(values["archive"]).is_absolute()):
    if values["archive"] is not None and not busy:  # what is being scored for the first time is not there yet
        st.warning(f"There is no archive called {page.literal(values['archive'][:60])} here.")
    values["archive"] = next(iter(every), None)
if not every and values["archive"] is None:
    if not busy:
        st.markdown("Choose a folder of recordings. Each gets R peaks where it has none, classes, scores, burdens and "
                    "quality; the table of all of them appears here.")  # fmt: skip
        if begun := score_form(source, busy):
            values["archive"] = begun
            values.write()
            st.rerun()
    values.write()
    st.stop()
names = list(dict.fromkeys([*every, values["archive"]]))
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.selectbox("Archive", names, width=260, **values.widget("archive"))
    st.selectbox("By", list(MEASURES), format_func=lambda name: MEASURES[name].title, width=190, **values.widget("by"))
    st.number_input(f"At least ({MEASURES[values['by']].unit or 'a recording'})", 0.0, width=190, format="%g",
                    **values.widget("least"))  # fmt: skip
    st.text_input("Name holds", width=190, **values.widget("holds"))
folder = every.get(values["archive"]) or Path(values["archive"])
try:
    table = recordings_of(folder)
except RunError as error:
    if not busy:
        st.info(page.literal(str(error)))
    values.write()
    st.stop()
measure = MEASURES[values["by"]]
scored = table[table["status"] != FAILED]
rows = measured(table, values["by"], values["least"], values["holds"], failed=False)
n_failed = len(table) - len(scored)
hours, beats = scored["duration_s"].sum() / 3600, int(scored["beats"].fillna(0).sum())
wrong = f" **{n_failed:,} failed**, listed below." if n_failed else ""
st.markdown(f"{len(scored):,} recordings, {hours:,.1f} h, {beats:,} beats; **{len(rows):,} listed**.{wrong}")
known = measure.of(scored).to_numpy(np.float64)
known = known[np.isfinite(known)]
if len(known):
    figure = distribution_figure(known, values["least"], theme.palette(), axis=f"{measure.title} ({measure.unit})"
                                 if measure.unit else measure.title, log=len(known) > 200)  # fmt: skip
    chart(figure, key="archive.distribution", alt=f"Recordings by {measure.title}")
listed = shown(rows, values["by"])
event = st.dataframe(
    listed, hide_index=True, on_select="rerun", selection_mode="single-row", column_config=columns(),
    height="content" if len(listed) < 8 else 320, alt=f"{len(listed)} recordings by {measure.title}",
    key=key_of_rows("archive.table", [values["archive"], *map(str, rows.index)]),
)  # fmt: skip
chosen = [row for row in event["selection"]["rows"] if row < len(rows)]
with st.container(border=bool(chosen)):
    if chosen:
        opened(rows.iloc[chosen[0]], source)
    else:
        st.caption("Tick a recording to open it. Click a column's head to sort by it.")
simulated = bool(scored["simulated"].fillna(False).any())
csv_button("Download CSV", rows.drop(columns="path"), f"archive_{folder.name}", simulated)
if n_failed:
    with st.expander(f"{n_failed:,} failed"):
        st.dataframe(failures(table[table["status"] == FAILED]), hide_index=True, column_config=columns(),
                     alt=f"{n_failed} recordings that failed")  # fmt: skip
fold = st.expander("Score more recordings", expanded=False, on_change="rerun", key="archive.more")
if fold.open and not busy:
    with fold:
        if begun := score_form(source, busy):
            values["archive"] = begun
            values.write()
            st.rerun()
values.write()
