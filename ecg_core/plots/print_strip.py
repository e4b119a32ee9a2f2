"""A strip as a PDF to scale: printed at 100 %, 1 s is 25 mm wide and 1 mV 10 mm high, whatever the window was."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.clock import clock
from ecg_core.plots.theme import LIGHT
from ecg_core.text import RESEARCH_USE

PAGE_MM = (297.0, 210.0)  # A4, landscape
LEFT_MM, RIGHT_MM, TOP_MM, FOOT_MM = 20.0, 12.0, 18.0, 14.0
ROW_S = 10.0
LANE_MM = 32.0
LETTERS_MM = 6.0
ZERO_MM = 20.0
"""From the upper edge of a lead's lane down to 0 mV."""
LONGEST_S = 300.0  # as `ui.records.prints` has it, which offers no longer ones
INCH_MM = 25.4


@dataclass(frozen=True)
class Room:
    """Where a row of paper lies, in mm."""

    left: float = LEFT_MM
    """From the edge of the page to the paper; names of leads and pulses stand in its last 18 mm."""
    above: float = 0.0
    """More paper above the first lead, for waves taller than its lane."""
    below: float = 0.0
    """More below the last."""


@dataclass(frozen=True)
class PrintScale:
    """How a strip is printed."""

    mm_per_s: float = 25.0
    mm_per_mv: float = 10.0


def strip_pdf(
    labelled: LabelledRecord, start_s: float, length_s: float, leads: Sequence[int], scale: PrintScale = PrintScale()
) -> bytes:
    """`length_s` seconds (at most 300) from `start_s` on as pages of A4, leads `leads` from top to bottom.

    Rows hold as many seconds as the paper is wide, whole ones from one second on. Each page says the record, its times,
    the scale, that nothing was filtered, and whether it is simulated.

    Raises ValueError if the window is longer, lies outside the recording, or names no lead.
    """
    record = labelled.record
    if not leads or not 0 <= start_s < record.duration_s or not 0 < length_s <= LONGEST_S:
        raise ValueError(f"{leads=}, {start_s=} s, {length_s=} s: nothing to print of {record.duration_s:g} s")
    length_s = min(length_s, record.duration_s - start_s)
    row_s = (PAGE_MM[0] - LEFT_MM - RIGHT_MM) / scale.mm_per_s
    row_s = float(math.floor(row_s)) if row_s > 1 else row_s
    rows = [(start_s + k * row_s, min(row_s, length_s - k * row_s)) for k in range(math.ceil(length_s / row_s - 1e-9))]
    each = max(1, int((PAGE_MM[1] - TOP_MM - FOOT_MM) // row_mm(len(leads))))
    pages = [rows[k : k + each] for k in range(0, len(rows), each)]
    buffer = BytesIO()
    with PdfPages(buffer, metadata={"Title": f"Record {record.name}", "Subject": RESEARCH_USE}) as pdf:
        for number, page in enumerate(pages, 1):
            pdf.savefig(_page(labelled, page, leads, scale, f"page {number} of {len(pages)}"))
    return buffer.getvalue()


def _page(
    labelled: LabelledRecord, rows: Sequence[tuple[float, float]], leads: Sequence[int], scale: PrintScale, number: str
) -> Figure:
    """One page; its axes count mm of paper from the lower left corner."""
    figure = Figure(figsize=(PAGE_MM[0] / INCH_MM, PAGE_MM[1] / INCH_MM))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, PAGE_MM[0]), ylim=(0, PAGE_MM[1]))
    axes.axis("off")
    record = labelled.record
    top = PAGE_MM[1] - TOP_MM
    stop_s = rows[-1][0] + rows[-1][1]
    title = f"Record {record.name}, {clock(rows[0][0], 1)} to {clock(stop_s, 1)}"
    write(axes, LEFT_MM, PAGE_MM[1] - 9, title, size=11, weight="bold")
    write(axes, PAGE_MM[0] - RIGHT_MM, PAGE_MM[1] - 9, number, ha="right")
    for start_s, length_s in rows:
        draw_row(axes, labelled, (start_s, length_s), leads, scale, top)
        write(axes, 2, top - 3, clock(start_s, 1))
        top -= row_mm(len(leads))
    guessed = [record.leads[k] for k in leads if record.calibrated and not record.calibrated[k]]
    note = f"; {', '.join(guessed)} uncalibrated: no true mV" if guessed else ""
    said = f"{scale.mm_per_s:g} mm/s, {scale.mm_per_mv:g} mm/mV when printed at 100 %. Unfiltered{note}. {RESEARCH_USE}"
    write(axes, LEFT_MM, 7, said)
    if record.simulated:
        write(axes, PAGE_MM[0] / 2, PAGE_MM[1] / 2, "SIMULATED", size=70, ha="center", alpha=0.15)
    return figure


def row_mm(n_leads: int, room: Room = Room()) -> float:
    """Height of a row of paper with the letters over it."""
    return LETTERS_MM + LANE_MM * n_leads + room.above + room.below


def draw_row(
    axes: Axes,
    labelled: LabelledRecord,
    window: tuple[float, float],
    leads: Sequence[int],
    scale: PrintScale,
    top: float,
    room: Room = Room(),
) -> None:
    """Draw one row of paper on axes that count mm: `window` is its first second and its length, `top` its upper edge.

    It takes `row_mm` of height.
    """
    record, (start_s, length_s) = labelled.record, window
    left, right = room.left, room.left + length_s * scale.mm_per_s
    paper_top, bottom = top - LETTERS_MM, top - row_mm(len(leads), room)
    for step, colour in ((1.0, LIGHT.grid_minor), (5.0, LIGHT.grid_major)):
        across = [[(x, bottom), (x, paper_top)] for x in np.arange(left, right + 1e-6, step)]
        along = [[(left, y), (right, y)] for y in np.arange(paper_top, bottom - 1e-6, -step)]
        axes.add_collection(LineCollection([*across, *along], colors=colour, linewidths=0.3 if step == 1 else 0.6))
    first = round(start_s * record.fs)
    mv = record.mv(first, first + round(length_s * record.fs), leads)
    x = left + np.arange(len(mv)) / record.fs * scale.mm_per_s
    for k, lead in enumerate(leads):
        lane_top = paper_top - room.above - LANE_MM * k
        seen = mv[:, k][np.isfinite(mv[:, k])]
        middle = float(np.median(seen)) if len(seen) else 0.0
        calibrated = not record.calibrated or record.calibrated[lead]
        zero = lane_top - ZERO_MM - (0.0 if calibrated else middle * scale.mm_per_mv)
        y = np.clip(zero + mv[:, k] * scale.mm_per_mv, bottom, paper_top)
        axes.plot(x, y, color=LIGHT.trace, linewidth=0.7)
        write(axes, left - 18, zero + scale.mm_per_mv + 4, record.leads[lead][:10], weight="bold")
        if calibrated:
            pulse = np.array([(4, 0), (6, 0), (6, 1), (11, 1), (11, 0), (13, 0)])
            axes.plot(left - 20 + pulse[:, 0], zero + pulse[:, 1] * scale.mm_per_mv, color=LIGHT.trace, linewidth=0.7)
    beats = labelled.beats
    for row in beats.rows_between(start_s * record.fs, (start_s + length_s) * record.fs):
        at = left + (beats.r_sample[row] / record.fs - start_s) * scale.mm_per_s
        text = "|" if labelled.layer.is_detected else str(beats.symbol[row])
        write(axes, at, paper_top + 2.5, text, ha="center", color=LIGHT.classes[str(beats.beat_class[row])])


def write(axes: Axes, x: float, y: float, text: str, size: float = 8, **how: Any) -> None:
    """Text as it is, `$` included, on axes that count mm; `size` in points."""
    axes.text(x, y, printable(text), fontsize=size, va="center", parse_math=False, **how)


def printable(text: str) -> str:
    """Text with `?` for every letter that the font does not have."""
    return "".join(letter if has_letter(letter) else "?" for letter in text)


@lru_cache(maxsize=4096)
def has_letter(letter: str) -> bool:
    """Whether the font of printed text has a letter."""
    return letter in " \u00a0" or (letter.isprintable() and font().get_char_index(ord(letter)) > 0)


def font(weight: str = "normal") -> FT2Font:
    """The font of printed text."""
    return get_font(findfont(FontProperties(weight=weight)))
