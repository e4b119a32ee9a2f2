"""The Classifier page's third tab: models side by side, and whether they differ."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import streamlit as st

from ecg_core.data.labels import CORRECTED
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.bootstrap import Change, paired_changes
from ecg_core.evaluation.class_report import USUAL, ClassReport, scored
from ecg_core.learning.unseen import VALIDATION, trained_here
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.text import number, percent
from ecg_core.ui import page, terms
from ecg_core.ui.classifier.data import UNSEEN, Predictions, can_judge, judge, kept_report, predictions, test_part
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import TEST, Model
from ecg_core.ui.query import Query

MOST = 8
PARTS = {VALIDATION: "Validation", TEST: "Test records"}
NOT_JUDGED = "not judged"
JUDGED_ON = "Judged on"


def chosen_models(text: str) -> list[str]:
    """Ids of the models an address names, joined by commas. Raises ValueError for too many."""
    ids = list(dict.fromkeys(part for part in text.split(",") if part))
    if len(ids) > MOST:
        raise ValueError(f"it names {len(ids)} models, at most {MOST} are compared.")
    return ids


@st.fragment
def compare_tab(models: list[Model], source: DataSource, values: Query) -> None:
    """One column a model; figures of the part chosen, then the options that differ; then differences, on request."""
    if len(models) < 2:
        st.info("One model is ready so far. Train another under **Train**, with other balancing say, and compare here.")
    by_id = {model.id: model for model in models}
    wanted = values["compare"] or list(by_id)[:4]
    if unknown := [key for key in wanted if key not in by_id]:
        st.warning(page.literal(f"No such model is ready: {', '.join(unknown)[:120]}."))
    values["compare"] = [key for key in wanted if key in by_id]
    chosen = st.multiselect("Models", list(by_id), format_func=lambda key: by_id[key].short_name,
                            max_selections=MOST, **values.widget("compare"))  # fmt: skip
    if values["part"] is None:
        values["part"] = VALIDATION
    part = str(st.segmented_control("Judged on", list(PARTS), format_func=PARTS.__getitem__, required=True,
                                    help=terms.meanings("Validation", "Test"), **values.widget("part")))  # fmt: skip
    values.write()
    if not chosen:
        st.info("Choose at least one model.")
        return
    some = [by_id[key] for key in chosen]
    others = [model for model in some if part == VALIDATION and not trained_here(model.card, source.records)]
    if others:
        whose = "All of them" if len(others) == len(some) else _names(others)
        from_other = f"{whose}: figures from {others[0].card.data.label}, not from the recordings in use."
        st.markdown(f"**{page.literal(from_other)}**")
    alike = comparable(some, source, part)
    if len(alike) > 1:
        st.warning(
            "These were not all judged on the same records and classes, so their figures cannot be held against each "
            "other: a table for those that can."
        )
    for k, together in enumerate(alike):
        _table(together, source, part, k)
    if part == TEST:
        _judge_rest([model for model in some if _report(model, source, part) is None], source)
    st.caption(
        "In brackets 95 % intervals by bootstrap over records. Overlapping intervals do not rule out a difference. "
        "Options that are the same in all of them are left out.",
        help=terms.meanings("Macro-F1", "F1", "S", "V", "F", "Se", "+P", "Interval"),
    )
    _differences(some, source, part)


def _judge_rest(models: Sequence[Model], source: DataSource) -> None:
    """Judge the models that nobody has judged on the test records yet, because somebody asks for it here."""
    able = [model for model in models if can_judge(model, source)]
    if not able:
        return
    asked = f"compare.asked.{','.join(model.id for model in able)}"
    if not st.session_state.get(asked):
        st.caption("Use the test records once, at the end, and choose by validation. A run notes when it was judged.")
        label = f"Judge {_names(able)} on the test records"
        if not st.button(label, type="primary", icon=":material/gavel:", key="compare.judge"):
            return
        st.session_state[asked] = True
    for model in able:
        try:
            if judge(model, source, test_part(model, source)) is None:
                return  # its bar is shown
        except WorkbenchError as error:
            st.warning(page.literal(f"{_heading(model)}: {error}"))
    st.rerun()


def comparable(models: Sequence[Model], source: DataSource, part: str) -> list[list[Model]]:
    """Models whose figures can be held against each other: judged on the same records of the same data, by the same
    classes. Those that nobody has judged have no figures, and stand with the first."""
    found: dict[tuple[object, ...], list[Model]] = {}
    for model in models:
        report = _report(model, source, part)
        if report is None:
            continue
        data = model.card.data.label if part == VALIDATION else source.label
        key = data, report.units, tuple(sorted(report.records)), tuple(report.classes)
        found.setdefault(key, []).append(model)
    groups = list(found.values()) or [[]]
    groups[0] += [model for model in models if _report(model, source, part) is None]
    return [sorted(group, key=models.index) for group in groups]


def _table(models: Sequence[Model], source: DataSource, part: str, k: int) -> None:
    table = side_by_side(models, source, part)
    st.table(table.rename_axis("Figure or option"), border="horizontal", alt=f"Figures of {len(models)} models")
    csv_button("Download the table (CSV)", table.reset_index(names="figure"),
               f"compared-classifiers{f'-{k + 1}' if k else ''}",
               any(_simulated(model, source, part) for model in models))  # fmt: skip


def side_by_side(models: Sequence[Model], source: DataSource, part: str) -> pd.DataFrame:
    """A row a figure, then a row an option in which they differ, in the words of the form; a column a model."""
    columns: dict[str, dict[str, str]] = {}
    shown: dict[str, None] = {JUDGED_ON: None}
    for model in models:
        figures = _figures(_report(model, source, part))
        shown |= dict.fromkeys(figures)
        columns[_heading(model)] = figures | option_words(model)
    table = pd.DataFrame(columns).fillna("–")
    table = table.loc[[*shown, *(name for name in table.index if name not in shown)]]
    differ = [name in shown or len(set(row)) > 1 for name, row in zip(table.index, table.to_numpy(), strict=True)]
    return table[differ]


def option_words(model: Model) -> dict[str, str]:
    """Options of a model as its form words them: label -> choice, Yes or No, number."""
    words = {}
    for one in model.task.options.declared():
        value = model.card.options.get(one.name)
        if value is None:
            continue
        if isinstance(value, bool):
            said = "Yes" if value else "No"
        elif one.choices:
            said = one.option.words.get(value, str(value))
        else:
            said = f"{value:g}" if isinstance(value, float) else str(value)
        words[one.label] = said or "–"
    return {"Labels": "with corrections" if model.card.layer == CORRECTED else "reference"} | words


def _report(model: Model, source: DataSource, part: str) -> ClassReport | None:
    return kept_report(model, VALIDATION if part == VALIDATION else test_part(model, source))


def _simulated(model: Model, source: DataSource, part: str) -> bool:
    report = _report(model, source, part)
    return report is not None and report.simulated


def _heading(model: Model) -> str:
    return model.short_name


def _names(models: Sequence[Model]) -> str:
    return ", ".join(_heading(model) for model in models)


def _figures(report: ClassReport | None) -> dict[str, str]:
    if report is None:
        return {JUDGED_ON: NOT_JUDGED}
    of_its_own = report.split not in (VALIDATION, TEST, UNSEEN)
    name = PARTS.get(report.split, PARTS[TEST]) + (f" ({report.split})" if of_its_own else "")
    shown = {JUDGED_ON: f"{name}, {len(report.records)} {report.units}"}
    for figure in report.figures():
        shown[figure.name] = figure.text + (f" ({figure.interval_text})" if figure.interval else "")
    for name, row in report.classes.items():
        if row.scored and name not in USUAL:
            shown[f"{name} Se / +P"] = f"{percent(row.sensitivity)} / {percent(row.ppv)}"
    return shown | {f"Macro-F1 without {key}": number(row.macro_f1) for key, row in report.without.items()}


def _differences(models: Sequence[Model], source: DataSource, part: str) -> None:
    """Paired differences of beat classifiers that were judged on the same records, on request."""
    able = [model for model in models if model.kind == CLASSIFIER.kind and _report(model, source, part) is not None
            and (part != VALIDATION or trained_here(model.card, source.records))]  # fmt: skip
    if len(able) < 2:
        if len(models) > 1:
            st.caption(
                "Differences with intervals need two beat classifiers judged on the same records in use: what they say "
                "of each beat is kept, of an image classifier only counts."
            )
        return
    with_people = any(model.card.layer == CORRECTED for model in able)
    if not st.toggle("Differences with intervals", value=with_people, key="compare.differences",
                     help="Pairs of beat classifiers on the same records: a resample draws the same records for both. "
                     "Classifies beats where nobody has yet."):  # fmt: skip
        return
    made: list[tuple[Model, Predictions]] = []
    for model in able:
        try:
            found = predictions(model, source, VALIDATION if part == VALIDATION else test_part(model, source))
        except WorkbenchError as error:
            st.warning(page.literal(f"{_heading(model)}: {error}"))
            continue
        if found is None:
            return
        made.append((model, found))
    rows = [row for first, second in combinations(made, 2) if (row := _pair(*first, *second))]
    if not rows:
        st.caption("No two of them tell the same classes apart on the same records.")
        return
    table = pd.DataFrame(rows)
    clear = [row for row in rows if "clear" in row["Macro-F1"] and "no clear" not in row["Macro-F1"]]
    st.markdown(
        "**On macro-F1: no clear difference.**" if not clear else "**On macro-F1: a clear difference** of "
        + "; ".join(page.literal(f"{row['From']} to {row['To']}, {row['Macro-F1']}") for row in clear) + "."
    )  # fmt: skip
    st.table(table, hide_index=True, border="horizontal", alt="Differences between pairs of models")
    st.caption("By paired bootstrap over records: 95 % intervals. Clear: the interval leaves zero out.")
    csv_button("Download the differences (CSV)", table, "differences", any(two.beats.simulated for _, two in made))


def _pair(first: Model, before: Predictions, second: Model, after: Predictions) -> dict[str, str] | None:
    one, two = before.result, after.result
    same = one.classes == two.classes and one.records == two.records
    if not same:
        return None
    changes = paired_changes(one.counts[np.newaxis], two.counts[np.newaxis], one.classes, scored(one.classes))
    figures = {"Macro-F1": changes["all"]["macro_f1"]}
    figures |= {f"{name} F1": row["f1"] for name, row in changes.items() if name != "all" and name not in USUAL}
    return {"From": _heading(first), "To": _heading(second)} | {name: said(one) for name, one in figures.items()}


def said(change: Change) -> str:
    """Such as `+0.012 (-0.010 to +0.031), no clear effect`."""
    if change.change is None or change.low is None or change.high is None:
        return "–"
    clear = f"clear, {change.verdict}" if change.clear else "no clear difference"
    return f"{change.change:+.3f} ({change.low:+.3f} to {change.high:+.3f}), {clear}"
