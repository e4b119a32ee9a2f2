"""The Classifier page's third tab: models side by side."""

import pandas as pd
import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.evaluation.class_report import USUAL, ClassReport
from ecg_core.learning.unseen import VALIDATION
from ecg_core.text import number, percent
from ecg_core.ui.classifier.data import kept_report, test_part
from ecg_core.ui.models import TEST, Model

MOST = 8
PARTS = {TEST: "Test: patients they have never seen", VALIDATION: "Validation: training patients, left out in turn"}
FIRST_PX = 210


def compare_tab(models: list[Model], source: DataSource, part_shown: str) -> None:
    """One column a model; figures of the part chosen, then the options that differ."""
    if len(models) < 2:
        st.info("One model is ready so far. Train another under **Train**, with other balancing say, and compare here.")
    by_id = {model.id: model for model in models}
    chosen = st.multiselect("Models", list(by_id), list(by_id)[:4], format_func=lambda key: by_id[key].label,
                            max_selections=MOST, key="classifier.compared")  # fmt: skip
    part = st.radio("Judged on", list(PARTS), list(PARTS).index(part_shown), horizontal=True,
                    key="classifier.compare.part", format_func=PARTS.__getitem__)  # fmt: skip
    if not chosen:
        st.info("Choose at least one model.")
        return
    columns: dict[str, dict[str, str]] = {}
    shown: dict[str, None] = {}
    for key in chosen:
        model = by_id[key]
        report = kept_report(model, VALIDATION if part == VALIDATION else test_part(model, source))
        figures, options = _figures(report), {name: str(value) for name, value in model.card.options.items()}
        shown |= dict.fromkeys(figures)
        columns[_heading(model)] = figures | options
    table = pd.DataFrame(columns).fillna("–")
    differ = [name in shown or len(set(row)) > 1 for name, row in zip(table.index, table.to_numpy(), strict=True)]
    st.dataframe(table[differ], height="content", alt=f"Figures of {len(chosen)} models",
                 column_config={"_index": st.column_config.Column(width=FIRST_PX)})  # fmt: skip
    st.caption(
        "In brackets 95 % intervals by bootstrap over records. Two that overlap may still differ: the paired test "
        "is under Study. Options that are the same in all of them are left out."
    )
    if any(column["Judged on"] == "not judged" for column in columns.values()):
        st.caption("Not judged on these records yet: open the model under Result.")


def _heading(model: Model) -> str:
    return model.id if model.shipped else f"{model.name} ({model.id[-4:]})"


def _figures(report: ClassReport | None) -> dict[str, str]:
    if report is None:
        return {"Judged on": "not judged"}
    shown = {"Judged on": report.split}
    for figure in report.figures():
        shown[figure.name] = figure.text + (f" ({figure.interval_text})" if figure.interval else "")
    for name, row in report.classes.items():
        if row.scored and name not in USUAL:
            shown[f"{name} Se / +P"] = f"{percent(row.sensitivity)} / {percent(row.ppv)}"
    return shown | {f"Macro-F1 without {key}": number(row.macro_f1) for key, row in report.without.items()}
