"""Families of a recording's beats on the Review page: made once, merged and split by the reader."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.families import Families, families
from ecg_core.errors import DataError
from ecg_core.plots.families import family_svg, tile_scale
from ecg_core.plots.theme import DARK, LIGHT
from ecg_core.review.groups import typical_of
from ecg_core.ui import load
from ecg_core.ui.escape import literal
from ecg_core.ui.load import Files
from ecg_core.ui.review.family_tiles.component import FamilyTile, family_tiles
from ecg_core.ui.review.opening import Review

_CHANGED = "review.families"
"""In the session: families as the reader has merged and split them, of one state of a recording's files."""


def current(files: Files) -> Families:
    """As the reader has them."""
    changed = st.session_state.get(_CHANGED)
    return changed[1] if changed and changed[0] == files.stamp else _found(files)


def panel(files: Files, review: Review, person_labels: Mapping[int, str], where: DeltaGenerator) -> None:
    """The pictures, and, in the row of controls `where`, what can be done to families."""
    found = current(files)
    if not found.families:
        st.caption("No beat of this recording could be cut, so there are no families.")
        return
    typical = {one.number: typical_of(one, review.seen.beats)
               for one in found.families}  # fmt: skip
    beats = review.seen.beats
    now = beats.beat_class.astype("<U8").copy()
    rows = np.flatnonzero(np.isin(beats.r_sample, list(person_labels)))
    for row, at in zip(rows.tolist(), beats.r_sample[rows].tolist(), strict=True):
        symbol = person_labels[at]
        now[row] = BY_CODE[symbol].beat_class if symbol in BY_CODE else "artefact"
    tiles = [
        FamilyTile(
            one.number, f"Family {one.number}: {_said(now[one.beats])}", *_pictures(files, found)[one.number],
            open=not all(int(sample) in person_labels for sample in beats.r_sample[one.beats]),
        )
        for one in found.families
    ]  # fmt: skip
    family_tiles(tiles, "review.tiles", lambda number: review.go(typical[number]))
    numbers = [one.number for one in found.families]
    with where.popover("Merge or split"):
        st.caption("Rarest and oddest families come first. A key decides about all beats of a family at once.")
        one = st.selectbox("Family", numbers, key="review.family")
        other = st.selectbox("with", [n for n in numbers if n != one], key="review.other")
        st.button("Merge", key="review.merge", on_click=_change, args=(files, one, other), disabled=other is None)
        st.button("Split in two", key="review.split", on_click=_change, args=(files, one, None))
    if problem := st.session_state.pop("review.family_problem", None):
        st.warning(literal(problem))


def _change(files: Files, one: int, other: int | None) -> None:
    found = current(files)
    try:
        changed = found.split(one) if other is None else found.merged(one, other)
    except DataError as error:
        st.session_state["review.family_problem"] = str(error)
    else:
        st.session_state[_CHANGED] = files.stamp, changed


def _said(classes: npt.NDArray[np.str_]) -> str:
    """Labels of a family's beats, the most frequent first."""
    names, counts = np.unique(classes, return_counts=True)
    order = np.argsort(-counts)
    return f"{', '.join(f'{names[k]} {counts[k]:,}' for k in order.tolist())}"


@st.cache_resource(max_entries=4, show_spinner="Grouping beats of one shape", hash_funcs=load.OF_FILES)
def _found(files: Files) -> Families:
    labelled = load.labelled_record(files)
    return families(labelled.record, labelled.beats.r_sample)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={**load.OF_FILES, Families: id})
def _pictures(_files: Files, found: Families) -> dict[int, tuple[str, str]]:
    scale = tile_scale(found)
    return {one.number: (family_svg(one, scale, LIGHT), family_svg(one, scale, DARK)) for one in found.families}
