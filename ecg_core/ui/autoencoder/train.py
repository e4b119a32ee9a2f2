"""The Autoencoder page's first tab: choose what to train on, start, watch."""

from typing import Any

import streamlit as st

from ecg_core.beats.splits import split_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.runs.control import start
from ecg_core.runs.folder import Run
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.material import Recordings
from ecg_core.ui import jobs
from ecg_core.ui.escape import literal
from ecg_core.ui.forms import ask, ask_all
from ecg_core.ui.guests import change_button
from ecg_core.ui.labels import ask_layer
from ecg_core.ui.query import Query

WATCHED = "train.watched"
COMMON = ("epochs", "folds", "batch_size", "bottleneck", "learning_rate", "seed")


def watched_run(wanted: str | None) -> Run | None:
    """The autoencoder's training that an address names, if it has not finished, else one that lives."""
    return jobs.watched_run(wanted, (AUTOENCODER.kind,))


def just_finished() -> str | None:
    """The id of the run this session watched, once, when it has finished."""
    return jobs.just_finished(WATCHED)


def train_tab(source: DataSource, values: Query) -> None:
    """Form on the left, the run that lives or broke off on the right."""
    form, panel = st.columns([2, 3], gap="large")
    with form:
        _form(source, values)
    with panel:
        run = watched_run(values["run"]) or watched_run(st.session_state.get(WATCHED))
        jobs.train_panel(
            run,
            WATCHED,
            "Nothing is training. Press **Train**: the defaults take up to a minute on two cores. The curves appear "
            "here while it trains, the result under **Threshold**.",
        )


def _form(source: DataSource, values: Query) -> None:
    split = split_of(source.records, source.patients)
    st.markdown("The network sees **normal beats only**: it learns to draw those, and draws others badly.")
    whole = f"{split.train_name}, {len(split.train)} records"
    choices = {"split": whole, "chosen": "Chosen records"}
    which = st.segmented_control(
        "Train on", list(choices), default="split", required=True, format_func=choices.__getitem__, key="train.which"
    )
    records: list[str] = []
    if which == "chosen":
        records = st.multiselect("Records", source.records, list(split.train[:6]), key="train.records")
        st.caption("The result is then shown on the records you do not choose.")
    layer = ask_layer(source, records if which == "chosen" else split.train, "train.labels", values["labels"])
    asked: dict[str, Any] = {"unit": ask(AutoencoderOptions, "unit", "train.unit", segmented=True)}
    beats = asked["unit"] == "beats"
    if not beats:
        asked["half_width_s"] = ask(AutoencoderOptions, "half_width_s", "train.half_width_s")
        st.caption("Every abnormal beat gets a window, balanced with windows of normal beats, min-max scaled.")
    asked["leads"] = ask(AutoencoderOptions, "leads", "train.leads")
    with st.expander("Options"):
        if beats:
            asked["input"] = ask(AutoencoderOptions, "input", "train.input")
            asked["early"] = ask(AutoencoderOptions, "early", "train.early")
            asked["around"] = ask(AutoencoderOptions, "around", "train.around")
        asked |= ask_all(AutoencoderOptions, COMMON, "train")
        asked["quantile"] = ask(AutoencoderOptions, "quantile", "train.quantile")
    if change_button("Train", type="primary", icon=":material/play_arrow:", key="train.start"):
        try:
            material = Recordings.of(source, records if which == "chosen" else None, layer)
            run = start(AUTOENCODER, material, AutoencoderOptions.from_json(asked))
        except WorkbenchError as error:
            st.error(literal(str(error)))
        else:
            values["run"] = run.id
            values.write()
            st.rerun()
    if note := jobs.queue_note():
        st.caption(note)
