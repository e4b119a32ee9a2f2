"""Class balance: how rare each class of beats is, who holds it, and what it would take to balance the classes."""

import streamlit as st

from ecg_core.beats.balance import USUAL_RATIO
from ecg_core.beats.classes import CLASSES
from ecg_core.plots import balance
from ecg_core.ui import load, page
from ecg_core.ui.balance.parts import (
    RATIOS,
    classes_part,
    fold,
    groups_part,
    made_part,
    plan_part,
    records_part,
    sentence_case,
    symbols_part,
)
from ecg_core.ui.query import Param, Query, number, one_of
from ecg_core.ui.synthesis.plan import set_made
from ecg_core.ui.terms import meaning, meanings

source = page.begin("Class balance", "How rare each class of beats is, and which records have them.")
summary = load.summary(source)
scopes = summary.scopes()
view = Query(
    "balance",
    Param("scope", scopes[0], one_of(scopes)),
    Param("log", False, lambda text: one_of(("0", "1"))(text) == "1", lambda on: str(int(on))),
    Param("ratio", USUAL_RATIO, number(*RATIOS), "{:g}".format),
    Param("sort", "S", one_of((*CLASSES, balance.BY_NAME))),
)
notes = [*view.read(), *view.unknown()]
if notes:
    view.hold(notes)
    st.warning(page.literal("  \n".join(notes)))
if view["scope"] not in scopes:  # other data than at the last visit
    view["scope"] = scopes[0]
view.write()

for name, problem in summary.problems.items():
    st.error(page.literal(f"Record {name} is not counted. {problem}"), icon=":material/error:")
if not summary.n_beats:
    st.info("Nobody has annotated the beats of these recordings, so there are no classes to count.")
    st.page_link("pages/4_Classifier.py", label="See what the classifier calls their beats", icon=":material/category:")
    st.stop()
if summary.without_beats:
    st.info(page.literal(f"Without an annotated beat: {', '.join(summary.without_beats)}."), icon=":material/info:")

# The classes, and the scope of everything but the plan.
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.segmented_control(
        "Beats of",
        scopes,
        required=True,
        format_func=lambda scope: sentence_case(balance.scope_label(summary, scope)),
        help=meaning("DS1 and DS2"),
        **view.widget("scope"),
    )
    st.toggle("Logarithmic", help="Equal steps are powers of ten, so that rare classes show.", **view.widget("log"))
scope, log = view["scope"], view["log"]
classes_part(source, scope, log)
st.caption(
    f"In all: {balance.number(summary.n_beats)} beats in {len(summary.records)} records. {summary.split.note} "
    "Escape beats (e, j) count as N.",
    help=meanings(*CLASSES),
)
if made := set_made(source):
    made_part(summary, made)
with fold("Balance plan: what it would take to make rare classes less rare", "plan") as plan_fold:
    if plan_fold.open:
        plan_part(summary, view)
st.subheader("By record", anchor=False)
records_part(source, summary, view, scope)
with fold("Tables, and the symbols behind the classes", "symbols") as symbols_fold:
    if symbols_fold.open:
        symbols_part(summary, scope, log)
with fold("Normal, abnormal, not a beat", "groups") as groups_fold:
    if groups_fold.open:
        groups_part(summary, scope)
