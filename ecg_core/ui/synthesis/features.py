"""What a reader of ECGs sees in recorded and synthetic beats of a class: measured features, rhythm, a map of shapes."""

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.synthetic import RHYTHM
from ecg_core.data.sources import DataSource
from ecg_core.evaluation.embedding import Map2d, PcaEmbedding, map_2d
from ecg_core.evaluation.morphology import beat_features, distribution_gap, rhythm_consistency
from ecg_core.learning.fits import preparation_of
from ecg_core.plots.fidelity import Quantity, distributions_figure, map_figure
from ecg_core.text import percent
from ecg_core.ui import page, theme
from ecg_core.ui.chart import chart
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.load import OF_BEATS
from ecg_core.ui.models import OF_MODEL, Model
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.data import drawn_rows, recorded, sampled

MEASURED = 2000
"""Beats of either kind that are measured, at most."""
MAPPED = 600
LEAD = "fidelity.lead"
QUANTITIES = (
    ("r_mv", "R amplitude", "mV", 2),
    ("qrs_ms", "QRS width", "ms", 0),
    ("t_mv", "T amplitude", "mV", 2),
    ("post_over_pre", "RR after / RR before", "", 2),
)


def features_part(source: DataSource, values: Query, model: Model, beat_class: str, box: DeltaGenerator) -> None:
    """Distributions and map of one class; the widget for the lead goes into `box`."""
    beats, reason = recorded(source, model.card)
    if beats is None:
        st.info(page.literal(reason), icon=":material/info:")
        return
    names = preparation_of(model.card).lead_names()
    kept = min(st.session_state.get(LEAD, 0), len(names) - 1)
    with box:
        lead = st.segmented_control(
            "Lead", range(len(names)), default=kept, required=True, key=f"{LEAD}.widget",
            format_func=lambda k: names[k].replace("lead", "lead ") if names[k].startswith("lead") else names[k],
        )  # fmt: skip
    lead = st.session_state[LEAD] = 0 if lead is None else lead
    seed = int(values["seed"] or 0)
    table = _features(model, beats, beat_class, lead, seed)
    real, made = table[~table["synthetic"]], table[table["synthetic"]]
    compared = [key for key, *_ in QUANTITIES]
    gaps = distribution_gap(real[compared], made[compared]).set_index("feature")["ks"]
    quantities = [
        Quantity(name, unit, real[key].to_numpy(np.float64), made[key].to_numpy(np.float64), float(gaps[key]), digits)
        for key, name, unit, digits in QUANTITIES
    ]
    worst = max(quantities, key=lambda one: one.gap if np.isfinite(one.gap) else 0.0)
    marked = "SIMULATED. " if beats.simulated else ""
    title = f"{marked}{worst.name} differs most between recorded and synthetic {beat_class} beats (gap {worst.gap:.2f})"
    chart(
        distributions_figure(quantities, theme.palette(), title=title),
        key="fidelity.features",
        alt=f"{title}. Distributions of {', '.join(one.name for one in quantities)}",
    )
    st.caption(
        f"{len(real):,} recorded and {len(made):,} synthetic beats, one lead; measured by one simple rule for both, "
        "not a diagnostic measurement. Gap: largest distance between the two cumulative distributions, 0 the same, 1 "
        "apart. RR intervals that can belong together: "
        f"{percent(real['plausible'].mean())} of recorded, {percent(made['plausible'].mean())} of synthetic beats."
    )
    found = _map(model, beats, beat_class, seed)
    title = f"{marked}Synthetic {beat_class} beats among recorded ones"
    chart(
        map_figure(found, theme.palette(), title=title),
        key="fidelity.map",
        alt=f"{title}: {len(found.real)} recorded beats as circles, {len(found.fake)} synthetic ones as crosses",
    )
    st.caption(
        "A point is a beat, both leads together, in the plane in which recorded beats of the class differ most. "
        "Crosses far from circles: synthetic beats unlike any patient's. Circles without crosses: beats the GAN does "
        "not make."
    )
    csv_button("Download features (CSV)", table.drop(columns="usual_rr_s"),
               f"features_{beat_class}_{names[lead]}_SYNTHETIC", beats.simulated)  # fmt: skip


@st.cache_data(max_entries=12, show_spinner="Measuring beats", hash_funcs={**OF_MODEL, **OF_BEATS})
def _features(model: Model, beats: BeatSet, beat_class: str, lead: int, seed: int) -> pd.DataFrame:
    """One row a beat: synthetic, record, beat_class, the features of the lead and the rhythm."""
    rows = drawn_rows(beats, beat_class, MEASURED, seed)
    made = sampled(model, MEASURED, seed)
    parts = []
    for synthetic, record, signals, rhythm in (
        (False, beats.table["record"].to_numpy(dtype=object)[rows], np.asarray(beats.signals[rows, lead]),
         beats.table[list(RHYTHM)].to_numpy(np.float64)[rows]),
        (True, "synthetic", made.signals[:, lead], made.rhythm),
    ):  # fmt: skip
        part = pd.concat([beat_features(signals, beats.config.times_s), rhythm_consistency(rhythm)], axis=1)
        part.insert(0, "synthetic", synthetic)
        part.insert(1, "record", record)
        part.insert(2, "beat_class", beat_class)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@st.cache_resource(max_entries=12, show_spinner="Drawing the map", hash_funcs={**OF_MODEL, **OF_BEATS})
def _map(model: Model, beats: BeatSet, beat_class: str, seed: int) -> Map2d:
    rows = drawn_rows(beats, beat_class, MAPPED, seed)
    embedding = _embedding(beats)
    return map_2d(np.asarray(beats.signals[rows]), sampled(model, MEASURED, seed).signals[:MAPPED], embedding)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=OF_BEATS)
def _embedding(beats: BeatSet) -> PcaEmbedding:
    return PcaEmbedding.fit(beats)
