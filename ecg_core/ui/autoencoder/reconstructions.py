"""The Autoencoder page's third tab: beats and what the network makes of them, by rank of score."""

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.data.clock import clock
from ecg_core.data.labels import UNCLASSIFIED
from ecg_core.plots.reconstruction import Tile, tiles_figure
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.tasks.autoencoder.inputs import present as leads_there
from ecg_core.text import adding_up
from ecg_core.ui import theme, width
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.records.view import link

RANKS = ("Highest", "Just above the threshold", "Just below the threshold", "Lowest")
TILES = 12
RECORDS_PAGE = "pages/1_Records.py"


def ranked(score: npt.NDArray[np.float64], rank: str, threshold: float, n: int = TILES) -> npt.NDArray[np.int64]:
    """Positions of `n` scores: the highest, the lowest, or those next to the threshold on either side."""
    order = np.argsort(score, kind="stable")
    at = int(np.searchsorted(score[order], threshold, side="left"))
    if rank == "Highest":
        return order[::-1][:n]
    if rank == "Lowest":
        return order[:n]
    return order[at : at + n] if rank == "Just above the threshold" else order[:at][::-1][:n]


def tile(scored: Scored, position: int) -> Tile:
    """One scored beat or window with its reconstruction."""
    return tiles(scored, np.array([position]))[0]


def tiles(scored: Scored, positions: npt.NDArray[np.int64]) -> list[Tile]:
    """Scored beats or windows with their reconstructions, in the order asked for."""
    rows = scored.rows[positions]
    detector, items = scored.detector, scored.items
    assert detector.inputs_ is not None
    leads = list(detector.inputs_.leads)
    drawn = detector.reconstruct_mv(items, rows)
    made = []
    for number, (position, row) in enumerate(zip(positions, rows, strict=True)):
        beat = items.table.iloc[row]
        shares = adding_up({name: float(values[position]) for name, values in scored.parts.items()})
        parts = " + ".join(f"{name} {value:.1f}" for name, value in shares.items())
        total = f"{parts} = {scored.detection.score[position]:.1f}" if len(scored.parts) > 1 else parts
        made.append(
            Tile(
                row=int(position),
                label=f"{beat['record']} · {clock(beat['time_s'], 1)} · {_named(beat['symbol'], beat['beat_class'])}",
                detail=total,
                beat_class=str(beat["beat_class"]),
                original=np.asarray(items.signals[row][leads]),
                reconstruction=drawn[number],
            )
        )
    return made


def _named(symbol: str, beat_class: str) -> str:
    if symbol == UNCLASSIFIED:
        return "not labelled"
    return symbol if symbol == beat_class else f"{symbol} (class {beat_class})"


def reconstructions_tab(scored: Scored, threshold: float) -> None:
    """Twelve tiles of the chosen class and rank; a click opens the beat on the Records page."""
    rank = st.segmented_control("Rank by score", RANKS, default=RANKS[0], required=True, key="tiles.rank")
    middle, right = st.columns([3, 1], vertical_alignment="bottom")
    present = [name for name, scores in scored.detection.sorted_scores.items() if len(scores) and len(name) == 1]
    with middle:
        chosen = st.pills("Reference class", present, default=present, selection_mode="multi", key="tiles.classes")
    inputs = scored.detector.inputs_
    assert inputs is not None
    with right:
        several = leads_there(inputs, scored.items, np.arange(len(scored.items))).sum(axis=0).astype(bool)
        names = ["First lead", "Second lead"][: int(several.sum())] if len(inputs.leads) > 1 else ["Lead"]
        lead = st.selectbox("Lead", range(len(names)), format_func=names.__getitem__, key="tiles.lead")
    among = np.flatnonzero(np.isin(scored.detection.beat_class, chosen))
    positions = among[ranked(scored.detection.score[among], rank or RANKS[0], threshold)]
    if not len(positions):
        st.info("No beat of these classes there. Choose other classes or another rank.")
        return
    columns = 4 if width.main_column_px() >= width.NARROW_PX else 2
    times_s = scored.items.config.times_s if isinstance(scored.items, BeatSet) else scored.items.times_s
    st.caption(
        "Solid: the recording. Dashed: what the network draws. Shaded: the error. "
        "Click a tile to open it on the Records page."
    )
    event = st.plotly_chart(
        tiles_figure(tiles(scored, positions), times_s, theme.palette(), columns=columns, lead=lead),
        theme=None,
        config=PLOTLY_CONFIG,
        key="tiles.figure",
        on_select="rerun",
        selection_mode="points",
        alt=f"{len(positions)} beats with their reconstructions, {str(rank).lower()} by score",
    )
    points = event["selection"]["points"]
    if points:
        custom = points[0]["customdata"]
        open_in_records(scored, int(custom[0] if isinstance(custom, list) else custom))


def open_in_records(scored: Scored, position: int) -> None:
    """Go to the Records page, with the beat in the middle and marked."""
    st.switch_page(RECORDS_PAGE, query_params=records_link(scored, position))


def records_link(scored: Scored, position: int) -> dict[str, str]:
    """The Records page's address of a scored beat."""
    return link(scored.items.table.iloc[scored.rows[position]])
