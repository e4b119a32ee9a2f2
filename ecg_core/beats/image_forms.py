"""Images that show a beat as a reader of Holter recordings looks at it: over the recording's usual beat, and in its
rhythm.

A beat alone shows neither what is usual for the patient nor whether it comes early. Here it is drawn dark, laid over
the recording's median beat, which is drawn faint under it with the area between the two; and below are five bars, to
the left for early and to the right for late, in units of the spread of the recording's RR intervals (`beats.context`).

The scale is such that the recording's usual QRS complex is as high in every image. The calibration mark in the lower
left corner of each lead's panel is 1 mV high, as on a strip whose gain was set for the patient.
"""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.context import RHYTHM_NAMES
from ecg_core.beats.images import (
    BOX_MIN_PX,
    BOX_S,
    CHUNK_PIXELS,
    INK,
    LEADS,
    LINE_PX,
    LINE_RGB,
    PAPER_RGB,
    RANGE,
    SIZES,
    TRACE_RGB,
    WHITE,
    Floats,
    ImageConfig,
    Pixels,
    check_leads,
    draw_beats,
    lines,
    stroke_radius,
)
from ecg_core.beats.panel import Panel
from ecg_core.beats.pen import area_ink, bar_ink, trace_ink
from ecg_core.beats.scenes import Scenes, scenes
from ecg_core.errors import DataError

FAINT = 0.4  # ink of what is usual, beside 1 of the beat
FAINT_ON_PAPER = 0.6
SMALLEST_MV = 1e-3
BOX_UNITS = 0.5
BAR_RANGE = 8.0
"""A bar as long as half the width stands for so many spreads of the recording's RR interval."""
EARLY_BARS = 3
"""The first so many rhythm numbers grow with prematurity, the others with delay."""
USUAL_RGB, BAR_RGB = (96, 138, 214), (0, 104, 112)
LEGEND = (
    "**Dark**: the beat. **Faint**: the recording's usual beat, and the area between the two. **Bars** below: the "
    "first three how early the beat comes (to the left), the last two how late the next one (to the right). **Mark** "
    "at the left edge: 1 mV. The first lead is above the second; what is taller than its panel is cut off there."
)
"""What an image of the forms with context shows, in words for those who look at one."""


def draw_rows(beats: BeatSet, rows: npt.NDArray[np.int64], config: ImageConfig) -> Pixels:
    """Images of some rows of `beats`, which must hold whole recordings, as `draw_scenes` gives them."""
    return draw_scenes(scenes(beats, rows, config.form), config)


def draw_scenes(shown: Scenes, config: ImageConfig) -> Pixels:
    """Draw scenes in the form that `config` names.

    Returns
    -------
    (n, size, size) uint8, 0 dark and 255 white, on the plain ground; (n, size, size, 3) uint8 RGB on paper

    Raises DataError if the beats lack the lead asked for or hold a value that is not a finite number.
    """
    if config.form == "beat":
        return draw_beats(shown.beats * shown.unit_mv[:, :, None], shown.times_s, config)
    check_leads(shown.beats.shape[1], config)
    size = config.size
    images = np.empty((len(shown), size, size, 3)[: 3 + (config.channels == 3)], np.uint8)
    ground = paper(shown.times_s, config) if config.channels == 3 else None
    chunk = max(1, CHUNK_PIXELS // size**2)
    for start in range(0, len(shown), chunk):
        some = shown.at(slice(start, start + chunk))
        _check_finite(some, start)
        trace, usual, bars = _layers(some, config)
        part = images[start : start + chunk]
        if ground is None:
            ink = np.maximum(np.maximum(trace, bars), usual * np.float32(FAINT))
            np.rint(WHITE + ink * np.float32(INK - WHITE), out=part, casting="unsafe")
            continue
        for channel in range(3):
            shade = ground[..., channel] + usual * np.float32(FAINT_ON_PAPER) * (
                USUAL_RGB[channel] - ground[..., channel]
            )
            shade += bars * (np.float32(BAR_RGB[channel]) - shade)
            shade += trace * (np.float32(TRACE_RGB[channel]) - shade)
            np.rint(shade, out=part[..., channel], casting="unsafe")
    return images


def _check_finite(shown: Scenes, before: int) -> None:
    parts = (shown.beats, shown.usual, shown.unit_mv, shown.rhythm)
    finite = [np.isfinite(part).reshape(len(shown), -1).all(axis=1) for part in parts]
    bad = np.flatnonzero(~np.logical_and.reduce(finite))
    if len(bad):
        raise DataError(f"Beat {before + bad[0]} holds a value that is not a finite number: it cannot be drawn.")


def _layers(shown: Scenes, config: ImageConfig) -> tuple[Floats, Floats, Floats]:
    """Ink of the beat with the calibration marks, of the usual beat with the area between the two, and of the bars:
    (n, size, size), 0 to 1."""
    size, radius = config.size, stroke_radius(config.size)
    trace, usual, bars = (np.zeros((len(shown), size, size), np.float32) for _ in range(3))
    for lead, panel in zip(LEADS[config.leads], config.panels, strict=True):
        scale, height = px_per_unit(panel), panel.height
        y, below = ((np.float32(RANGE) - x[:, lead]) * scale for x in (shown.beats, shown.usual))
        trace[:, panel.rows] = trace_ink(y, size, height, radius)
        usual[:, panel.rows] = np.maximum(trace_ink(below, size, height, radius), area_ink(y, below, size, height))
        tall = np.minimum(scale / np.maximum(shown.unit_mv[:, lead], SMALLEST_MV), height)
        mark = bar_ink((height - tall).astype(np.float32), np.full_like(tall, height), height)[:, :, None]
        columns = slice(0, config.mark_px)
        trace[:, panel.rows, columns] = np.maximum(trace[:, panel.rows, columns], mark)
    for number, rows in enumerate(bar_rows(config)):
        start, longest, sign = bar_place(number, size)
        end = start + sign * np.clip(shown.rhythm[:, number] / np.float32(BAR_RANGE), -1, 1) * np.float32(longest)
        bars[:, rows] = bar_ink(np.full_like(end, start - radius), end, size)[:, None, :]
    return trace, usual, bars


def px_per_unit(panel: Panel) -> np.float32:
    """Pixels the recording's usual QRS complex is high."""
    return np.float32(1 / panel.value_per_px)


def bar_rows(config: ImageConfig) -> list[slice]:
    """Rows of each of the five bars; none where the form has no bars."""
    top = config.panels[-1].bottom
    each = (config.size - top - 1) // len(RHYTHM_NAMES)
    if each < 2:
        return []
    return [slice(top + 1 + k * each, top + (k + 1) * each) for k in range(len(RHYTHM_NAMES))]


def bar_place(number: int, size: int) -> tuple[float, float, int]:
    """Where the bar of a rhythm number begins, its greatest length, px, and 1 if it grows to the right, else -1."""
    return size / 2, size / 2 - 1, -1 if number < EARLY_BARS else 1


def paper(times_s: npt.NDArray[np.float64], config: ImageConfig) -> Floats:
    """ECG paper, (size, size, 3) from 0 to 255, with lines through R peak, baseline and the bars' middle."""
    size, panel = config.size, config.panels[0]
    px_per_s = size * (len(times_s) - 1) / len(times_s) / (times_s[-1] - times_s[0])
    box = BOX_UNITS * float(px_per_unit(panel))
    box = box if box >= BOX_MIN_PX else 2 * box
    width = LINE_PX * size / SIZES[0]
    x = lines(size, -times_s[0] * px_per_s, BOX_S * px_per_s, width)
    y = np.tile(lines(panel.height, panel.height / 2, box, width), len(config.panels))
    weight = np.zeros((size, size), np.float32)
    weight[: len(y)] = np.maximum(x[None, :], y[:, None])
    start, end = (np.array([(size + side * width) / 2], np.float32) for side in (-1, 1))
    weight[len(y) :] = bar_ink(start, end, size)
    ground, line = np.array(PAPER_RGB, np.float32), np.array(LINE_RGB, np.float32)
    return np.asarray(ground + weight[..., None] * (line - ground), np.float32)
