"""An autoencoder's scores of one recording, for the track under the strip."""

from collections.abc import Mapping

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import LeadsError, WorkbenchError
from ecg_core.review.beat_scores import BeatScores, beat_scores
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.ui import detect
from ecg_core.ui.autoencoder.scores import scored_records
from ecg_core.ui.escape import literal
from ecg_core.ui.models import Model, of_kind
from ecg_core.ui.query import Query

NONE = "None"


def autoencoders() -> dict[str, Model]:
    """Autoencoders that are ready, by id. Ask once a run: it looks through runs and models."""
    models, _ = of_kind(AUTOENCODER.kind)
    return {model.id: model for model in models}


def choose(models: Mapping[str, Model], state: Query) -> None:
    """The selection of a model, where there is one to choose."""
    if models:
        st.selectbox(
            "Score under the strip",
            [None, *models],
            format_func=lambda key: models[key].listed_name if key in models else NONE,
            help="How abnormal an autoencoder finds each beat, with its threshold as a line.",
            **state.choice("score", [None, *models]),
        )


def scores_of(models: Mapping[str, Model], source: DataSource, record: str, state: Query) -> BeatScores | None:
    """What the chosen model says of a record, or None; says so where it cannot say anything."""
    chosen = state["score"]
    if chosen is None:
        return None
    if chosen not in models:
        st.warning(literal(f"{chosen[:80]!r} is no autoencoder that is ready: choose one under Options."))
        return None
    try:
        found = scored_records(models[chosen], source, (record,))
    except LeadsError as error:
        detect.ask_for_leads(error)
        return None
    except WorkbenchError as error:
        st.warning(literal(f"No scores: {error}"))
        return None
    return beat_scores(models[chosen].name, found.scores)
