"""The Synthesis page's second tab: beats a GAN makes beside recorded ones, and the way to take them along."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.export import csv_bytes, npz_bytes, png_zip_bytes, wfdb_zip_bytes
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.beats.synthetic import SYNTHETIC, SyntheticBeats
from ecg_core.data.clock import clock
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.card import Card
from ecg_core.learning.fits import preparation_of
from ecg_core.plots.synthesis import Cell, mean_figure, pairs_figure, sheet_figure
from ecg_core.ui import page, theme, width
from ecg_core.ui.chart import chart
from ecg_core.ui.charts import component as light
from ecg_core.ui.load import OF_BEATS
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis import nearest
from ecg_core.ui.synthesis.data import (
    IMAGES,
    MADE_FOR_REJECTED,
    SIGNALS,
    by_class,
    class_choice,
    drawn_rows,
    gan_choice,
    has_sampler,
    kind_choice,
    no_gan,
    recorded,
    rejected_beats,
    sampled,
    seed_input,
    whole_input,
)
from ecg_core.ui.synthesis.images import images_part

KEPT, REJECTED = VIEWS = ("Kept", "Rejected")
SHOWN, SHOWN_NARROW = 12, 6
MOST, USUAL = 10_000, 500
AVERAGED = 1_000
"""Synthetic beats behind mean and spread, at least: the mean of two dozen would say more of chance than of the GAN."""
MOST_PICTURES = 1_000
EXPORTED = ImageConfig(128, "paper", "both")
Curves = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


def sample_tab(source: DataSource, values: Query, models: Sequence[Model], image_models: Sequence[Model]) -> None:
    """Choose a class, a number and a seed; look at what comes out beside recorded beats; export it.

    `values` needs the parameters class, run, n and seed. `models` are beat GANs, `image_models` image GANs.
    """
    if not models and not image_models:
        no_gan(values)
        return
    _sample(source, values, models, image_models)


@st.fragment
def _sample(source: DataSource, values: Query, models: Sequence[Model], image_models: Sequence[Model]) -> None:
    """All of the tab. Another class or seed is a matter of this part of the page alone."""
    try:
        with st.container(horizontal=True, gap="medium"):
            kind = kind_choice(values, models, image_models, "synthesis.kind.widget")
            if kind == SIGNALS:
                found = by_class(models)
                beat_class = class_choice(values, list(found), models)
            n, seed = _number(values), seed_input(values)
        if kind == IMAGES:
            images_part(source, values, image_models, n, seed)
        else:
            model = gan_choice(values, beat_class, found[beat_class])
            _signals_part(source, model, beat_class, n, seed)
            width.measure()
    except WorkbenchError as error:
        page.fail(error)
    finally:
        values.write()


def _number(values: Query) -> int:
    return whole_input(values, "n", "Number", 1, MOST, USUAL, "How many are made; the first dozen is shown.")


def _signals_part(source: DataSource, model: Model, beat_class: str, n: int, seed: int) -> None:
    made = sampled(model, n, seed)
    beats, reason = recorded(source, model.card)
    names = preparation_of(model.card).lead_names()
    simulated = model.card.data.simulated
    if reason:
        st.info(page.literal(reason), icon=":material/info:")
    rejected, pairs = _views(model, made, beats is not None)
    most = SHOWN if width.main_column_px() >= width.NARROW_PX else SHOWN_NARROW
    shown = (rejected_beats(model, seed) if rejected else made.signals)[:most]
    if len(shown):
        _sheet(shown, beats, beat_class, made, names, seed, rejected=rejected, pairs=pairs)
    if rejected:
        st.caption(
            f"Beats that the sampler did not keep, the first of those among {MADE_FOR_REJECTED} made with this seed. "
            "No export holds them."
            if len(shown)
            else "The sampler kept every beat that was made with this seed."
        )
    elif n > len(shown):
        st.caption(
            f"The first {len(shown)} of {n:,} synthetic beats are shown; the export holds the other "
            f"{n - len(shown):,} too."
        )
    means = st.expander("Mean and spread, beside those of all recorded beats", key="sample.means.open",
                        on_change="rerun")  # fmt: skip
    if means.open:
        with means:
            _means(beats, sampled(model, max(n, AVERAGED), seed), model, beat_class)
    _exports(model, made, beat_class, names, seed, simulated)


def _views(model: Model, made: SyntheticBeats, comparable: bool) -> tuple[bool, bool]:
    """Say how many beats were kept, and ask whether rejected ones are shown, and the nearest recorded ones."""
    rejected = pairs = False
    sampler = has_sampler(model)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if sampler:
            rejected = st.segmented_control("Show", VIEWS, default=KEPT, required=True, key="sample.view",
                                            label_visibility="collapsed") == REJECTED  # fmt: skip
        if comparable:
            pairs = st.toggle("Nearest recorded beat under each", key="sample.pairs", help=nearest.HELP)
    if sampler:
        st.caption(
            f"{len(made):,} kept of {len(made) + made.rejected:,} made: the sampler keeps those a "
            "discriminator takes for recorded."
        )
    return rejected, pairs


def _sheet(
    shown: npt.NDArray[np.float32], beats: BeatSet | None, beat_class: str, made: SyntheticBeats,
    names: Sequence[str], seed: int, *, rejected: bool, pairs: bool,
) -> None:  # fmt: skip
    """Synthetic beats beside recorded ones drawn at random, or each over the recorded one it is nearest to."""
    simulated = beats is not None and beats.simulated
    low, high = made.config.band_hz
    leads = [name.replace("lead", "lead ") if name.startswith("lead") else name for name in names]
    note, column_px = f"Filtered, {low:g} to {high:g} Hz", width.main_column_px()
    title = f"{len(shown)} {'rejected ' if rejected else ''}synthetic {beat_class} beats"
    said = ""
    if beats is not None and pairs:
        found = nearest.nearest_beats(beats, beat_class, shown)
        title += ", each over the recorded one nearest to it"
        each = [
            (Cell(SYNTHETIC, mv), Cell(f"{one.place}\n{one.rms:.3f} mV", np.asarray(beats.signals[one.row])))
            for mv, one in zip(shown, found, strict=True)
        ]
        figure = pairs_figure(each, made.config.times_s, leads, theme.palette(),
                              title=f"{'SIMULATED. ' if simulated else ''}{title}", note=note, width_px=column_px,
                              simulated=simulated)  # fmt: skip
        said = nearest.yardstick_sentence(found, nearest.near_beats(beats, beat_class), "mV", 3)
    else:
        rows = drawn_rows(beats, beat_class, len(shown), seed) if beats is not None else np.array([], np.int64)
        title += f" beside {len(rows)} recorded ones, drawn at random" if len(rows) else ""
        figure = sheet_figure(
            [] if beats is None else _recorded_cells(beats, rows),
            [Cell(SYNTHETIC, mv) for mv in shown], made.config.times_s, leads, theme.palette(),
            title=f"{'SIMULATED. ' if simulated else ''}{title}",
            heading=f"{'SIMULATED' if simulated else 'Recorded'}, training records", note=note, width_px=column_px,
            simulated=simulated,
        )  # fmt: skip
    light.chart(
        light.drawing(
            figure, f"{title}, both leads on ECG paper at one scale",
            f"{SYNTHETIC}{'_SIMULATED' if simulated else ''}_{beat_class}_sheet_seed{seed}", "paper",
        ),
        "sample.sheet",
    )  # fmt: skip
    if said:
        st.caption(said)


def _recorded_cells(beats: BeatSet, rows: npt.NDArray[np.int64]) -> list[Cell]:
    table = beats.table.iloc[rows]
    return [
        Cell(f"{record} · {clock(time_s)}", np.asarray(beats.signals[row]))
        for row, record, time_s in zip(rows, table["record"], table["time_s"], strict=True)
    ]


def _means(beats: BeatSet | None, made: SyntheticBeats, model: Model, beat_class: str) -> None:
    of_made = _curves(made.signals)
    of_recorded = None
    if beats is not None:
        of_recorded = _recorded_curves(beats, beat_class)
    times_s = made.config.times_s
    if of_recorded is None:
        title = f"Mean of {len(made):,} synthetic {beat_class} beats"
    else:
        gap = np.abs(of_made[0] - of_recorded[0])
        lead, point = np.unravel_index(int(gap.argmax()), gap.shape)
        title = (
            f"Means of synthetic and recorded {beat_class} beats differ by at most {gap[lead, point]:.2f} mV "
            f"(at {1000 * times_s[point]:.0f} ms)"
        )
    chart(
        mean_figure(of_recorded, of_made, times_s, _lead_titles(model.card), theme.palette(), title=title),
        key="sample.means",
        alt=f"{title}. Mean and standard deviation of each lead",
    )
    if beats is not None:
        st.caption(
            f"{len(made):,} synthetic beats and all {len(beats.rows_of(beat_class)):,} recorded ones of the "
            f"class in {_holding(beats, beat_class)}. A mean hides single odd beats: look above, and under "
            "**Fidelity**."
        )


def _lead_titles(card: Card) -> list[str]:
    places = [list(dict.fromkeys(place)) for place in zip(*preparation_of(card).leads.values(), strict=True)]
    return [
        place[0] if len(place) == 1 else f"Lead {k + 1}: {', '.join(sorted(place))}" for k, place in enumerate(places)
    ]


def _holding(beats: BeatSet, beat_class: str) -> str:
    n = beats.table["record"].iloc[beats.rows_of(beat_class)].nunique()
    return f"{n} training record{'' if n == 1 else 's'}"


def _curves(signals: npt.NDArray[np.float32]) -> Curves:
    return signals.mean(axis=0), signals.std(axis=0)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=OF_BEATS)
def _recorded_curves(beats: BeatSet, beat_class: str) -> Curves:
    return _curves(np.asarray(beats.signals[beats.rows_of(beat_class)]))


def _exports(
    model: Model, made: SyntheticBeats, beat_class: str, names: Sequence[str], seed: int, simulated: bool
) -> None:
    """Buttons whose files are made when they are pressed, and not before."""
    stem = f"{SYNTHETIC}_{'SIMULATED_' if simulated else ''}{beat_class}_{len(made)}_seed{seed}"
    about = {"data": model.card.data.label, "seed": seed} | ({"simulated": True} if simulated else {})
    drawn = min(len(made), MOST_PICTURES)

    def pictures() -> bytes:
        images = draw_beats(made.signals[:drawn], made.config.times_s, EXPORTED)
        return png_zip_bytes(images, [beat_class] * drawn, about, EXPORTED.form)

    files: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("NPZ", f"{stem}.npz", "application/octet-stream", lambda: npz_bytes(made, about)),
        ("CSV", f"{stem}.csv", "text/csv", lambda: csv_bytes(made, about, names)),
        ("WFDB (zip)", f"{stem}_wfdb.zip", "application/zip", lambda: wfdb_zip_bytes(stem, made, names, about)),
        ("PNG (zip)", f"{stem}_png.zip", "application/zip", pictures),
    ]
    st.subheader("Export", anchor=False)
    with st.container(horizontal=True):
        for label, name, mime, content in files:
            st.download_button(label, content, name, mime, on_click="ignore", icon=":material/download:",
                               key=f"sample.{label.split()[0].lower()}")  # fmt: skip
    only = f" PNG holds the first {drawn:,}." if drawn < len(made) else ""
    st.caption(
        f"All {len(made):,} beats, both leads, filtered. Every file and its name say {SYNTHETIC}.{only} "
        "A file is made when its button is pressed."
    )
