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


def alarms_control(values: Query, budgets: Sequence[AlarmBudget], here: float | None = None) -> AlarmBudget | None:
    """A choice of budgets that moves the threshold, and what each came to; the one in use, None where it is another.

    `here`: false alarms an hour at the threshold in use, where the records shown are not those of validation.
    """
    if not budgets:
        return None
    chosen, asked = values["threshold"], st.session_state.get(KEY)
    fitting = [one for one in budgets if chosen is not None and round(float(chosen), 2) == one.threshold]
    used = next((one for one in fitting if one.accepted == asked), fitting[0] if fitting else None)
    st.session_state[KEY] = used.accepted if used else None

    def choose() -> None:
        accepted = st.session_state[KEY]
        values["threshold"] = next((one.threshold for one in budgets if one.accepted == accepted), None)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "False alarms accepted", [one.accepted for one in budgets], index=None, format_func=_an_hour, key=KEY,
            help=HELP, placeholder="Not chosen by this", on_change=choose, width=220,
        )  # fmt: skip
        if used:
            st.caption(_came_to(used, here), width="stretch")
    return used


def _an_hour(accepted: float) -> str:
    return f"{accepted:g} an hour"


def _came_to(budget: AlarmBudget, here: float | None) -> str:
    other = f" The records shown here have {number(here, 1)} an hour: other patients, another rate."
    return (
        f"Threshold {budget.threshold:.2f}. In validation, on patients the network had not seen, it flagged "
        f"{percent(budget.found)} of abnormal beats; the middle half of the recordings had "
        f"{number(budget.half_from, 1)} to {number(budget.half_to, 1)} false alarms an hour, one had "
        f"{number(budget.most, 1)}. Expect at least such a spread." + ("" if here is None else other)
    )
