"""The recorded beat, or image, that each synthetic one is nearest to; looked up once for all sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.images import ImageConfig, Pixels
from ecg_core.data.clock import clock
from ecg_core.evaluation.nearest_recorded import near_rms, nearest_recorded
from ecg_core.evaluation.neighbours import YARDSTICK_BEATS
from ecg_core.ui.load import OF_BEATS

OF_DRAWN: dict[str | type[Any], Callable[[Any], Any]] = {**OF_BEATS, ImageConfig: lambda config: config.hash}
HELP = (
    "Under each synthetic one the recorded one of the training records that it is nearest to, over all points of both "
    "leads or all pixels, so that you can see whether it copies."
)


@dataclass(frozen=True)
class Neighbour:
    """A recorded beat and how far from it a synthetic one is."""

    row: int
    """Of the training beats."""
    place: str
    """Such as `208 · 12:34`."""
    rms: float
    """Root mean square of the difference, mV or shades of grey."""


def nearest_beats(beats: BeatSet, beat_class: str, made: npt.NDArray[np.float32]) -> list[Neighbour]:
    """The nearest training beat of the class for each of `made`, (n, n_leads, n_points) mV. Raises DataError if there
    is none."""
    return _nearest_beats(beats, beat_class, np.ascontiguousarray(made))


def nearest_images(beats: BeatSet, beat_class: str, config: ImageConfig, made: Pixels) -> list[Neighbour]:
    """The same for images, among those of all training beats drawn as `config` says."""
    return _nearest_images(beats, beat_class, config, np.ascontiguousarray(made))


@st.cache_data(max_entries=16, show_spinner="Comparing the recorded beats", hash_funcs=OF_BEATS)
def near_beats(beats: BeatSet, beat_class: str) -> float:
    """The copying yardstick of a class's training beats, mV. Raises DataError for fewer than two."""
    own = beats.rows_of(beat_class)
    return near_rms(len(own), lambda places: np.asarray(beats.signals[own[places]]), YARDSTICK_BEATS)


@st.cache_data(max_entries=16, show_spinner="Comparing the recorded images", hash_funcs=OF_DRAWN)
def near_images(beats: BeatSet, beat_class: str, config: ImageConfig) -> float:
    """The same of their images, in shades of grey of 255."""
    own = beats.rows_of(beat_class)
    return near_rms(len(own), lambda places: draw_rows(beats, own[places], config))


def yardstick_sentence(found: list[Neighbour], near: float, unit: str, digits: int) -> str:
    """What the distances say of copies."""
    closer = sum(one.rms <= near for one in found)
    return (
        f"The number is the difference (root mean square) in {unit}. Yardstick: 5 % of the recorded ones are within "
        f"**{near:.{digits}f}** of another recorded one. Of these {len(found)} synthetic ones **{closer}** "
        f"{'is' if closer == 1 else 'are'} so near; copies would all be."
    )


@st.cache_data(max_entries=32, show_spinner="Looking for the nearest recorded beats", hash_funcs=OF_BEATS)
def _nearest_beats(beats: BeatSet, beat_class: str, made: npt.NDArray[np.float32]) -> list[Neighbour]:
    own = beats.rows_of(beat_class)
    found = nearest_recorded(made, len(own), lambda places: np.asarray(beats.signals[own[places]]))
    return _named(beats, own[found.place], found.rms)


@st.cache_data(max_entries=32, show_spinner="Looking for the nearest recorded images", hash_funcs=OF_DRAWN)
def _nearest_images(beats: BeatSet, beat_class: str, config: ImageConfig, made: Pixels) -> list[Neighbour]:
    own = beats.rows_of(beat_class)
    found = nearest_recorded(made, len(own), lambda places: draw_rows(beats, own[places], config))
    return _named(beats, own[found.place], found.rms)


def _named(beats: BeatSet, rows: npt.NDArray[np.int64], rms: npt.NDArray[np.float64]) -> list[Neighbour]:
    table = beats.table.iloc[rows]
    return [
        Neighbour(int(row), f"{record} · {clock(time_s)}", float(one))
        for row, record, time_s, one in zip(rows, table["record"], table["time_s"], rms, strict=True)
    ]
