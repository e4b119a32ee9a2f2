"""A classifier's predictions beside the reference labels of the Records page."""

from pathlib import Path

import numpy as np
import streamlit as st

from ecg_core.beats.splits import shared_patients
from ecg_core.beats.store import is_prepared, load_beats
from ecg_core.data.record import Record
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.model_folder import config_of
from ecg_core.plots.marks import Predicted
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.report import check_card
from ecg_core.ui.autoencoder.scores import data_stamp
from ecg_core.ui.escape import literal
from ecg_core.ui.models import CLASSIFIER, Model, of_kind
from ecg_core.ui.query import Query

NONE = "None"


def choose(state: Query) -> None:
    """The selection of a model, where there is one to choose."""
    models, _ = of_kind(CLASSIFIER)
    if not models:
        return
    labels = {model.id: model.label for model in models}
    st.selectbox(
        "Predictions beside the labels", [None, *labels], format_func=lambda key: labels.get(key, NONE),
        help="Rings under the beats: the class a classifier gives them. Letters where it differs from the reference.",
        **state.widget("predict"),
    )  # fmt: skip


def shown(source: DataSource, record: Record, state: Query) -> Predicted | None:
    """What the chosen model says of the record, or None; says so where it cannot say anything."""
    wanted = state["predict"]
    if wanted is None:
        return None
    models, _ = of_kind(CLASSIFIER)
    model = next((one for one in models if one.id == wanted), None)
    if model is None:
        st.warning(literal(f"{wanted[:80]!r} is no beat classifier that is ready: choose one under Options."))
        return None
    try:
        predicted = _predicted(str(model.folder), model.id, model.stamp, source.folder, source.records, record.name,
                               data_stamp(source.folder))  # fmt: skip
    except WorkbenchError as error:
        st.warning(literal(f"No predictions: {error}"))
        return None
    _say(model, record)
    return predicted


def _say(model: Model, record: Record) -> None:
    name = "the classifier" if model.id == "models/classifier" else model.label.split(" · ")[0]
    train = model.card["split"]["train"]
    known = [other for other in train if shared_patients([record.name], [other])]
    st.caption(
        literal(
            f"Rings under the beats: what {name} says, with its letter where it differs from the reference. "
            + _caution(record.name, known)
        )
    )


def _caution(name: str, known: list[str]) -> str:
    if name in known:
        return "It was trained on this record, so it agrees more than it would with a new one."
    return f"It was trained on record {', '.join(known)} of the same patient." if known else ""


@st.cache_resource(max_entries=12, show_spinner="Classifying the beats of this record")
def _predicted(
    folder: str,
    name: str,
    stamp: int,  # noqa: ARG001
    data: Path,
    every: tuple[str, ...],
    record: str,
    changed: tuple[int, int],  # noqa: ARG001
) -> Predicted:
    classifier, card = load_classifier(Path(folder))
    config = config_of(card)
    whole = is_prepared(data, every, config)  # else this record alone: quick on a cold start
    beats = load_beats(data, every if whole else (record,), config).only((record,))
    check_card(card, beats)
    probability = classifier.predict_proba(beats)
    best = probability.argmax(axis=1)
    return Predicted(
        beats.table["r_sample"].to_numpy(),
        np.asarray(classifier.classes_)[best],
        probability[np.arange(len(best)), best],
        name,
    )
