"""Figures of class balance: counts in, figures whose titles state what the counts show out."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ecg_core.beats.classes import BY_CODE, CLASS_NAMES, CLASSES
from ecg_core.beats.splits import BY_RECORD
from ecg_core.beats.summary import ALL, SPLIT, Summary
from ecg_core.plots.theme import Palette, base_layout

BY_NAME = "record"
"""Sorting of the composition by record name; the other choices are the classes."""
RARE_PERCENT = 5.0
CONCENTRATED_PERCENT = 50.0
LOG_FLOOR = 0.7  # where a logarithmic axis starts, so that one beat is still a bar
ROOM = 1.5  # of the longest bar, for the text behind it on a linear axis
LOG_ROOM = 60.0
TITLE_CHARACTERS, TITLE_LINE_PX = 90, 20
MOST_RECORDS = 60  # bars of the composition; more could not be told apart
MOST_COUNTED = 12  # records with their count above; the others say it when pointed at, and in the table
SMALL_PX = 10
CLASS_PX, SYMBOL_PX, SPARE_PX = 54, 30, 112  # height of a row, and of title and axis
COMPOSITION_PX = 380
PLAN_PX = 46


def number(count: float) -> str:
    """A count with thousands separated: 45,866."""
    return f"{count:,.0f}"


def percent(value: float, digits: int = 2) -> str:
    """A percentage in `digits` significant digits: 2.8 %, 75 %, 0.016 %. Never rounded to none or all."""
    if value == 0:
        return "0 %"
    if 0 < value < 0.001:
        return "< 0.001 %"
    if 99.5 <= value < 100:
        return "> 99 %"
    text = f"{value:.{max(digits - 1 - _exponent(value), 0)}f}"
    return f"{text} %"


def scope_label(summary: Summary, scope: str) -> str:
    """What a scope is called in a sentence: `DS1 and DS2`, `DS1`, `training records` or `all 48 records`."""
    if scope == ALL:
        return f"all {len(summary.records)} records"
    names = list(summary.split.parts) if scope == SPLIT else [scope]
    if summary.split.name == BY_RECORD:
        return " and ".join({"train": "training"}.get(name, name) for name in names) + " records"
    return " and ".join(names)


def parts_shown(summary: Summary, scope: str) -> tuple[str, ...]:
    """The scopes drawn side by side for a scope: both parts of the split, or the scope alone."""
    return tuple(summary.split.parts) if scope == SPLIT else (scope,)


def finding(summary: Summary, scope: str) -> str:
    """One sentence: how rare the rare classes are, and whether one record holds most of the largest of them."""
    table = summary.by_class(scope)
    found = table[table["count"] > 0].sort_values("count", ascending=False)
    label = scope_label(summary, scope)
    if found.empty:
        return f"No annotated beat in {label}"
    rare = found[(found["percent"] < RARE_PERCENT) & (found["beat_class"] != "N")]
    if rare.empty:
        return f"{found['beat_class'].iloc[0]} beats are {percent(found['percent'].iloc[0])} of {label}"
    shares = [f"{c} {percent(p)}" for c, p in zip(rare["beat_class"][:2], rare["percent"][:2], strict=True)]
    shares[0] = shares[0].replace(" ", " beats are ", 1) + f" of {label}"
    largest = str(rare["beat_class"].iloc[0])
    tops = []
    for part in parts_shown(summary, scope):
        holders = summary.holders(largest, part)
        if len(holders):
            tops.append((float(holders["percent"].iloc[0]), part, str(holders["record"].iloc[0])))
    share, part, record = max(tops)
    if share < CONCENTRATED_PERCENT or len(summary.records_in(part)) < 2:
        return ", ".join(shares)
    where = scope_label(summary, part)
    return f"{', '.join(shares)}; {percent(share)} of the {largest} beats in {where} are in record {record}"


def classes_figure(summary: Summary, scope: str, log: bool, palette: Palette) -> go.Figure:
    """Beats per AAMI class as horizontal bars, the parts of the split side by side, counts and percentages at them.

    The colour is the class; the second part of a split is hatched as well as named.
    """
    parts = parts_shown(summary, scope)
    height = 0.84 / len(parts)
    bars = []
    longest = 1
    for k, part in enumerate(parts):
        table = summary.by_class(part)
        name = part if scope == SPLIT else scope_label(summary, scope)
        longest = max(longest, int(table["count"].max()))
        text = [
            (f"{name}  " if scope == SPLIT else "") + f"{number(n)} ({percent(p)})"
            for n, p in zip(table["count"], table["percent"], strict=True)
        ]
        hover = [
            f"{c} in {name}: {number(n)} of {number(table['count'].sum())} beats ({percent(p, 3)})<br>"
            f"{number(rate)} an hour, in {records} of {len(summary.records_in(part))} records"
            for c, n, p, rate, records in zip(
                *(table[column] for column in ("beat_class", "count", "percent", "beats_per_hour", "records")),
                strict=True,
            )
        ]
        pattern = {"shape": "/" if k else "", "fgcolor": palette.background, "fillmode": "overlay", "size": 7}
        bars.append(
            go.Bar(
                x=_lengths(table["count"], log),
                y=[row + (k - (len(parts) - 1) / 2) * height for row in range(len(CLASSES))],
                width=height * 0.92,
                orientation="h",
                marker={"color": [palette.classes[c] for c in table["beat_class"]], "pattern": pattern},
                text=text,
                textposition="outside",
                cliponaxis=False,
                hovertext=hover,
                hoverinfo="text",
                name=name,
            )
        )
    names = [f"<b>{c}</b>  " + "<br>".join(textwrap.wrap(CLASS_NAMES[c], 18)) for c in CLASSES]
    title = _marked(summary, finding(summary, scope))
    return go.Figure(bars, _rows_layout(title, names, CLASS_PX, longest, log, palette))


def symbols_figure(summary: Summary, scope: str, log: bool, palette: Palette) -> go.Figure:
    """Beats per annotation symbol as horizontal bars, grouped by class in table order, in the colour of the class."""
    table = summary.by_symbol(scope)
    table = table.assign(row=[CLASSES.index(c) for c in table["beat_class"]]).sort_values("row", kind="stable")
    n_records = len(summary.records_in(scope))
    bars = go.Bar(
        x=_lengths(table["count"], log),
        y=list(range(len(table))),
        orientation="h",
        marker={"color": [palette.classes[c] for c in table["beat_class"]]},
        text=[f"{number(n)} ({percent(p)})" for n, p in zip(table["count"], table["percent"], strict=True)],
        textposition="outside",
        cliponaxis=False,
        hovertext=[
            f"{name}, class {c}<br>{number(n)} beats, in {r} of {n_records} records"
            for name, c, n, r in zip(table["name"], table["beat_class"], table["count"], table["records"], strict=True)
        ],
        hoverinfo="text",
    )
    names = [
        f"{name.removesuffix(' beat')}  <b>{code}</b>  (class {c})"
        for name, code, c in zip(table["name"], table["symbol"], table["beat_class"], strict=True)
    ]
    longest = int(table["count"].max()) if len(table) else 1
    title = _marked(summary, _symbols_finding(table, scope_label(summary, scope)))
    return go.Figure(bars, _rows_layout(title, names, SYMBOL_PX, longest, log, palette))


def composition_figure(summary: Summary, scope: str, sort: str, palette: Palette) -> go.Figure:
    """Beats of each record, stacked by class: one stepped area a class, so that 60 records are five shapes.

    `sort` is `record` (by name) or a class: most of it first, lowest in the stack and counted above the first
    `MOST_COUNTED`. Raises ValueError for another `sort`.
    """
    if sort not in (BY_NAME, *CLASSES):
        raise ValueError(f"{sort=}, expected 'record' or one of {', '.join(CLASSES)}")
    table = summary.by_record(scope)
    if sort != BY_NAME:
        table = table.sort_values(sort, ascending=False, kind="stable")
    n_all = len(table)
    table = table[:MOST_RECORDS]
    records = [str(record) for record in table.index]
    totals = table.sum(axis=1)
    places = list(range(len(records)))  # an axis of names would take the record name 232 for a number
    stacked = sorted(CLASSES, key=lambda c: c != sort)
    areas = [
        go.Scatter(
            x=[-1, *places, len(places)],  # steps begin half way between two records, so one more on either side
            y=_widened(table[c].tolist()),
            name=f"{c}  {CLASS_NAMES[c]}",
            mode="lines",
            line={"shape": "hvh", "width": 0.5, "color": palette.background},
            fillcolor=palette.classes[c],
            stackgroup="beats",
            hoverinfo="skip",
        )
        for c in stacked
    ]
    areas[-1].update(hoverinfo="text", hovertext=_widened([_held(summary, record, table) for record in records]))
    layout = _layout(_marked(summary, _composition_finding(summary, scope, sort)), COMPOSITION_PX, palette)
    layout |= {"hovermode": "x", "showlegend": True}
    layout["legend"] = {"orientation": "h", "yanchor": "top", "y": -0.24, "x": 0, "traceorder": "normal"}
    layout["legend"] |= {"itemclick": False, "itemdoubleclick": False}
    title = "Record" if len(records) == n_all else f"Record (the first {len(records)} of {n_all} in this order)"
    layout["xaxis"] |= {"tickvals": places, "ticktext": records, "tickangle": -90, "tickfont": {"size": SMALL_PX}}
    layout["xaxis"] |= {"title": {"text": title, "standoff": 10}, "showgrid": False}
    layout["xaxis"]["range"] = [-0.5, max(len(places), 1) - 0.5]
    highest = float(totals.max()) if records else 1.0
    layout["yaxis"] |= {"title": {"text": "Beats in the record"}, "range": [0, highest * 1.15], "tickformat": ","}
    if sort != BY_NAME:
        mark = {"textangle": -90, "showarrow": False, "font": {"size": SMALL_PX}, "yanchor": "bottom", "yshift": 2}
        layout["annotations"] = [
            {"x": place, "y": top, "text": number(n), **mark}
            for place, n, top in zip(places[:MOST_COUNTED], table[sort], totals, strict=False)
            if n > 0
        ]
    return go.Figure(areas, layout)


def _widened(values: list[Any]) -> list[Any]:
    """The first and the last once more; nothing of nothing."""
    return [*values[:1], *values, *values[-1:]] if values else [0, 0]


def _held(summary: Summary, record: str, table: pd.DataFrame) -> str:
    """What a record holds, as hover text."""
    row = {c: float(table[c].to_dict()[record]) for c in CLASSES}
    held = "<br>".join(f"{c}: {number(n)}" for c, n in row.items())
    return f"Record {record} ({summary.split.part_of(record)}), {number(sum(row.values()))} beats<br>{held}"


def before_after_figure(before: Mapping[str, int], made: Mapping[str, int], palette: Palette, title: str) -> go.Figure:
    """Recorded beats (`before`) of each class as solid bars, the synthetic ones (`made`) hatched behind them."""
    shown = [name for name in CLASSES if before.get(name, 0) or made.get(name, 0)]
    real, added = ([int(counts.get(name, 0)) for name in shown] for counts in (before, made))
    colours = [palette.classes[name] for name in shown]
    text = [number(n) + (f" + {number(m)} synthetic" if m else "") for n, m in zip(real, added, strict=True)]
    common = {"type": "bar", "orientation": "h", "y": list(range(len(shown))), "hovertext": text, "hoverinfo": "text"}
    pattern = {"shape": "/", "fgcolor": colours, "bgcolor": palette.background, "fillmode": "replace", "size": 7}
    line = {"color": colours, "width": 1.2}
    bars = [
        common | {"name": "Recorded", "x": real, "marker": {"color": colours}},
        common | {"name": "Synthetic", "x": added, "marker": {"color": colours, "pattern": pattern, "line": line}},
    ]
    names = [f"<b>{name}</b>  " + "<br>".join(textwrap.wrap(CLASS_NAMES[name], 18)) for name in shown]
    totals = [n + m for n, m in zip(real, added, strict=True)]
    layout = _rows_layout(title, names, PLAN_PX, max(totals, default=1), False, palette)
    note = {"xanchor": "left", "xshift": 6, "showarrow": False}
    layout |= {"barmode": "stack", "bargap": 0.3}
    layout["annotations"] = [note | {"x": totals[k], "y": k, "text": text[k]} for k in range(len(shown))]
    layout["xaxis"]["title"]["text"] = "Beats: solid recorded, hatched synthetic"
    return go.Figure({"data": bars, "layout": layout})


def _composition_finding(summary: Summary, scope: str, sort: str) -> str:
    n_records = len(summary.records_in(scope))
    if sort == BY_NAME:
        held = [f"{c} in {len(summary.holders(c, scope))}" for c in CLASSES[1:]]
        return f"Of {n_records} records, " + ", ".join(held) + " hold any"
    holders = summary.holders(sort, scope)
    if holders.empty:
        return f"No record of {scope_label(summary, scope)} holds {sort} beats"
    first, *rest = [
        f"{percent(share)} {{}}in record {record}"
        for record, share in zip(holders["record"][:2], holders["percent"][:2], strict=True)
    ]
    places = [first.format(f"of the {number(holders['count'].sum())} {sort} beats are ")]
    places += [place.format("") for place in rest]
    return f"{', '.join(places)}; {len(holders)} of {n_records} records hold any"


def _symbols_finding(table: pd.DataFrame, label: str) -> str:
    normal = table[table["beat_class"] == "N"]
    total = normal["count"].sum()
    others = normal[normal["symbol"] != "N"]
    if others.empty or total == 0:
        return f"{len(table)} symbols in {label}" + (": every beat of class N is a normal beat" if total else "")
    most = [
        f"{percent(100 * n / total)} {BY_CODE[code].name.removesuffix(' beat').lower()}"
        for code, n in zip(others["symbol"][:2], others["count"][:2], strict=True)
    ]
    share = percent(100 * others["count"].sum() / total)
    return f"{share} of class N in {label} are not normal beats: {', '.join(most)}"


def _rows_layout(
    title: str, rows: Sequence[str], row_px: int, longest: int, log: bool, palette: Palette
) -> dict[str, Any]:
    """Layout of a chart of horizontal bars with one named row each, the first on top."""
    layout = _layout(title, SPARE_PX + row_px * max(len(rows), 1), palette)
    layout["yaxis"] |= {"tickvals": list(range(len(rows))), "ticktext": list(rows), "ticklabelstandoff": 6}
    layout["yaxis"] |= {"range": [len(rows) - 0.5, -0.5], "showgrid": False}
    what = "Beats (log scale: equal steps are powers of ten)" if log else "Beats"
    layout["xaxis"] |= {"title": {"text": what, "standoff": 10}, "tickformat": ","}
    if log:
        span = [math.log10(LOG_FLOOR), math.log10(longest * LOG_ROOM)]
        layout["xaxis"] |= {"type": "log", "range": span, "tickvals": [10**k for k in range(len(str(longest)))]}
    else:
        layout["xaxis"]["range"] = [0, longest * ROOM]
    return layout


def _layout(title: str, height: int, palette: Palette) -> dict[str, Any]:
    """The shared layout; a title may take two lines, and has their room even if it takes one."""
    lines = textwrap.wrap(title, TITLE_CHARACTERS)
    layout = base_layout(palette, "<br>".join(lines), height)
    layout["title"] |= {"xref": "container", "pad": {"t": 8 + TITLE_LINE_PX * (len(lines) - 1)}}
    layout["margin"] |= {"l": 10, "t": 62, "b": 56}
    layout["yaxis"]["automargin"] = "left"
    return layout


def _marked(summary: Summary, title: str) -> str:
    return f"SIMULATED. {title}" if summary.simulated else title


def _lengths(count: pd.Series, log: bool) -> list[float]:
    return [max(float(n), LOG_FLOOR) if log else float(n) for n in count]


def _exponent(value: float) -> int:
    return int(f"{value:e}".split("e")[1])
