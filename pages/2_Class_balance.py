"""Class balance: how rare each class of beats is, who holds it, and what it would take to balance the classes."""

import math
from pathlib import Path
from typing import Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ecg_core.beats.balance import FEWEST_REAL, plan_to_ratio
from ecg_core.beats.classes import CLASSES
from ecg_core.beats.summary import balance_plan
from ecg_core.plots import balance
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.ui import load, page, theme
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.query import Param, Query, number, one_of
from ecg_core.ui.synthesis.plan import set_made

RATIOS = (0.05, 1.0)
SYNTHESIS = Path(__file__).with_name("3_Synthesis.py")
COLUMNS = {
    "record": "Record", "part": "Part", "symbol": "Symbol", "name": "Name", "beat_class": "Class", "group": "Group",
    "count": "Beats", "percent": "Percent", "beats_per_hour": "Beats an hour", "records": "Records", "total": "All",
    "hours": "Hours",
}  # fmt: skip


def sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def chart(figure: go.Figure, key: str) -> None:
    title = figure.layout.title.text.replace("<br>", " ")
    st.plotly_chart(figure, theme=None, config=PLOTLY_CONFIG, key=f"balance.{key}", alt=title)


def table(data: pd.DataFrame, file: str) -> None:
    """A table and its download."""
    shown = data.rename(columns=COLUMNS)
    kinds = {"i": "localized", "f": "%.3g"}
    formats = {
        str(c): st.column_config.NumberColumn(format=kinds[kind.kind])
        for c, kind in shown.dtypes.items()
        if kind.kind in kinds
    }
    height: Literal["content"] | int = "content" if len(shown) < 20 else 480
    alt = f"Table of {len(shown)} rows: {', '.join(shown.columns)}"
    st.dataframe(shown, hide_index=True, height=height, column_config=formats, alt=alt)
    csv_button("Download CSV", data, file, summary.simulated)


source = page.begin("Class balance", "How rare each class of beats is, and which records have them.")
summary = load.summary(source)
train = summary.split.train_name
train_label = balance.scope_label(summary, train)
scopes = summary.scopes()
view = Query(
    "balance",
    Param("scope", scopes[0], one_of(scopes)),
    Param("log", False, lambda text: one_of(("0", "1"))(text) == "1", lambda on: str(int(on))),
    Param("ratio", RATIOS[1], number(*RATIOS), "{:g}".format),
    Param("sort", "S", one_of((*CLASSES, balance.BY_NAME))),
)
for note in view.read():
    st.warning(note)
if view["scope"] not in scopes:  # other data than at the last visit
    view["scope"] = scopes[0]
view.write()

for name, problem in summary.problems.items():
    st.error(f"Record {name} is not counted. {problem}", icon=":material/error:")
if not summary.n_beats:
    st.info("Nobody has annotated the beats of these recordings, so there are no classes to count.")
    st.page_link("pages/4_Classifier.py", label="See what the classifier calls their beats", icon=":material/category:")
    st.stop()
st.caption(
    f"{balance.number(summary.n_beats)} beats in {len(summary.records)} records. {summary.split.note} "
    "Escape beats (e, j) count as N."
)
if summary.without_beats:
    st.info(f"Without an annotated beat: {', '.join(summary.without_beats)}.", icon=":material/info:")

# The classes, and the scope of everything but the plan.
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.segmented_control(
        "Beats of",
        scopes,
        required=True,
        format_func=lambda scope: sentence_case(balance.scope_label(summary, scope)),
        **view.widget("scope"),
    )
    st.toggle("Log scale", **view.widget("log"))
scope, log, colours = view["scope"], view["log"], theme.palette()
label = balance.scope_label(summary, scope)
chart(balance.classes_figure(summary, scope, log, colours), "classes")
with st.expander("Table of classes"):
    parts = [summary.by_class(part).assign(part=part) for part in balance.parts_shown(summary, scope)]
    table(pd.concat(parts)[["part", *parts[0].columns.drop("part")]], f"classes_{scope}")

st.subheader("Balance plan", anchor=False)
st.slider("Beats of each class for one beat of class N", *RATIOS, step=0.05, **view.widget("ratio"))
plan = balance_plan(summary, view["ratio"])
n_train = summary.class_counts(train)["N"]
if not n_train:
    st.info(f"No N beat in {train_label}, so there is nothing to balance there.", icon=":material/info:")
st.markdown(
    f"**{balance.number(plan['train_lacks'].sum())} synthetic beats** would raise each class of {train_label} that has "
    f"fewer to {balance.number(math.ceil(round(view['ratio'] * n_train, 6)))} beats, {view['ratio']:g} for each of its "
    f"{balance.number(n_train)} N beats. Only {train_label} can be filled up, never records that test."
)
sources = [
    f"{record}, {balance.percent(share)}" if record else "none"
    for record, share in zip(plan["source"], plan["source_percent"], strict=True)
]
columns = {
    "Class": plan["beat_class"],
    f"Real in {train}": plan["train"],
    f"Make for {train}": plan["train_lacks"],
    "Synthetic": [balance.percent(share) for share in plan["synthetic_percent"]],
    "Main record": sources,
    f"Real in all {len(summary.records)}": plan["all"],
    f"Lacks in all {len(summary.records)}": plan["all_lacks"],
}
table(pd.DataFrame(columns), f"balance_plan_{view['ratio']:g}")
possible = plan_to_ratio(summary.class_counts(train), view["ratio"], CLASSES[1:])
caps = [planned.capped for planned in possible.classes if planned.capped]
if caps and n_train:
    st.markdown(
        f"**{balance.number(possible.n_synthetic)} of them can be made.** More would only repeat what a few patients "
        f"showed. {'; '.join(caps)}."
    )
few = [f"{c} ({n})" for c, n in zip(plan["beat_class"], plan["train"], strict=True) if n < FEWEST_REAL]
if few:
    st.caption(f"Fewer than {FEWEST_REAL} real beats in {train}, too few to learn a class from: {', '.join(few)}.")
if made := set_made(source):
    added = sum(made["made"].values())
    title = f"The set made in Synthesis: {balance.number(added)} synthetic beats added to {train_label}"
    title = f"SIMULATED. {title}" if summary.simulated else title
    chart(balance.before_after_figure(made["plan"]["before"], made["made"], colours, title), "made")
if SYNTHESIS.is_file() and st.button("Make these beats in Synthesis", icon=":material/arrow_forward:"):
    st.switch_page(SYNTHESIS, query_params={"ratio": f"{view['ratio']:g}"})

st.subheader("By record", anchor=False)
st.segmented_control(
    "Sort by",
    (*CLASSES, balance.BY_NAME),
    required=True,
    format_func=lambda sort: "Record name" if sort == balance.BY_NAME else sort,
    **view.widget("sort"),
)
sort = view["sort"]
chart(balance.composition_figure(summary, scope, sort, colours), "composition")
with st.expander("Table of records"):
    records = summary.by_record(scope)
    records.insert(0, "part", [summary.split.part_of(str(record)) for record in records.index])
    records["total"] = records[list(CLASSES)].sum(axis=1)
    table(records.reset_index(), f"records_{scope}")
if sort != balance.BY_NAME:
    holders = summary.holders(sort, scope)
    with st.expander(f"Records that hold {sort}: {len(holders)} of {len(summary.records_in(scope))}"):
        table(holders, f"records_with_{sort}_{scope}")

st.subheader("Symbols behind the classes", anchor=False)
chart(balance.symbols_figure(summary, scope, log, colours), "symbols")
with st.expander("Table of symbols"):
    table(summary.by_symbol(scope), f"symbols_{scope}")

st.subheader("Normal, abnormal, not a beat", anchor=False)
groups = summary.by_group(scope)
for column, group, count, share in zip(st.columns(3), groups["group"], groups["count"], groups["percent"], strict=True):
    column.metric(f"{sentence_case(group)}, {balance.percent(share)}", balance.number(count))
st.caption("Here only symbol N is normal. Every other beat is abnormal, except Q (unclassifiable), which is set aside.")
with st.expander("Table of annotations that mark no beat"):
    table(summary.not_beats(scope).drop(columns=["beat_class", "group"]), f"not_beats_{scope}")
