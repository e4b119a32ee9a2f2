"""What an autoencoder draws in place of a recording's beats, made once for all sessions."""

from collections.abc import Mapping

import streamlit as st

from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.review.drawn_beats import drawn_beats
from ecg_core.ui import load
from ecg_core.ui.autoencoder.scores import scored_records
from ecg_core.ui.models import OF_MODEL, Model
from ecg_core.ui.query import Query
from ecg_core.ui.review.queues import pack_drawn
from ecg_core.ui.viewer.packing import Packed


def drawn_of(models: Mapping[str, Model], source: DataSource, record: str, state: Query) -> Packed | None:
    """Reconstructions of the chosen model; None where it has none of this recording, which its scores have said why."""
    model = models.get(state["score"])
    if model is None:
        return None
    try:
        return _drawn(model, source, record)
    except WorkbenchError:
        return None


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={**OF_MODEL, **load.OF_SOURCE})
def _drawn(model: Model, source: DataSource, record: str) -> Packed | None:
    labelled = load.labelled_record(load.record_files(source, record))
    found = drawn_beats(scored_records(model, source, (record,)).scores, labelled.record)
    return pack_drawn(found) if found is not None else None
