"""The parts of Class balance below its main chart; what is folded is made only when somebody opens it."""

import math
from typing import Any, Literal

import pandas as pd
import streamlit as st

from ecg_core.beats.balance import FEWEST_REAL, plan_to_ratio
from ecg_core.beats.classes import CLASSES
from ecg_core.beats.summary import Summary, balance_plan
from ecg_core.data.sources import DataSource
from ecg_core.plots import balance
from ecg_core.plots.theme import PALETTES, Theme
from ecg_core.ui import load, theme
from ecg_core.ui.charts.component import chart, drawing
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.query import Query
from ecg_core.ui.terms import meanings

RATIOS = (0.05, 1.0)
SYNTHESIS = "pages/3_Synthesis.py"
HELP = {"Class": meanings(*CLASSES), "Symbol": "The code in the annotation file.", "Part": meanings("DS1 and DS2")}
COLUMNS = {
    "record": "Record", "part": "Part", "symbol": "Symbol", "name": "Name", "beat_class": "Class", "group": "Group",
    "count": "Beats", "percent": "Share (%)", "beats_per_hour": "Beats an hour", "records": "Records", "total": "All",
    "hours": "Hours",
}  # fmt: skip


def sentence_case(text: str) -> str:
    """`text` with its first letter large."""
    return text[:1].upper() + text[1:]


def _file(summary: Summary, *words: str) -> str:
    return "_".join(["balance", *words, *(["SIMULATED"] if summary.simulated else [])])


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=load.OF_SOURCE)
def _classes(source: DataSource, scope: str, log: bool, colours: Theme) -> bytes:
    summary = load.summary(source)
    return drawing(
        balance.classes_figure(summary, scope, log, PALETTES[colours]), file=_file(summary, "classes", scope)
    )


@st.cache_resource(max_entries=128, show_spinner=False, hash_funcs=load.OF_SOURCE)
def _composition(source: DataSource, scope: str, sort: str, colours: Theme) -> bytes:
    summary = load.summary(source)
    figure = balance.composition_figure(summary, scope, sort, PALETTES[colours])
    return drawing(figure, file=_file(summary, "records", scope, sort))


def classes_part(source: DataSource, scope: str, log: bool) -> None:
    """How many beats each class has."""
    chart(_classes(source, scope, log, theme.current()), "balance.classes")


def made_part(summary: Summary, made: dict[str, Any]) -> None:
    """What the set made in Synthesis adds."""
    added = sum(made["made"].values())
    to = balance.scope_label(summary, summary.split.train_name)
    title = f"The set made in Synthesis: {balance.number(added)} synthetic beats added to {to}"
    title = f"SIMULATED. {title}" if summary.simulated else title
    figure = balance.before_after_figure(made["plan"]["before"], made["made"], theme.palette(), title)
    chart(drawing(figure, file=_file(summary, "made")), "balance.made")


def table(data: pd.DataFrame, file: str, simulated: bool) -> None:
    """A table and its download."""
    shown = data.rename(columns=COLUMNS)
    kinds = {"i": "localized", "f": "%.3g"}
    formats: dict[str, Any] = {
        str(c): st.column_config.NumberColumn(format=kinds[kind.kind])
        for c, kind in shown.dtypes.items()
        if kind.kind in kinds
    }
    formats |= {name: st.column_config.TextColumn(help=text) for name, text in HELP.items() if name in shown}
    height: Literal["content"] | int = "content" if len(shown) < 20 else 480
    alt = f"Table of {len(shown)} rows: {', '.join(shown.columns)}"
    st.dataframe(shown, hide_index=True, height=height, column_config=formats, alt=alt)
    csv_button("Download CSV", data, file, simulated)


def fold(label: str, name: str) -> Any:
    """What is made only when somebody opens it."""
    return st.expander(label, key=f"balance.open.{name}", on_change="rerun")


@st.fragment
def plan_part(summary: Summary, view: Query) -> None:
    """What it would take to raise the rare classes."""
    train = summary.split.train_name
    train_label = balance.scope_label(summary, train)
    plan = balance_plan(summary, view["ratio"])
    n_train = summary.class_counts(train)["N"]
    st.slider("Beats of each class for one beat of class N", *RATIOS, step=0.05, **view.widget("ratio"))
    if not n_train:
        st.info(f"No N beat in {train_label}, so there is nothing to balance there.", icon=":material/info:")
    st.markdown(
        f"**{balance.number(plan['train_lacks'].sum())} synthetic beats** would raise each class of {train_label} that "
        f"has fewer to {balance.number(math.ceil(round(view['ratio'] * n_train, 6)))} beats, {view['ratio']:g} for "
        f"each of its {balance.number(n_train)} N beats. Only {train_label} can be filled up, never records that test."
    )
    possible = plan_to_ratio(summary.class_counts(train), view["ratio"], CLASSES[1:])
    caps = [planned.capped for planned in possible.classes if planned.capped]
    if caps and n_train:
        st.markdown(
            f"**{balance.number(possible.n_synthetic)} of them can be made.** More would only repeat what a few "
            f"patients showed. {'; '.join(caps)}."
        )
    sources = [
        f"{record}, {balance.percent(share)}" if record else "none"
        for record, share in zip(plan["source"], plan["source_percent"], strict=True)
    ]
    columns = {
        "Class": plan["beat_class"],
        f"Recorded in {train}": plan["train"],
        f"To make for {train}": plan["train_lacks"],
        "Synthetic then": [balance.percent(share) for share in plan["synthetic_percent"]],
        "Main record": sources,
        f"Recorded in all {len(summary.records)} records": plan["all"],
        f"Too few in all {len(summary.records)} records by": plan["all_lacks"],
    }
    table(pd.DataFrame(columns), f"balance_plan_{view['ratio']:g}", summary.simulated)
    few = [f"{c} ({n})" for c, n in zip(plan["beat_class"], plan["train"], strict=True) if n < FEWEST_REAL]
    if few:
        st.caption(
            f"Fewer than {FEWEST_REAL} recorded beats in {train}, too few to learn a class from: {', '.join(few)}."
        )
    if st.button("Make these beats in Synthesis", icon=":material/arrow_forward:"):
        st.switch_page(SYNTHESIS, query_params={"ratio": f"{view['ratio']:g}"})
    view.write()


@st.fragment
def records_part(source: DataSource, summary: Summary, view: Query, scope: str) -> None:
    """Who holds which classes."""
    st.segmented_control(
        "Most of this class first",
        (*CLASSES, balance.BY_NAME),
        required=True,
        format_func=lambda sort: "By record name" if sort == balance.BY_NAME else sort,
        help=meanings(*CLASSES),
        **view.widget("sort"),
    )
    sort = view["sort"]
    chart(_composition(source, scope, sort, theme.current()), "balance.composition")
    with fold(f"Table of records, and who holds {sort}" if sort in CLASSES else "Table of records", "records") as box:
        if box.open:
            records = summary.by_record(scope)
            records.insert(0, "part", [summary.split.part_of(str(record)) for record in records.index])
            records["total"] = records[list(CLASSES)].sum(axis=1)
            if sort in CLASSES:
                holders = summary.holders(sort, scope)
                st.markdown(f"**{len(holders)} of {len(summary.records_in(scope))} records hold {sort}**")
                table(holders, f"records_with_{sort}_{scope}", summary.simulated)
                st.markdown("**All records**")
            table(records.reset_index(), f"records_{scope}", summary.simulated)
    view.write()


def symbols_part(summary: Summary, scope: str, log: bool) -> None:
    """Tables of classes and symbols, and the symbols as a chart."""
    parts = [summary.by_class(part).assign(part=part) for part in balance.parts_shown(summary, scope)]
    table(pd.concat(parts)[["part", *parts[0].columns.drop("part")]], f"classes_{scope}", summary.simulated)
    chart(
        drawing(balance.symbols_figure(summary, scope, log, theme.palette()), file=_file(summary, "symbols", scope)),
        "balance.symbols",
    )
    table(summary.by_symbol(scope), f"symbols_{scope}", summary.simulated)


def groups_part(summary: Summary, scope: str) -> None:
    """Normal, abnormal, and what is no beat."""
    groups = summary.by_group(scope)
    rows = zip(st.columns(3), groups["group"], groups["count"], groups["percent"], strict=True)
    for column, group, count, share in rows:
        column.metric(f"{sentence_case(group)}, {balance.percent(share)}", balance.number(count))
    st.caption(
        "Here only symbol N is normal. Every other beat is abnormal, except Q (unclassifiable), which is set aside."
    )
    st.markdown("**Annotations that mark no beat**")
    table(summary.not_beats(scope).drop(columns=["beat_class", "group"]), f"not_beats_{scope}", summary.simulated)
