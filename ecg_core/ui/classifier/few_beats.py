"""The Classifier page's study of few beats: curves over the number of recorded beats, and the form that starts one."""

from dataclasses import asdict

import pandas as pd
import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.evaluation.bootstrap import Change
from ecg_core.plots.few_beats import Curve, Point, few_beats_figure
from ecg_core.tasks.study.few_options import FewBeatsOptions
from ecg_core.tasks.study.few_result import FewBeatsReport, FewBeatsStep
from ecg_core.tasks.study.task import FEW_BEATS
from ecg_core.text import number
from ecg_core.ui import page, theme
from ecg_core.ui.chart import chart
from ecg_core.ui.classifier.names import adds_synthetic, way_name
from ecg_core.ui.classifier.studies import start_button
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.forms import ask, ask_all

TRAINING_MINUTES, GAN_MINUTES = 0.15, 0.17
"""Of one classifier, and of one GAN, with the options as they are, two at a time on two cores."""
BY_CHANCE = 0.05


def few_beats_verdict(report: FewBeatsReport) -> str:
    """What it comes to in a sentence."""
    clear = list(_clear(report))
    helped = any(
        row.change["f1"].verdict == "better"
        for steps in report.few.values()
        for step in steps
        for way, row in step.ways.items()
        if adds_synthetic(way) and "f1" in row.change
    )
    return (
        f"{'Yes. ' if helped else ''}Clear effect on F1: {'; '.join(clear)}. All others: no clear effect."
        if clear
        else "**No clear effect** on F1, of any way and at any number: every interval holds zero."
    )


def few_beats_result(report: FewBeatsReport, where: str) -> None:
    """The chart, and the table, folded."""
    panels = {
        f"{name}: {steps[0].of:,} recorded": {way_name(way): _curve(steps, way) for way in report.ways}
        for name, steps in report.few.items()
    }
    chart(
        few_beats_figure(panels, theme.palette()), key="few.figure",
        alt=few_beats_verdict(report),
    )  # fmt: skip
    st.caption(
        "Above: mean F1 over seeds; the band reaches from the lowest to the highest seed. Below: the change against no "
        "balancing; the band is its 95 % interval by paired bootstrap over records and seeds."
    )
    _table(report, where)


@st.fragment
def _table(report: FewBeatsReport, where: str) -> None:
    fold = st.expander("All figures, and how they were made", key="few.details", on_change="rerun")
    if not fold.open:
        return
    with fold:
        _details(report, where)


def _details(report: FewBeatsReport, where: str) -> None:
    st.dataframe(few_beats_frame(report), hide_index=True, height="content", alt="Every number of beats and way")
    support = ", ".join(
        f"{name} {report.support[name].beats:,} beats in {report.support[name].records} records" for name in report.few
    )
    chance = max(1, round(BY_CHANCE * report.intervals))
    gans = f", each GAN {report.gan_steps:,} on the recorded beats kept" if report.gan_steps else ""
    st.caption(
        page.literal(
            f"{where}; {report.data}; {report.seeds} seeds, {report.steps:,} steps each{gans}. Ways that add beats "
            f"bring the class to {report.filled:,}. Of the {report.intervals} intervals about {chance} would leave out "
            f"zero by chance alone. Judged on {support}. {report.note}"
        )
    )
    csv_button("Download the study (CSV)", few_beats_long_frame(report), "few-beats-study", False)


def few_beats_frame(report: FewBeatsReport) -> pd.DataFrame:
    """One row a class and number: F1 of every way, and its change."""
    rows = []
    for name, steps in report.few.items():
        for step in steps:
            line: dict[str, object] = {"Class": name, "Beats": step.beats, "From records": _span(step.records)}
            for way, row in step.ways.items():
                line[f"F1, {way_name(way)}"] = number(row.figures.f1.mean)
                if change := row.change.get("f1"):
                    line[f"Change, {way_name(way)}"] = _change(change)
            rows.append(line)
    return pd.DataFrame(rows)


def few_beats_long_frame(report: FewBeatsReport) -> pd.DataFrame:
    """One row a class, number, way and figure."""
    rows = []
    for name, steps in report.few.items():
        for step in steps:
            for way, row in step.ways.items():
                for key, spread in (
                    ("f1", row.figures.f1), ("sensitivity", row.figures.sensitivity), ("ppv", row.figures.ppv)
                ):  # fmt: skip
                    line = {"class": name, "beats": step.beats, "way": way, "figure": key, **asdict(spread)}
                    change = row.change.get(key)
                    more = {"change": change.change, "change_low": change.low, "change_high": change.high,
                            "clear": change.clear} if change else {}  # fmt: skip
                    rows.append(line | more)
    return pd.DataFrame(rows)


def few_beats_form(source: DataSource, busy: bool) -> None:
    """What a study of few beats is asked for."""
    chosen = ask_all(FewBeatsOptions, ("classes", "numbers"), "few")
    left, middle, right = st.columns(3)
    with left:
        chosen["seeds"] = ask(FewBeatsOptions, "seeds", "few.seeds")
    with middle:
        chosen["epochs"] = ask(FewBeatsOptions, "epochs", "few.epochs")
    with right:
        chosen["filled"] = ask(FewBeatsOptions, "filled", "few.filled")
    usual = FewBeatsOptions()
    choices = len(chosen["classes"].split()) * len(chosen["numbers"].split()) * chosen["seeds"]
    minutes = choices * (len(usual.ways) * TRAINING_MINUTES * chosen["epochs"] / usual.epochs + GAN_MINUTES)
    st.caption(
        f"{choices} GANs and {choices * len(usual.ways)} classifiers, two at a time: about {max(1, round(minutes))} "
        "minutes on two cores. It judges on the test records."
    )
    start_button("Start the study", ":material/science:", busy, "few.start", source, FEW_BEATS, FewBeatsOptions, chosen)


def _curve(steps: tuple[FewBeatsStep, ...], way: str) -> Curve:
    own = [(step.beats, step.ways[way]) for step in steps if way in step.ways]
    f1 = [Point(n, row.figures.f1.mean, row.figures.f1.lowest, row.figures.f1.highest) for n, row in own]
    change = [(n, row.change["f1"]) for n, row in own if "f1" in row.change]
    return Curve(f1, [Point(n, one.change, one.low, one.high) for n, one in change])


def _clear(report: FewBeatsReport) -> list[str]:
    """A sentence part a class and way, such as `V from 10 and 30 beats with GAN (better)`."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, steps in report.few.items():
        for step in steps:
            for way, row in step.ways.items():
                if "f1" in row.change and row.change["f1"].clear:
                    key = name, way_name(way), row.change["f1"].verdict
                    found.setdefault(key, []).append(f"{step.beats:,}")
    return [
        f"{name} from {' and '.join(numbers)} beats with {way} ({verdict})"
        for (name, way, verdict), numbers in found.items()
    ]


def _change(change: Change) -> str:
    if change.change is None or change.low is None or change.high is None:
        return "–"
    return f"{change.change:+.3f} ({change.low:+.3f} to {change.high:+.3f})"


def _span(records: tuple[int, ...]) -> str:
    low, high = min(records), max(records)
    return str(low) if low == high else f"{low} to {high}"
