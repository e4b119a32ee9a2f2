"""The Synthesis page's last tab: how many beats each class is to get, and the training set made of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ecg_core.beats.balance import (
    CAP_TIMES,
    FEWEST_REAL,
    FILLED,
    HIGHEST_CAP_TIMES,
    USUAL_RATIO,
    Plan,
    plan_to_count,
    plan_to_ratio,
)
from ecg_core.beats.export import csv_bytes, npz_bytes
from ecg_core.beats.splits import split_of
from ecg_core.beats.synthetic import SYNTHETIC, AugmentedBeats, SyntheticBeats
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.fits import preparation_of
from ecg_core.plots.balance import before_after_figure
from ecg_core.ui import load, page, theme
from ecg_core.ui.charts.component import chart, drawing
from ecg_core.ui.classifier.names import ADDED_KEY, GANS_KEY, RATIO_KEY
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.data import by_class, gan_choice, no_gan, open_train, sampled, seed_input
from ecg_core.ui.synthesis.data import training_beats as recorded_beats

PLAN = "synthesis.plan"
"""Session: the set made last: `plan` (`Plan.to_json`), `made` (class -> synthetic beats), `data`, `models`, `seed`."""
RATIO, COUNT = "To a share of class N", "To a number of beats"
LEAST_RATIO, MOST_RATIO = 0.05, 1.0
MOST_TARGET = 100_000
ONLY_TRAINED_ON = "Synthetic beats can only be trained on. They never validate or test anything."
CSV_MB_PER_BEAT = 0.0021


def plan_tab(source: DataSource, values: Query, models: Sequence[Model]) -> None:
    """Say what the classes are to reach, see what that takes, make the set, take it along.

    `values` needs the parameters ratio, run and seed. `models` are beat GANs. A set that was made is kept in the
    session under `synthesis.plan`.
    """
    if not models:
        no_gan(values)
        return
    split = split_of(source.records, source.patients)
    counts = load.summary(source).class_counts(split.train_name)
    label = "training records" if split.train_name == "train" else split.train_name
    st.markdown(f"**{ONLY_TRAINED_ON}** They are added to the recorded beats of {label}; none of those is taken away.")
    if not counts["N"]:
        st.info(f"No N beat in {label}, so there is nothing to balance.", icon=":material/info:")
        return
    try:
        with st.container(horizontal=True, gap="medium"):
            plan = _wanted(values, counts)
            seed = seed_input(values)
        # what a GAN learned from other records than those it is to fill up would leak
        found = by_class([model for model in models if set(model.card.split.train) <= set(split.train)])
        gans = _gans(values, plan, found)
        _shown(plan, gans, label, source.simulated)
        _make(source, split.train, plan, gans, seed, float(values["ratio"] or USUAL_RATIO))
    except WorkbenchError as error:
        page.fail(error)
    finally:
        values.write()


def _wanted(values: Query, counts: Mapping[str, int]) -> Plan:
    how = st.segmented_control("Bring S, V and F", (RATIO, COUNT), default=st.session_state.get("plan.how", RATIO),
                               required=True, key="plan.how.widget")  # fmt: skip
    st.session_state["plan.how"] = how or RATIO
    kept = float(st.session_state.get("plan.cap", CAP_TIMES))
    if how == COUNT:
        usual = int(st.session_state.get("plan.target", max(counts[name] for name in FILLED) or FEWEST_REAL))
        target = st.number_input(f"Beats of each class (1 to {MOST_TARGET:,})", 1, MOST_TARGET, usual, width=240,
                                 key="plan.target.widget")  # fmt: skip
        st.session_state["plan.target"] = target
    else:
        values["ratio"] = min(max(float(values["ratio"] or USUAL_RATIO), LEAST_RATIO), MOST_RATIO)
        st.number_input(
            f"Beats for one N beat ({LEAST_RATIO:g} to {MOST_RATIO:g})", LEAST_RATIO, MOST_RATIO, step=0.05,
            format="%.2f", width=240, **values.widget("ratio"),
        )  # fmt: skip
    cap = st.number_input(
        f"At most per recorded beat (1 to {HIGHEST_CAP_TIMES:g})", 1.0, HIGHEST_CAP_TIMES, kept, 1.0, format="%.0f",
        width=260,
        key="plan.cap.widget",
        help="Synthetic beats for one recorded beat of the class. Beyond about 10 the GAN repeats what a few patients "
        "showed: no new evidence.",
    )  # fmt: skip
    st.session_state["plan.cap"] = cap
    if how == COUNT:
        return plan_to_count(counts, int(target), FILLED, float(cap))
    return plan_to_ratio(counts, float(values["ratio"]), FILLED, float(cap))


def _gans(values: Query, plan: Plan, found: Mapping[str, Sequence[Model]]) -> dict[str, Model]:
    """The GAN of each planned class; where there is none, a button that leads to training one."""
    wanted = [planned.beat_class for planned in plan.classes if planned.synthetic]
    several = [name for name in wanted if len(found.get(name, ())) > 1]
    chosen = {name: found[name][0] for name in wanted if name in found}
    if several:
        with st.expander("Which GAN of each class"):
            chosen |= {name: gan_choice(values, name, found[name], f"Class {name}") for name in several}
    for name in wanted:
        if name not in found:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"No GAN trained on these records makes class **{name}** yet: it stays as it is.")
                st.button(f"Train one for {name}", key=f"plan.train.{name}", on_click=open_train, args=(values, name),
                          icon=":material/model_training:")  # fmt: skip
    return chosen


def _shown(plan: Plan, gans: Mapping[str, Model], label: str, simulated: bool) -> None:
    made = {planned.beat_class: planned.synthetic for planned in plan.classes if planned.beat_class in gans}
    total = sum(made.values())
    after = {name: count + made.get(name, 0) for name, count in plan.before.items()}
    shares = [f"{name} {_share(plan.before, name)} to {_share(after, name)} %" for name, n in made.items() if n]
    title = f"Nothing to add to {label}"
    if shares:
        title = f"{', '.join(shares)} of {label} with {total:,} synthetic beats"
    if simulated:
        title = f"SIMULATED. {title}"
    figure = before_after_figure(plan.before, made, theme.palette(), title)
    alt = f"{title}. Recorded and synthetic beats of each class"
    chart(drawing(figure, alt, f"balance_plan{'_SIMULATED' if simulated else ''}"), "plan.figure")
    table = pd.DataFrame(
        {
            "Class": [planned.beat_class for planned in plan.classes],
            "Before": [planned.real for planned in plan.classes],
            "Asked for": [planned.target for planned in plan.classes],
            "Synthetic to make": [made.get(planned.beat_class, 0) for planned in plan.classes],
            "After": [after[planned.beat_class] for planned in plan.classes],
            "Why not more": [_why(planned.capped, planned.synthetic, planned.beat_class in gans)
                             for planned in plan.classes],
        }
    )  # fmt: skip
    numbers = ("Before", "Asked for", "Synthetic to make", "After")
    st.table(table.assign(**{name: table[name].map("{:,}".format) for name in numbers}).set_index("Class"))
    st.caption(
        f"Three caps: a class needs {FEWEST_REAL} recorded beats before a GAN can learn it; no class gets more than "
        "the chosen number of synthetic beats for one recorded beat; none is filled up beyond class N."
    )


def _share(counts: Mapping[str, int], name: str) -> str:
    return f"{100 * counts[name] / max(sum(counts.values()), 1):.2g}"


def _why(capped: str, synthetic: int, there: bool) -> str:
    if synthetic and not there:
        return "no GAN of this class"
    return capped.split(": ", 1)[-1]


def _make(
    source: DataSource, train: Sequence[str], plan: Plan, gans: Mapping[str, Model], seed: int, ratio: float
) -> None:
    numbers = {p.beat_class: p.synthetic for p in plan.classes if p.synthetic and p.beat_class in gans}
    key: dict[str, Any] = {
        "made": numbers,
        "models": {name: gans[name].id for name in numbers},
        "seed": seed,
        "folder": str(source.folder),
    }
    if st.button("Make the set", type="primary", icon=":material/auto_awesome:", disabled=not numbers, key="plan.make"):
        augmented = augmented_set(source, train, numbers, gans, seed)
        st.session_state[PLAN] = key | {"plan": plan.to_json(), "n": len(augmented), "data": source.label}
    kept = st.session_state.get(PLAN)
    if not kept:
        return
    if any(kept[name] != value for name, value in key.items()):
        st.caption("The set made last was planned otherwise: press **Make the set** to make it anew.")
        return
    added = ", ".join(f"{name} {count:,}" for name, count in numbers.items())
    n, total = kept["n"], sum(numbers.values())
    by = ", ".join(gans[name].id for name in numbers)
    st.success(f"{n:,} beats: {n - total:,} recorded and {total:,} synthetic ({added}), made by {by}. The Class "
               "balance page shows them too.", icon=":material/check_circle:")  # fmt: skip
    st.caption(
        "Recorded beats that cannot be used (at an edge, clipped) stay in the set, marked in the column excluded."
    )
    _exports(source, train, numbers, gans, seed, n)
    if st.button("Train a classifier with these GANs", icon=":material/category:", key="plan.classifier"):
        st.session_state[ADDED_KEY] = "gan"
        st.session_state[RATIO_KEY] = min(max(ratio, 0.05), 1.0)
        st.session_state[GANS_KEY] = [gans[name].id for name in numbers]
        st.switch_page("pages/4_Classifier.py", query_params={"tab": "Train"})
    st.caption(
        "At the same ratio, but the classifier learns at most 500 N beats of a record: fewer synthetic ones make it up."
    )


def augmented_set(
    source: DataSource, train: Sequence[str], numbers: Mapping[str, int], gans: Mapping[str, Model], seed: int
) -> AugmentedBeats:
    """The training records' beats with synthetic ones. Raises DataError if a GAN does not fit them."""
    parts = [sampled(gans[name], count, seed) for name, count in numbers.items()]
    config = preparation_of(next(iter(gans[name] for name in numbers)).card).config
    return AugmentedBeats(recorded_beats(source, tuple(train), config), SyntheticBeats.joined(parts))


def _exports(
    source: DataSource, train: Sequence[str], numbers: Mapping[str, int], gans: Mapping[str, Model], seed: int, n: int
) -> None:
    """Files that are made when a button is pressed."""
    stem = f"training_set_with_{SYNTHETIC}{'_SIMULATED' if source.simulated else ''}_{n}_seed{seed}"
    about = {"data": source.label, "seed": seed, "synthetic_beats": dict(numbers)}
    names = preparation_of(next(iter(gans[name] for name in numbers)).card).lead_names()

    def beats() -> AugmentedBeats:
        return augmented_set(source, train, numbers, gans, seed)

    with st.container(horizontal=True):
        st.download_button("NPZ", lambda: npz_bytes(beats(), about), f"{stem}.npz", "application/octet-stream",
                           on_click="ignore", icon=":material/download:", key="plan.npz")  # fmt: skip
        st.download_button("CSV", lambda: csv_bytes(beats(), about, names), f"{stem}.csv", "text/csv",
                           on_click="ignore", icon=":material/download:", key="plan.csv")  # fmt: skip
    st.caption(
        f"Every row says whether it is synthetic. The files are made when a button is pressed; the CSV takes about "
        f"{max(1, n * CSV_MB_PER_BEAT):,.0f} MB."
    )


def set_made(source: DataSource) -> dict[str, Any] | None:
    """The set made last in this session from the data in use: what is kept under `synthesis.plan`, or None."""
    kept: dict[str, Any] | None = st.session_state.get(PLAN)
    return kept if kept and kept["folder"] == str(source.folder) else None
