"""The Autoencoder page's first tab: choose what to train on, start, watch."""

import streamlit as st

from ecg_core.beats.splits import split_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.runs.folder import Run
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.registry import start_autoencoder
from ecg_core.ui import jobs
from ecg_core.ui.models import AUTOENCODER
from ecg_core.ui.query import Query

UNITS = {"beats": "Beats", "windows": "Windows around beats"}
LEADS = {"both": "Both leads", "first": "First lead", "second": "Second lead"}
INPUTS = {"difference": "Beat minus the record's median beat", "beat": "Beat as it is"}
DEFAULTS = AutoencoderOptions()
WATCHED = "train.watched"


def watched_run(wanted: str | None) -> Run | None:
    """The autoencoder's training that an address names, if it has not finished, else one that lives."""
    return jobs.watched_run(wanted, (AUTOENCODER,))


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
    split = split_of(source.records)
    st.markdown("The network sees **normal beats only**: it learns to draw those, and draws others badly.")
    whole = f"{split.train_name}, {len(split.train)} records"
    choices = {"split": whole, "chosen": "Chosen records"}
    which = st.radio("Train on", list(choices), format_func=choices.__getitem__, horizontal=True, key="train.which")
    records: list[str] = []
    if which == "chosen":
        records = st.multiselect("Records", source.records, list(split.train[:6]), key="train.records")
        st.caption("The result is then shown on the records you do not choose.")
    unit = st.radio("Unit", list(UNITS), format_func=UNITS.__getitem__, horizontal=True, key="train.unit")
    half_width = DEFAULTS.half_width_s
    if unit == "windows":
        half_width = st.number_input("Seconds before and after a beat", 1.0, 10.0, DEFAULTS.half_width_s, 0.5,
                                     key="train.half_width")  # fmt: skip
        st.caption("Every abnormal beat gets a window, balanced with windows of normal beats, min-max scaled.")
    leads = st.selectbox("Leads", list(LEADS), format_func=LEADS.__getitem__, key="train.leads")
    with st.expander("Options"):
        chosen = _options(unit)
    if st.button("Train", type="primary", icon=":material/play_arrow:", key="train.start"):
        try:
            options = AutoencoderOptions.from_json({"unit": unit, "leads": leads, "half_width_s": half_width, **chosen})
            run = start_autoencoder(source, tuple(records) if which == "chosen" else None, options)
        except WorkbenchError as error:
            st.error(str(error))
        else:
            values["run"] = run.id
            values.write()
            st.rerun()
    if note := jobs.queue_note():
        st.caption(note)


def _options(unit: str) -> dict[str, object]:
    chosen: dict[str, object] = {}
    if unit == "beats":
        chosen["input"] = st.selectbox("Input", list(INPUTS), format_func=INPUTS.__getitem__, key="train.input")
        chosen["early"] = st.toggle(
            "Add how early the beat comes to its score",
            DEFAULTS.early,
            key="train.early",
            help="Supraventricular beats often look normal; only their timing gives them away. Uses the whole "
            "recording's RR intervals (off-line, as in a Holter report).",
        )
    left, right = st.columns(2)
    with left:
        chosen["epochs"] = st.number_input("Epochs", 1, 200, DEFAULTS.epochs, key="train.epochs")
        chosen["folds"] = st.number_input(
            "Patient groups", 2, 10, DEFAULTS.folds, key="train.folds",
            help="Each group is scored by a network that has not seen its patients; those scores set the threshold.",
        )  # fmt: skip
        chosen["batch_size"] = st.number_input("Batch size", 16, 4096, DEFAULTS.batch_size, key="train.batch")
    with right:
        chosen["bottleneck"] = st.number_input(
            "Bottleneck", 1, 64, DEFAULTS.bottleneck, key="train.bottleneck",
            help="Numbers between encoder and decoder. Too many, and abnormal beats are copied as well.",
        )  # fmt: skip
        chosen["learning_rate"] = st.number_input("Learning rate", 1e-5, 1e-1, DEFAULTS.learning_rate, 1e-3,
                                                  format="%.4f", key="train.rate")  # fmt: skip
        chosen["seed"] = st.number_input("Seed", 0, 2**31 - 1, DEFAULTS.seed, key="train.seed")
    quantile = st.slider("Normal validation beats below the threshold (%)", 90.0, 99.9, 100 * DEFAULTS.quantile, 0.1,
                         key="train.quantile")  # fmt: skip
    return chosen | {"quantile": quantile / 100}
