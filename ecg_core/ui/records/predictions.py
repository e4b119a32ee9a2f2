"""A classifier's predictions, a layer of labels beside the reference on the Records page."""

from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from ecg_core.data.labels import LabelLayer
from ecg_core.data.patients import Patients
from ecg_core.data.sources import DataSource
from ecg_core.errors import LeadsError, WorkbenchError
from ecg_core.tasks.classifier.predicting import predict_record, training_caution
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.ui import detect, load
from ecg_core.ui.escape import literal
from ecg_core.ui.models import OF_MODEL, Model, of_kind
from ecg_core.ui.query import Query
from ecg_core.ui.work import Work, shown

NONE = "No predictions"
SHIPPED, SHIPPED_NAME = "models/classifier", "the classifier"


def classifiers() -> dict[str, Model]:
    """Beat classifiers that are ready, by id. Ask once a run: it looks through runs and models."""
    models, _ = of_kind(CLASSIFIER.kind)
    return {model.id: model for model in models}


def choose(models: Mapping[str, Model], state: Query) -> None:
    """The selection of a model, where there is one to choose."""
    if models:
        st.selectbox(
            "Predictions beside the labels",
            [None, *models],
            format_func=lambda key: models[key].listed_name if key in models else NONE,
            help="Rings under the beats: the class a beat classifier gives them, with its letter where it differs. "
            "What image classifiers say is on the Classifier page.",
            **state.choice("predict", [None, *models]),
        )


def layer_of(models: Mapping[str, Model], source: DataSource, record: str, state: Query) -> LabelLayer | None:
    """What the chosen model says of a record, or None; says so where it cannot say anything, or not yet."""
    chosen = state["predict"]
    if chosen is None:
        return None
    if chosen not in models:
        st.warning(literal(f"{chosen[:80]!r} is no beat classifier that is ready: choose one under Options."))
        return None
    try:
        of = models[chosen], source, record, detect.any_leads()
        try:
            return shown(_labelling(*of))
        except WorkbenchError:
            _labelling.clear(*of)  # to be tried again when somebody asks again
            raise
    except LeadsError as error:
        detect.ask_for_leads(error)
        return None
    except WorkbenchError as error:
        st.warning(literal(f"No predictions: {error}"))
        return None


def caption(
    reference: LabelLayer,
    predictions: LabelLayer | None,
    models: Mapping[str, Model],
    record: str,
    patients: Patients,
) -> str:
    """Which layers of labels are drawn, and how far the model can be believed on this record."""
    drawn = f"Labels drawn: {reference.name} ({reference.made_by})." if len(reference) else "No labels came with it."
    if reference.is_detected:
        drawn = f"R peaks detected here ({reference.made_by}), {reference.created[:10]}: places of beats, not classes."
    if predictions is None:
        return drawn
    model = models[predictions.name]
    name = SHIPPED_NAME if model.id == SHIPPED else model.name
    letter = "with its letter" if reference.is_detected else "with its letter where it differs from the reference"
    return (
        f"{drawn} Rings under the beats: the layer {predictions.name}, what {name} says, made "
        f"{predictions.created[:16].replace('T', ' ')} UTC, {letter}. " + training_caution(model.card, record, patients)
    ).strip()


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs={**OF_MODEL, **load.OF_SOURCE})
def _labelling(model: Model, source: DataSource, record: str, any_leads: bool) -> Work[LabelLayer]:
    return Work(lambda _: _layer(model, source, record, any_leads), "Classifying the beats of this record")


def _layer(model: Model, source: DataSource, record: str, any_leads: bool) -> LabelLayer:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return predict_record(model.folder, model.id, source.folder, record, created, any_leads).layer
