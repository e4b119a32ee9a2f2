"""The trace read back from ECG images: what a GAN drew, in mV, so that it can be measured like a recorded beat.

Only dark ink counts, so that a faint line under the trace (a recording's usual beat), the grey of smooth edges and the
lines of ECG paper are passed over.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.images import SIZES, STROKE_PX, TRACE_RGB, ImageConfig
from ecg_core.beats.panel import ImageGeometry
from ecg_core.errors import DataError
from ecg_core.evaluation.morphology import beat_features

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
LEVEL = 0.6
"""Ink from which a pixel is the trace's: a stroke of the drawing reaches it in every column, a faint line does not."""
SMALLEST_MARK_PX = 0.5
CHUNK = 512
"""Images read at a time."""
POINTS_PER_S = 180.0
"""Of the evenly spaced times on which a trace is measured, those of prepared beats."""
MEASURED = ("r_mv", "qrs_ms")


@dataclass(frozen=True)
class ReadTraces:
    """What was read from n images."""

    mv: Floats = field(repr=False)
    """(n, n_panels, n_columns) mV; gaps are bridged by straight lines, NaN where a panel holds no dark ink at all."""
    times_s: npt.NDArray[np.float64] = field(repr=False)
    """(n_columns,) time of the middle of each column relative to the R peak."""
    gap_share: Floats = field(repr=False)
    """(n, n_panels) share of the columns without dark ink, 0 to 1."""


def geometry_of(config: ImageConfig, times_s: npt.NDArray[np.float64]) -> ImageGeometry:
    """Panels and edges of the images drawn of beats with these times, s relative to the R peak."""
    left, step = float(times_s[0]), float(times_s[1] - times_s[0])
    stroke_px = STROKE_PX * config.size / SIZES[0]
    return ImageGeometry(config.panels, left, left + len(times_s) * step, stroke_px, config.mark_px)


def ink_of(images: Pixels) -> Floats:
    """Darkness of each pixel, (n, height, width), 0 to 1.

    Of (n, height, width) grey, 0 where it is white and 1 where it is black; of (n, height, width, 3) RGB by the
    brightest of the three colours, so that paper and its lines count next to nothing, and 1 where it is as dark as the
    trace on paper.
    """
    if images.ndim == 3:
        return np.asarray((255 - images).astype(np.float32) / np.float32(255))
    if images.ndim != 4 or images.shape[3] != 3:
        raise DataError(f"Images of shape {images.shape}, expected (n, height, width) or (n, height, width, 3).")
    darkness = (255 - images.max(axis=3)).astype(np.float32) / np.float32(255 - max(TRACE_RGB))
    return np.asarray(np.clip(darkness, 0, 1, out=darkness))


def read_traces(images: Pixels, geometry: ImageGeometry) -> ReadTraces:
    """The trace of each panel, one value a column.

    A column's ink reaches from the uppermost to the lowest row of dark ink, each edge found between the rows by where
    the ink passes 0.6. The trace is the middle of that, but half a stroke below the upper edge where the column lies
    above both its neighbours, and half a stroke above the lower edge where it lies below both: the tip of a steep R
    wave is not its middle. Of DS1's beats drawn at 64 px and read back, 97 % of N, 99 % of S and V, and 89 % of F have
    their R amplitude right within a pixel; QRS widths come out 10 to 12 ms longer than on the signals.

    Parameters
    ----------
    images : (n, size, size) uint8 grey or (n, size, size, 3) uint8 RGB
    geometry : of those images

    Raises
    ------
    DataError : images of another shape, or too low for the panels
    """
    lowest = max(panel.bottom for panel in geometry.panels)
    if images.ndim not in (3, 4) or images.shape[1] < lowest:
        raise DataError(f"Images of shape {images.shape}: the panels reach down to row {lowest}.")
    n, width, n_panels = len(images), images.shape[2], len(geometry.panels)
    mv = np.empty((n, n_panels, width), np.float32)
    gap_share = np.empty((n, n_panels), np.float32)
    for start in range(0, n, CHUNK):
        ink = ink_of(images[start : start + CHUNK])
        for k, panel in enumerate(geometry.panels):
            own = ink[:, panel.rows]
            mv_per_px: Floats = np.full((len(own), 1), panel.value_per_px, np.float32)
            if geometry.mark_px:
                mv_per_px = np.float32(1) / _mark_height(own[:, :, : geometry.mark_px])
                own[:, :, : geometry.mark_px] = 0  # the trace behind the mark is not known
            rows, gaps = _read(own, geometry.stroke_px)
            above = panel.top_value / panel.value_per_px  # rows from the upper edge to 0
            mv[start : start + CHUNK, k] = (np.float32(above) - rows) * mv_per_px
            gap_share[start : start + CHUNK, k] = gaps[:, geometry.mark_px :].mean(axis=1)
    step = (geometry.right_s - geometry.left_s) / width
    return ReadTraces(mv, geometry.left_s + step * (np.arange(width) + 0.5), gap_share)


def trace_features(traces: ReadTraces, panel: int = 0) -> pd.DataFrame:
    """R amplitude in mV and QRS width in ms of one panel's traces, by the rules of `morphology.beat_features`.

    One row an image, columns r_mv and qrs_ms; NaN where nothing was read. The trace is first interpolated to 180 points
    a second. A pixel is 11 ms or 0.17 mV in an image of 64 px with two leads, so compare with images read the same way.
    """
    known = np.asarray(np.isfinite(traces.mv[:, panel]).all(axis=1), np.bool_)
    times = traces.times_s
    parts = int(np.ceil((times[1] - times[0]) * POINTS_PER_S))  # of a column: no tip may fall between two points
    fine_s = np.linspace(times[0], times[-1], parts * (len(times) - 1) + 1)
    found = pd.DataFrame(np.nan, index=range(len(known)), columns=list(MEASURED))
    if known.any():
        fine = np.stack([np.interp(fine_s, times, row) for row in traces.mv[known, panel]])
        found.loc[known, list(MEASURED)] = beat_features(fine, fine_s)[list(MEASURED)].to_numpy()
    return found


def dark_span(ink: Floats) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of ink (n, height, width): which columns hold dark ink, its first row and its last, each (n, width)."""
    dark = ink >= LEVEL
    filled = np.asarray(dark.any(axis=1), np.bool_)
    return filled, dark.argmax(axis=1), ink.shape[1] - 1 - dark[:, ::-1].argmax(axis=1)


def _mark_height(ink: Floats) -> Floats:
    """How high the mark in the lower corner of ink (n, height, mark_px) is, (n, 1) px: as far up as ink goes on."""
    column = ink.max(axis=2)[:, ::-1]  # from below
    reached = np.cumprod(column >= LEVEL, axis=1, dtype=np.int64).sum(axis=1)
    above = np.take_along_axis(column, np.minimum(reached, column.shape[1] - 1)[:, None], axis=1)
    part = np.where(reached[:, None] < column.shape[1], above, 0)
    height: Floats = np.maximum(reached[:, None] + part, SMALLEST_MARK_PX).astype(np.float32)
    return height


def _read(ink: Floats, stroke_px: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Rows of the trace, px from the upper edge of ink (n, height, width), and its gaps; both (n, width)."""
    filled, first, last = dark_span(ink)
    height = ink.shape[1]
    upper = _edge(ink, first)
    lower = height - _edge(ink[:, ::-1], height - 1 - last)
    middle = _bridged((upper + lower) / 2, filled)
    before, after = (np.concatenate(pair, axis=1) for pair in (
        (middle[:, :1], middle[:, :-1]), (middle[:, 1:], middle[:, -1:]),
    ))  # fmt: skip
    half = np.minimum(stroke_px, lower - upper) / 2
    rows = np.where(filled & (middle < before) & (middle <= after), upper + half, middle)
    rows = np.where(filled & (middle > before) & (middle >= after), lower - half, rows)
    return rows.astype(np.float32), ~filled


def _edge(ink: Floats, first: npt.NDArray[np.int64]) -> Floats:
    """Where ink passes `LEVEL` above row `first` (n, width), px from the upper edge of the first row."""
    at = np.take_along_axis(ink, first[:, None], axis=1)[:, 0]
    above = np.take_along_axis(ink, np.maximum(first - 1, 0)[:, None], axis=1)[:, 0]
    above = np.where(first > 0, above, 0)
    share = (LEVEL - above) / np.maximum(at - above, 1e-6)
    return np.asarray(np.maximum(first - 0.5 + share, 0), np.float32)


def _bridged(rows: Floats, filled: npt.NDArray[np.bool_]) -> Floats:
    """Straight lines over the columns that are not filled; NaN in rows of which no column is."""
    columns = np.arange(rows.shape[1])
    for k in np.flatnonzero(~filled.all(axis=1)):
        known = filled[k]
        rows[k] = np.interp(columns, columns[known], rows[k, known]) if known.any() else np.nan
    return rows
