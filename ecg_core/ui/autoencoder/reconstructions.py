"""The Autoencoder page's second tab: beats and what the network makes of them, by rank of score."""

from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.data.clock import clock
from ecg_core.data.labels import UNCLASSIFIED
from ecg_core.plots.reconstruction import Tile
from ecg_core.tasks.autoencoder.inputs import present as leads_there
from ecg_core.text import adding_up
from ecg_core.typed_json import JsonObject
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.autoencoder.views.component import component, nothing, palettes
from ecg_core.ui.query import Query
from ecg_core.ui.records.view import link
from ecg_core.ui.terms import meaning, meanings

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


@st.fragment
def reconstructions_tab(values: Query, scored: Scored, threshold: float, heading: str, model: str) -> None:
    """Twelve tiles of the chosen class and rank; each opens its beat on the Records page."""
    present = [name for name, scores in scored.detection.sorted_scores.items() if len(scores) and len(name) == 1]
    inputs = scored.detector.inputs_
    assert inputs is not None
    several = leads_there(inputs, scored.items, np.arange(len(scored.items))).sum(axis=0).astype(bool)
    names = ["First lead", "Second lead"][: int(several.sum())] if len(inputs.leads) > 1 else ["Lead"]
    st.session_state["tiles.rank"] = values["rank"] or RANKS[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rank = st.segmented_control(
            "Rank by score", RANKS, required=True, key="tiles.rank", on_change=_take_rank, args=(values,),
            width="content", help=meaning("Abnormality score"),
        )  # fmt: skip
        chosen = st.pills(
            "Reference class", present, default=present, selection_mode="multi", key="tiles.classes", width="content",
            help=meanings(*present),
        )  # fmt: skip
        if len(names) > 1:
            lead = st.segmented_control(
                "Lead", range(len(names)), format_func=names.__getitem__, default=0, required=True, key="tiles.lead",
                width="content",
            )  # fmt: skip
        else:
            lead = 0
    values.write()
    among = np.flatnonzero(np.isin(scored.detection.beat_class, chosen))
    positions = among[ranked(scored.detection.score[among], rank or RANKS[0], threshold)]
    if not len(positions):
        st.info("No beat of these classes there. Choose other classes or another rank.")
        return
    asked = component()(
        data=tiles_data(scored, positions, int(lead or 0), heading, model),
        key="tiles.view",
        on_open_change=nothing,
    )
    if isinstance(asked.open, int) and 0 <= asked.open < len(scored.rows):
        open_in_records(scored, asked.open)


def tiles_data(scored: Scored, positions: npt.NDArray[np.int64], lead: int, heading: str, model: str) -> JsonObject:
    """What the view of tiles is given: the scored beats at `positions`, of one lead."""
    times_s = scored.items.config.times_s if isinstance(scored.items, BeatSet) else scored.items.times_s
    times_ms = [round(1000 * float(times_s[0]), 3), round(1000 * float(times_s[-1]), 3)]
    wide = times_ms[1] - times_ms[0] > 2000
    grid_ms = 1000 if wide else 200
    return {
        "kind": "tiles",
        "palettes": palettes(),
        "times_ms": times_ms,
        "grid_ms": grid_ms,
        "file": f"{model.replace('/', '-')}-reconstructions{'_SIMULATED' if scored.items.simulated else ''}",
        "heading": f"{heading} Solid: recorded. Dashed: what the network draws.",
        "note": f"{heading} Solid: recorded. Dashed: what the network draws. Shaded: the error. "
        f"Grid: {'1 s' if wide else '200 ms'} and 1 mV. Choose a tile to open the beat on the Records page.",
        "tiles": [
            {
                "row": one.row,
                "label": one.label,
                "detail": one.detail,
                "colour": one.beat_class,
                "original": one.original[lead].round(3).astype(float).tolist(),
                "drawn": one.reconstruction[lead].round(3).astype(float).tolist(),
                "href": f"Records?{urlencode(records_link(scored, one.row))}",
            }
            for one in tiles(scored, positions)
        ],
    }


def _take_rank(values: Query) -> None:
    values["rank"] = st.session_state["tiles.rank"]


def open_in_records(scored: Scored, position: int) -> None:
    """Go to the Records page, with the beat in the middle and marked."""
    st.switch_page(RECORDS_PAGE, query_params=records_link(scored, position))


def records_link(scored: Scored, position: int) -> dict[str, str]:
    """The Records page's address of a scored beat."""
    return link(scored.items.table.iloc[scored.rows[position]])
