"""Is the trace of an ECG image one sharp stroke? The share of grey pixels, and where the stroke is interrupted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats.panel import ImageGeometry
from ecg_core.evaluation.trace_reading import CHUNK, LEVEL, dark_span, ink_of

Pixels = npt.NDArray[np.uint8]
GREY = (0.1, 0.9)
"""Ink between these is grey. Smooth edges are grey in recorded images too: read the figure beside theirs."""


@dataclass(frozen=True)
class Sharpness:
    """How sharp images are, a mean over them. To be read beside the same of recorded images only."""

    grey: float
    """Share of the pixels that are neither ground nor ink, 0 to 1."""
    interrupted: float | None
    """Share of the columns of the panels in which the trace is interrupted, 0 to 1; None without panels."""


def sharpness(images: Pixels, geometry: ImageGeometry | None) -> Sharpness:
    """The share of grey pixels, and of columns where the trace is interrupted.

    Grey: ink between 0.1 and 0.9, in the panels, or in the whole image where no panels are known. Interrupted: a column
    of a panel without dark ink (0.6), with light between its uppermost and its lowest dark pixel, or whose dark ink
    does not touch that of the column before it, diagonally at least. Columns with a calibration mark do not count.

    Parameters
    ----------
    images : (n, size, size) uint8 grey or (n, size, size, 3) uint8 RGB, at least one
    geometry : of those images; None where it is not known
    """
    grey, broken = [], []
    for start in range(0, len(images), CHUNK):
        ink = ink_of(images[start : start + CHUNK])
        parts = [ink[:, panel.rows, geometry.mark_px :] for panel in geometry.panels] if geometry else [ink]
        grey.append([_is_grey(part) for part in parts])
        if geometry:
            broken += [interrupted(part) for part in parts]
    shares = np.concatenate([np.concatenate([one.reshape(len(one), -1) for one in each], axis=1) for each in grey])
    return Sharpness(float(shares.mean()), float(np.concatenate(broken).mean()) if broken else None)


def interrupted(ink: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Columns (n, width) of one panel's ink (n, height, width) in which the trace is interrupted (see `sharpness`)."""
    filled, first, last = dark_span(ink)
    holed = filled & ((ink >= LEVEL).sum(axis=1) < last - first + 1)
    apart = np.zeros_like(filled)
    both = filled[:, 1:] & filled[:, :-1]
    apart[:, 1:] = both & ((first[:, 1:] > last[:, :-1] + 1) | (last[:, 1:] < first[:, :-1] - 1))
    found: npt.NDArray[np.bool_] = ~filled | holed | apart
    return found


def _is_grey(ink: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (ink > GREY[0]) & (ink < GREY[1])
    return found
