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
from ecg_core.ui.archive.head import head
from ecg_core.ui.archive.opened import opened
from ecg_core.ui.archive.places import archive_of, archives, recordings_of
from ecg_core.ui.archive.score import score_form
from ecg_core.ui.archive.table import FIRST, MEASURES, columns, failures, measured, shown
from ecg_core.ui.archive.watch import rerun_for
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
if running is not None and archive_of(running).name:
    every.setdefault(archive_of(running).name, archive_of(running))  # the first recording is not there yet
if running is not None:
    jobs.live_bar(running) if busy else jobs.ended_panel(running)
anywhere = not served_to_others()  # whoever sits at this machine may name any folder of it
if values["archive"] not in every and not (anywhere and values["archive"] and Path(values["archive"]).is_absolute()):
    if values["archive"] is not None:
        st.warning(f"There is no archive called {page.literal(values['archive'][:60])} here.")
    values["archive"] = archive_of(running).name if running else next(iter(every), None)


def score_more(name: str | None) -> None:
    """The form; what it has begun is watched from now on."""
    if begun := score_form(source, name, busy):
        values["archive"], values["run"] = begun
        values.write()
        st.rerun()


if values["archive"] is None:
    st.markdown("Choose a folder of recordings. Each gets R peaks where it has none, classes, scores, burdens and "
                "quality; the table of all of them appears here.")  # fmt: skip
    score_more(None)
    values.write()
    st.stop()
folder = every.get(values["archive"]) or Path(values["archive"])
try:
    table, left = recordings_of(folder)
except RunError as error:
    if len(every) > 1:
        st.selectbox("Archive", list(every), width=260, **values.widget("archive"))
    if busy:
        st.caption("The table appears here with the first recordings.")
        rerun_for(folder)
    else:
        st.info(page.literal(str(error)))
        score_more(folder.name)
    values.write()
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.selectbox("Archive", list(dict.fromkeys([*every, values["archive"]])), width=200, **values.widget("archive"))
    st.selectbox("Sort and filter by", list(MEASURES), format_func=lambda name: MEASURES[name].title, width=170,
                 **values.widget("by"))  # fmt: skip
    measure = MEASURES[values["by"]]
    st.number_input(f"At least ({measure.unit})" if measure.unit else "At least", 0.0, width=170, format="%g",
                    **values.widget("least"))  # fmt: skip
    st.text_input("Name holds", width=120, **values.widget("holds"))
scored, failed = table[table["status"] != FAILED], table[table["status"] == FAILED]
rows = measured(table, values["by"], values["least"], values["holds"], failed=False)
st.markdown(head(table, len(rows), 0 if busy else left))
known = measure.of(scored).to_numpy(np.float64)
known = known[np.isfinite(known)]
if len(known):
    figure = distribution_figure(known, values["least"], theme.palette(), axis=f"{measure.title} ({measure.unit})"
                                 if measure.unit else measure.title, log=len(known) > 200)  # fmt: skip
    chart(figure, key="archive.distribution", alt=f"Recordings by {measure.title}")
chosen: list[int] = []
if len(rows):
    listed = shown(rows, values["by"])
    event = st.dataframe(
        listed, hide_index=True, placeholder="–", on_select="rerun", selection_mode="single-row",
        column_config=columns(), height="content" if len(listed) < 8 else 320,
        alt=f"{len(listed)} recordings by {measure.title}",
        key=key_of_rows("archive.table", [values["archive"], *map(str, rows.index)]),
    )  # fmt: skip
    chosen = [row for row in event["selection"]["rows"] if row < len(rows)]
elif len(scored):
    st.info("No recording has that much of it, with such a name.")
if busy and not chosen:
    rerun_for(folder)  # a table that somebody has ticked stands still
with st.container(border=bool(chosen)):
    if chosen:
        opened(rows.iloc[chosen[0]], source, folder)
    elif len(rows):
        st.caption("Tick a recording to see what was found and to open it. Click a column's head to sort by it.")
simulated = bool(scored["simulated"].fillna(False).any())
csv_button("Download CSV", rows if anywhere else rows.drop(columns="path"), f"archive_{folder.name}", simulated)
if len(failed):
    with st.expander(f"{len(failed):,} failed"):
        st.dataframe(failures(failed), hide_index=True, column_config=columns(),
                     alt=f"{len(failed)} recordings that failed")  # fmt: skip
        if failed["reason"].str.contains("state the rate|state V").any():
            st.caption("Say rate and unit below, under *Score more recordings*, and score again: the others are "
                       "passed over.")  # fmt: skip
fold = st.expander("Score more recordings", expanded=False, on_change="rerun", key="archive.more")
if fold.open:
    with fold:
        score_more(folder.name if folder.name in every else None)
values.write()
