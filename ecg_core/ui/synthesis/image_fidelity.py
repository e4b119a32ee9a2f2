"""The Fidelity tab's other half: how good synthetic ECG images are, in figures that were measured in a run."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity
from ecg_core.evaluation.image_fidelity_sentence import image_sentence
from ecg_core.tasks.fidelity.judging_images import kept_image_fidelity
from ecg_core.tasks.fidelity.task import IMAGE_FIDELITY
from ecg_core.text import number, percent
from ecg_core.ui import page, width
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.data import gan_of, source_part, why_no_recorded
from ecg_core.ui.synthesis.images import side_by_side
from ecg_core.ui.synthesis.judge import judge_button, judging
from ecg_core.ui.synthesis.verdicts import verdict_cards

SHOWN_SEED = 1
SHOWN = 12
COLUMNS = {
    "two_sample_auc": ("AUC", "ROC AUC of a small network trained to tell the two groups apart; 0.5 is chance"),
    "two_sample_auc_trace": ("By trace", "The same of a classifier that sees the trace read back from the images only"),
    "mmd": ("MMD", "Maximum mean discrepancy between the images at half their side: how far the groups are apart"),
    "frechet": ("Fréchet", "Fréchet distance in image-pca-32, 32 principal components of recorded training images"),
    "coverage": ("Coverage", "Share of recorded images that have a synthetic one near them"),
}
"""Distance -> its column, and what that says."""
GREY, INTERRUPTED, COPYING, F1 = "Grey pixels", "Interrupted", "Copying", "F1 of class"
HELP = {
    "Class": "What the images show",
    GREY: "Share of pixels that are neither ground nor ink; in brackets: of recorded images, whose edges are smooth",
    INTERRUPTED: "Share of columns in which the stroke is interrupted; in brackets: of recorded images",
    COPYING: "Share of synthetic images closer to a training image than recorded ones are to each other; about 5 % is "
    "expected without copying",
    F1: "F1 of the class in unseen patients when a classifier learns it from synthetic images; in brackets: from "
    "recorded ones",
}


def image_fidelity_part(source: DataSource, values: Query, models: Sequence[Model]) -> None:
    """Three verdicts a class, a button that judges, the figures folded; then one class's images."""
    labels = dict.fromkeys(model.class_label for model in models)
    chosen = {label: gan_of(values, label, [one for one in models if one.class_label == label]) for label in labels}
    try:
        kept = {label: kept_image_fidelity(model.folder) for label, model in chosen.items()}
        judged = {label: row for label, row in kept.items() if row is not None}
        st.caption(
            "Whether synthetic images look right, and whether the class can be learned from them alone. Whether it "
            "helps to **add** them to recorded ones is another question: see Study on the Classifier page."
        )
        verdict_cards({label: (kept[label], chosen[label]) for label in kept})
        label = _class_choice(list(chosen), str(values["class"]))
        _judge(source, values, chosen[label], again=label in judged)
        if judged:
            figures = st.expander("All figures", key="fidelity.images.figures", on_change="rerun")
            if figures.open:
                with figures:
                    _sentences(judged)
                    _table(judged, any(model.card.data.simulated for model in chosen.values()))
        side_by_side(source, chosen[label], SHOWN, SHOWN_SEED)
        width.measure()
    except WorkbenchError as error:
        page.fail(error)


def _sentences(judged: Mapping[str, ImageClassFidelity]) -> None:
    """What the figures say, in words."""
    st.markdown("\n".join(f"- **{page.literal(label)}**: {page.literal(image_sentence(row))}"
                          for label, row in judged.items()))  # fmt: skip


def _judge(source: DataSource, values: Query, model: Model, *, again: bool) -> None:
    """The run that judges, or the button that starts one for one class; of a GAN of a folder the command that does."""
    if judging(values, IMAGE_FIDELITY):
        return
    if model.card.preparation is None:
        st.caption(
            "This GAN was trained on a folder of images. To judge it by them, put that folder in place of FOLDER:"
        )
        command = f"python -m ecg_core fidelity --images FOLDER --keep --models {model.id}"
        st.code(command, language="bash", wrap_lines=True)
        return
    reason = why_no_recorded(source, model.card)
    label = page.literal(f"Judge {model.class_label}{' again' if again else ''}")
    judge_button(source, IMAGE_FIDELITY, [model], key="fidelity.images.judge", disabled=bool(reason), unseen=True,
                 label=label, again=again)  # fmt: skip
    st.caption(
        "Judging needs the data the GAN was trained on."
        if reason
        else page.literal(
            f"Two to four minutes, in the background. This looks at {source_part(model.card)}: use it once, at the end."
        )
    )


def table_of(rows: Mapping[str, ImageClassFidelity]) -> pd.DataFrame:
    """Every figure as a number, one row a class; `_recorded`: between two groups of patients, or of recorded images."""
    lines = []
    for label, row in rows.items():
        line: dict[str, object] = {"class": label, "n_synthetic": row.n_synthetic, "n_recorded": row.n_reference}
        for key in COLUMNS:
            line |= {key: getattr(row.distances, key), f"{key}_recorded": getattr(row.between_patients, key)}
        line |= {"grey": row.sharpness.grey, "grey_recorded": row.sharpness_recorded.grey}
        line |= {"interrupted": row.sharpness.interrupted, "interrupted_recorded": row.sharpness_recorded.interrupted}
        line["copying_share"] = row.copying_share
        line |= {"tstr_f1": row.use and row.use.tstr_f1, "tstr_f1_recorded": row.use and row.use.trtr_f1}
        for one in row.trace:
            line |= {one.name: one.synthetic, f"{one.name}_recorded": one.recorded, f"{one.name}_ks": one.ks}
        lines.append(line)
    return pd.DataFrame(lines)


def _class_choice(labels: Sequence[str], wanted: str) -> str:
    """The class of the address where a GAN makes it, until another is chosen."""
    if len(labels) == 1:
        return labels[0]
    start = wanted if wanted in labels else labels[0]
    found = st.segmented_control(
        "Images of class", labels, default=start, required=True, key="fidelity.images.class",
    )  # fmt: skip
    return str(found)


def _table(rows: Mapping[str, ImageClassFidelity], simulated: bool) -> None:
    table = pd.DataFrame([_line(label, row) for label, row in rows.items()])
    said = {**HELP, **dict(COLUMNS.values())}
    alt = f"Fidelity of synthetic images: {len(table)} classes"
    if width.main_column_px() < width.NARROW_PX:  # a row a figure, so that nothing lies beyond the edge
        st.dataframe(table.set_index("Class").T, height="content", alt=alt)
    else:
        columns = {name: st.column_config.TextColumn(help=f"{said[name]}.") for name in table.columns}
        st.dataframe(table, hide_index=True, height="content", column_config=columns, alt=alt)
    st.caption("In brackets the same figure between recorded images of two groups of patients, or of recorded images.")
    notes = [f"{label}: {row.note}" for label, row in rows.items() if row.note]
    if notes:
        st.caption(page.literal(" ".join(notes)))
    csv_button("Download table of images (CSV)", table_of(rows), "fidelity_images_SYNTHETIC", simulated)


def _line(label: str, row: ImageClassFidelity) -> dict[str, str]:
    cells = {"Class": label}
    for key, (name, _) in COLUMNS.items():
        cells[name] = f"{number(getattr(row.distances, key), 2)} ({number(getattr(row.between_patients, key), 2)})"
    made, recorded = row.sharpness, row.sharpness_recorded
    cells[GREY] = f"{percent(made.grey)} ({percent(recorded.grey)})"
    cells[INTERRUPTED] = f"{percent(made.interrupted)} ({percent(recorded.interrupted)})"
    cells[COPYING] = percent(row.copying_share)
    cells[F1] = f"{number(row.use.tstr_f1, 2)} ({number(row.use.trtr_f1, 2)})" if row.use else "–"
    return cells
