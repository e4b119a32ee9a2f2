"""Deleting a run: asked once more, with what goes, and Cancel where the keyboard is."""

from functools import cache
from typing import Any

import streamlit as st

from ecg_core import logs
from ecg_core.errors import WorkbenchError
from ecg_core.runs.folder import Run, RunSummary, delete_run
from ecg_core.ui import jobs
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button
from ecg_core.ui.query import Query

DELETED = "runs.deleted"
_FOCUS = """
export default function({ data }) {
  let tries = 0;
  const focus = () => {
    const button = document.querySelector(`.st-key-${data.key} button`);
    if (button) button.focus({ focusVisible: true });
    if (document.activeElement !== button && ++tries < 40) setTimeout(focus, 25);
  };
  const timer = setTimeout(focus, 0);
  return () => clearTimeout(timer);
}
"""


@st.dialog("Delete this run?")
def ask_to_delete(summary: RunSummary, values: Query) -> None:
    """What goes and what stays; then Cancel, or delete for good."""
    run = summary.run
    files = run.files()
    size = sum(size for _, size in files) / 1e6
    started = f", started {summary.config.created[:16].replace('T', ' ')} (UTC)" if summary.config else ""
    st.markdown(literal(f"**{summary.title}**{started}  \nRun {run.id}"))
    parts = ["its options and curves"]
    parts += ["its result"] if summary.result else []
    parts += ["its model"] if run.has_model() else []
    names = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    st.markdown(
        f"{names[:1].upper()}{names[1:]} go for good: {len(files)} file{'' if len(files) == 1 else 's'}, {size:.1f} MB."
    )
    st.caption("A copy promoted to `models/` stays.")
    with st.container(horizontal=True):
        if st.button("Cancel", key="delete-no"):
            st.rerun()
        if change_button(
            "Delete for good", icon=":material/delete:", on_click=_delete, args=(run, values), key="delete.yes"
        ):
            st.rerun()
    _focus()(data={"key": "delete-no"}, key="delete.focus")


def _delete(run: Run, values: Query) -> None:
    try:
        delete_run(run)
        logs.event("run.deleted", run=run.id)
    except WorkbenchError as error:
        st.session_state[jobs.REFUSED] = str(error)
    else:
        values["run"] = None
        st.session_state[DELETED] = run.id


@cache
def _focus() -> Any:
    return st.components.v2.component("ecg_workbench_focus", js=_FOCUS)
