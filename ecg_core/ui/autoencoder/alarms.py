"""The threshold by how many false alarms an hour one accepts, as patients left out of training had them."""

from collections.abc import Sequence

import streamlit as st

from ecg_core.evaluation.alarm_budget import AlarmBudget
from ecg_core.text import number, percent
from ecg_core.ui.query import Query

KEY = "autoencoder.alarms"
HELP = (
    "The lowest threshold that gave no more false alarms an hour, on average over the recordings of validation, each "
    "scored by a network that has not seen its patient."
)


def alarms_control(values: Query, budgets: Sequence[AlarmBudget]) -> AlarmBudget | None:
    """A choice of budgets that moves the threshold, and what each came to; the one in use, None where it is another."""
    if not budgets:
        return None
    by_threshold = {round(one.threshold, 2): one for one in budgets}
    chosen = values["threshold"]
    used = None if chosen is None else by_threshold.get(round(float(chosen), 2))
    st.session_state[KEY] = used.accepted if used else None

    def choose() -> None:
        accepted = st.session_state[KEY]
        values["threshold"] = next((round(one.threshold, 2) for one in budgets if one.accepted == accepted), None)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "False alarms accepted", [one.accepted for one in budgets], index=None, format_func=_an_hour, key=KEY,
            help=HELP, placeholder="Not chosen by this", on_change=choose, width=220,
        )  # fmt: skip
        if used:
            st.caption(_came_to(used), width="stretch")
    return used


def _an_hour(accepted: float) -> str:
    return f"{accepted:g} an hour"


def _came_to(budget: AlarmBudget) -> str:
    return (
        f"Threshold {budget.threshold:.2f}. On patients left out it flagged {percent(budget.found)} of abnormal beats; "
        f"half of the recordings had {number(budget.half_from, 1)} to {number(budget.half_to, 1)} false alarms an "
        f"hour, one had {number(budget.most, 1)}. Expect such a spread between your patients."
    )
