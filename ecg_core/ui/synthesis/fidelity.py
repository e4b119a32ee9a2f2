"""The Synthesis page's third tab: how good the synthetic beats are, told in figures that were measured in a run."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.fidelity_limits import KINDS, FigureKind, LimitedFigure, figures_of, verdict
from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.learning.unseen import trained_here
from ecg_core.tasks.fidelity.judging import kept_fidelity
from ecg_core.tasks.fidelity.task import FIDELITY, IMAGE_FIDELITY
from ecg_core.tasks.places import kind_of_id
from ecg_core.ui import jobs, page, width
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.data import (
    IMAGES,
    KIND,
    SIGNALS,
    by_class,
    class_choice,
    gan_choice,
    gan_of,
    kind_choice,
    no_gan,
    source_part,
    why_no_recorded,
)
from ecg_core.ui.synthesis.features import features_part
from ecg_core.ui.synthesis.image_fidelity import image_fidelity_part
from ecg_core.ui.synthesis.judge import judge_button, judging
from ecg_core.ui.synthesis.verdicts import verdict_cards

TRAINING, UNSEEN = "Against training beats", "Against test records"
WIDTHS = {"Class": 42, "Limits kept": 72, "MMD": 78, "Fréchet": 80, "AUC": 78, "Copying": 62, "F1 of class": 78}
WIDTH_PX = 72
MARKS = {True: "✓ ", False: "✗ ", None: ""}


def fidelity_tab(
    source: DataSource, values: Query, models: Sequence[Model], image_models: Sequence[Model] = ()
) -> None:
    """Beats: three verdicts a class; a button that judges; folded, one table and what one class's beats look like. Or
    images.

    `values` needs the parameters class, run and seed. `models` are beat GANs. Nothing is measured here but the
    features and the map of one class: the figures come from a run.
    """
    if not models and not image_models:
        no_gan(values)
        return
    wanted = values["run"]
    if (wanted and kind_of_id(wanted) == IMAGE_FIDELITY.kind) or jobs.alive_runs((IMAGE_FIDELITY.kind,)):
        st.session_state.setdefault(KIND, IMAGES)
    if kind_choice(values, models, image_models, "fidelity.kind") == SIGNALS:
        _beats(source, values, models)
    else:
        image_fidelity_part(source, values, image_models)


def _beats(source: DataSource, values: Query, models: Sequence[Model]) -> None:
    found = by_class(models)
    chosen = {name: gan_of(values, name, candidates) for name, candidates in found.items()}
    if any(len(candidates) > 1 for candidates in found.values()):
        with st.expander("Which GAN of each class"):
            chosen = {name: gan_choice(values, name, of_it, f"Class {name}") for name, of_it in found.items()}
    try:
        rows = {name: kept_fidelity(model.folder, model.card) for name, model in chosen.items()}
        judged = {name: row for name, row in rows.items() if row is not None}
        st.caption(
            "Whether synthetic beats look right, and whether the class can be learned from them alone. Whether it "
            "helps to **add** them to recorded ones is another question: see Study on the Classifier page."
        )
        _whose(source, chosen)
        verdict_cards({name: (rows[name], chosen[name]) for name in rows})
        _judge(source, values, chosen, judged)
        if judged:
            figures = st.expander("All figures", key="fidelity.figures", on_change="rerun")
            if figures.open:
                with figures:
                    _table(judged, chosen)
        what = "What a reader of ECGs sees: amplitudes, widths, rhythm, a map of shapes"
        seen = st.expander(what, key="fidelity.seen", on_change="rerun")
        if seen.open:
            with seen:
                _seen(source, values, chosen, models)
        width.measure()
    except WorkbenchError as error:
        page.fail(error)
    finally:
        values.write()


def _whose(source: DataSource, chosen: Mapping[str, Model]) -> None:
    """On other data than the models were trained on, whose the figures are."""
    data = {model.card.data.label.partition(",")[0] for model in chosen.values()}
    if any(not trained_here(model.card, source.records) for model in chosen.values()):
        st.caption(page.literal(f"Figures from {' and '.join(sorted(data))}, not from the recordings in use."))


@st.fragment
def _seen(source: DataSource, values: Query, chosen: Mapping[str, Model], models: Sequence[Model]) -> None:
    """What one class's beats look like. Another class or lead is a matter of this part of the page alone."""
    try:
        with st.container(horizontal=True, gap="medium"):
            beat_class = class_choice(values, list(chosen), models)
            box = st.container(width="content")
        features_part(source, values, chosen[beat_class], beat_class, box)
    except WorkbenchError as error:
        page.fail(error)
    finally:
        values.write()


def _table(rows: Mapping[str, ClassFidelity], chosen: Mapping[str, Model]) -> None:
    """Each figure with that of recorded beats in brackets, and a mark where it has a limit."""
    with st.container(horizontal=True, vertical_alignment="center"):
        against = st.segmented_control("Compared", (TRAINING, UNSEEN), default=TRAINING, required=True,
                                       key="fidelity.against", label_visibility="collapsed")  # fmt: skip
    unseen = against == UNSEEN
    found = {name: figures_of(row, unseen) for name, row in rows.items()}
    lines = [
        {"Class": name, "Limits kept": verdict(figures)} | {figure.name: _cell(figure) for figure in figures}
        for name, figures in found.items()
    ]
    table = pd.DataFrame(lines)
    alt = f"Fidelity of synthetic beats, {str(against).lower()}: {len(lines)} classes"
    if width.main_column_px() < width.NARROW_PX:  # a row a figure, so that nothing lies beyond the edge
        st.dataframe(table.set_index("Class").T, height="content", alt=alt)
    else:
        said = {kind.name: _explained(kind) for kind in KINDS.values()}
        columns = {name: st.column_config.TextColumn(help=text, width=WIDTHS.get(name, WIDTH_PX)) for name, text in
                   {"Class": "AAMI class", "Limits kept": "Of those that were judged", **said}.items()}  # fmt: skip
        st.dataframe(table, hide_index=True, height="content", column_config=columns, alt=alt)
    st.caption(
        "✓ within its limit, ✗ not; without a mark there is no limit. In brackets the same figure between recorded "
        f"beats: {'training and test records' if unseen else 'two groups of training patients'}; for F1, when "
        "recorded beats are learned from. Limits: "
        + "; ".join(f"{' and '.join(names)} {text}" for text, names in _by_limit().items())
        + "."
    )
    st.caption("; ".join(f"{name}: {_support(row, unseen)}" for name, row in rows.items()) + ".")
    notes = {note: None for row in rows.values() if (note := _note(row, unseen))}
    if notes:
        st.caption(page.literal(" ".join(notes)))
    missing = [name for name, row in rows.items() if row.unseen is None]
    if unseen and missing:
        st.info(f"Not judged on test records yet: class {', '.join(missing)}. Tick **Test records too** and judge.")
    simulated = any(model.card.data.simulated for model in chosen.values())
    csv_button("Download table (CSV)", table_of(rows, chosen), "fidelity_SYNTHETIC", simulated)


def table_of(rows: Mapping[str, ClassFidelity], chosen: Mapping[str, Model]) -> pd.DataFrame:
    """Every figure as a number, both views: one row a class and view."""
    lines = []
    for name, row in rows.items():
        for unseen in (False, True):
            if unseen and row.unseen is None:
                continue
            n_recorded, records, n_compared = _recorded(row, unseen)
            line: dict[str, object] = {
                "beat_class": name,
                "model": chosen[name].id,
                "against": "unseen patients" if unseen else "training beats",
                "n_synthetic": row.n_synthetic,
                "n_recorded": n_recorded,
                "records": len(records),
                "n_compared": n_compared,
                "embedding": row.embedding,
            }
            for figure in figures_of(row, unseen):
                line |= {figure.key: figure.value, f"{figure.key}_recorded": figure.recorded}
                if KINDS[figure.key].limit:
                    line[f"{figure.key}_reached"] = {True: "yes", False: "no", None: ""}[figure.reached]
            lines.append(line)
    return pd.DataFrame(lines)


def _by_limit() -> dict[str, list[str]]:
    """Limit in words -> names of the figures it holds for."""
    limits: dict[str, list[str]] = {}
    for kind in KINDS.values():
        if kind.limit:
            limits.setdefault(kind.limit.words, []).append(kind.name)
    return limits


def _explained(kind: FigureKind) -> str:
    return f"{kind.help}{f'. Limit: {kind.limit.words}' if kind.limit else ''}."


def _cell(figure: LimitedFigure) -> str:
    def said(value: float | None) -> str:
        if value is None:
            return "–"
        if figure.key == "copying_share":
            return f"{100 * value:.1f} %"
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"

    beside = "" if figure.key == "copying_share" or figure.value is None else f" ({said(figure.recorded)})"
    return f"{MARKS[figure.reached]}{said(figure.value)}{beside}"


def _recorded(row: ClassFidelity, unseen: bool) -> tuple[int, tuple[str, ...], int]:
    """Recorded beats that synthetic ones are compared with, their records, and beats a side of a comparison."""
    if unseen and row.unseen:
        return row.unseen.n, row.unseen.records, row.unseen.n_compared
    return row.n_train, row.train_records, row.n_compared


def _support(row: ClassFidelity, unseen: bool) -> str:
    if unseen and row.unseen is None:
        return "–"
    n, records, _ = _recorded(row, unseen)
    return f"{row.n_synthetic:,} synthetic, {n:,} recorded ({len(records)} records)"


def _note(row: ClassFidelity, unseen: bool) -> str:
    note = (row.unseen.note if row.unseen else "") if unseen else row.note
    return f"{row.beat_class}: {note}" if note else ""


def _judge(source: DataSource, values: Query, chosen: Mapping[str, Model], judged: Mapping[str, ClassFidelity]) -> None:
    """The run that judges, or the button that starts one."""
    if judging(values, FIDELITY):
        return
    first = next((name for name in chosen if name not in judged), next(iter(chosen)))
    focus = chosen[values["class"]] if values["class"] in chosen else chosen[first]
    together = {name: m for name, m in chosen.items() if m.card.split.train == focus.card.split.train}
    new = {name: m for name, m in together.items() if name not in judged}
    asked = new or together
    reason = why_no_recorded(source, focus.card)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        unseen = st.toggle(
            "Test records too", not new and all(row.unseen for row in judged.values()), key="fidelity.unseen",
            help=f"Also compare with {source_part(focus.card)}, and see whether a classifier that learns from "
            "synthetic beats finds the class in them. Use this once, at the end.",
        )  # fmt: skip
        some = together if unseen else asked
        label = f"Judge {', '.join(some)}{'' if new else ' again'}"
        judge_button(source, FIDELITY, list(some.values()), key="fidelity.judge", disabled=bool(reason), unseen=unseen,
                     label=label, again=not new)  # fmt: skip
    left = [name for name in chosen if name not in together]
    others = f" Class {', '.join(left)} comes from other training records: judge it by itself." if left else ""
    st.caption(
        "Judging needs the data the GAN was trained on."
        if reason
        else f"A minute or two a class, in the background; what it finds is kept beside the model.{others}"
    )
