"""Sheets of A4, upright, filled from top to bottom: headings, lines, tables, strips to scale. Lengths are in mm."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.plots.print_strip import (
    INCH_MM,
    LANE_MM,
    LETTERS_MM,
    ZERO_MM,
    PrintScale,
    Room,
    draw_row,
    font,
    printable,
    row_mm,
    write,
)
from ecg_core.plots.theme import LIGHT
from ecg_core.text import RESEARCH_USE

PAGE_MM = (210.0, 297.0)
MARGIN_MM, RIGHT_MM, TOP_MM, FOOT_MM = 12.0, 12.0, 18.0, 12.0
POINT_MM = INCH_MM / 72
LEADING = 1.3
"""Height of a line over the size of its letters."""
PLAIN_PT, SMALL_PT, HEADING_PT = 8.0, 7.0, 10.5
WIDTH_MM = PAGE_MM[0] - MARGIN_MM - RIGHT_MM
SCALE = PrintScale()
STRIP_LEFT_MM = 24.0
"""Names of leads then stand where printers still print, and seven seconds end within the margin."""
MOST_ROOM_MM = 20.0
BAR_MM = 0.7
"""What the bar over an event reaches beyond its R peaks."""


@dataclass(frozen=True)
class Cell:
    """Text in a row."""

    text: str
    weight: str = "normal"
    colour: str = LIGHT.text


class Sheets:
    """Pages that are being filled; `pdf` ends them."""

    def __init__(self, title: str, simulated: bool) -> None:
        self.title, self.simulated = title, simulated
        self.pages: list[tuple[Figure, Axes]] = []
        self.y = 0.0
        """Upper edge of what comes next, from the lower edge of the page."""
        self.turn()

    @property
    def axes(self) -> Axes:
        return self.pages[-1][1]

    def turn(self) -> None:
        """Go on to a new page."""
        figure = Figure(figsize=(PAGE_MM[0] / INCH_MM, PAGE_MM[1] / INCH_MM))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, PAGE_MM[0]), ylim=(0, PAGE_MM[1]))
        axes.axis("off")
        self.pages.append((figure, axes))
        self.y = PAGE_MM[1] - TOP_MM

    def need(self, height: float) -> None:
        """Go on to a new page unless so much is left of this one."""
        if self.y - height < FOOT_MM and self.y < PAGE_MM[1] - TOP_MM:
            self.turn()

    def space(self, height: float) -> None:
        self.y -= height

    def heading(self, text: str, then: float = 15.0) -> None:
        """A heading that does not stand alone at the end of a page: `then` follows it."""
        self.need(8 + then)
        self.space(2.5)
        self.text(text, MARGIN_MM, WIDTH_MM, HEADING_PT, weight="bold")
        self.space(0.8)

    def paragraph(self, text: str, size: float = PLAIN_PT, colour: str = LIGHT.text) -> None:
        """Text over the whole width, on one page if that holds it."""
        self.need(len(wrapped(text, WIDTH_MM, size)) * height_of(size))
        self.text(text, MARGIN_MM, WIDTH_MM, size, color=colour)

    def text(self, text: str, x: float, width: float, size: float, weight: str = "normal", **how: str) -> None:
        """Wrapped text from `x` on."""
        for line in wrapped(text, width, size, weight):
            self.need(height_of(size))
            write(self.axes, x, self.y - height_of(size) / 2, line, size, weight=weight, **how)
            self.y -= height_of(size)

    def row(self, cells: Sequence["Cell"], widths: Sequence[float], size: float = PLAIN_PT) -> None:
        """Cells beside each other, each wrapped within its width, a fine line below."""
        lines = [wrapped(cell.text, width - 2, size, cell.weight) for cell, width in zip(cells, widths, strict=True)]
        tall = max(len(one) for one in lines) * height_of(size)
        self.need(tall + 0.6)
        x = MARGIN_MM
        for one, cell, width in zip(lines, cells, widths, strict=True):
            for k, line in enumerate(one):
                at = self.y - height_of(size) * (k + 0.5)
                write(self.axes, x, at, line, size, weight=cell.weight, color=cell.colour)
            x += width
        self.y -= tall + 0.6
        self.axes.plot([MARGIN_MM, MARGIN_MM + sum(widths)], [self.y + 0.2] * 2, color=LIGHT.grid, linewidth=0.5)

    def strip(
        self,
        labelled: LabelledRecord,
        title: str,
        start_s: float,
        length_s: float,
        leads: Sequence[int],
        marked_s: tuple[float, float],
    ) -> None:
        """A titled strip at 25 mm/s and 10 mm/mV, with a bar over what it shows."""
        room = room_for(labelled, start_s, length_s, leads)
        tall = row_mm(len(leads), room)
        titles = wrapped(title, WIDTH_MM, PLAIN_PT, "bold")
        self.need(tall + 4 + len(titles) * height_of(PLAIN_PT))
        self.space(3)
        self.text(title, MARGIN_MM, WIDTH_MM, PLAIN_PT, weight="bold")
        draw_row(self.axes, labelled, (start_s, length_s), leads, SCALE, self.y, room)
        first, last = (STRIP_LEFT_MM + min(max(at - start_s, 0.0), length_s) * SCALE.mm_per_s for at in marked_s)
        bar = [first - BAR_MM, last + BAR_MM], [self.y - LETTERS_MM + 0.3] * 2
        self.axes.plot(*bar, color=LIGHT.accent, linewidth=2, solid_capstyle="butt")
        self.space(tall + 1)

    def pdf(self, foot: str) -> bytes:
        """Every page with its title, its number, its foot and that it is for research, as PDF."""
        buffer = BytesIO()
        with PdfPages(buffer, metadata={"Title": self.title, "Subject": RESEARCH_USE}) as pdf:
            for number, (figure, axes) in enumerate(self.pages, 1):
                top = PAGE_MM[1] - 10
                write(axes, MARGIN_MM, top, shortened(self.title, WIDTH_MM - 30, 11, "bold"), 11, weight="bold")
                said = f"page {number} of {len(self.pages)}"
                write(axes, PAGE_MM[0] - RIGHT_MM, top, said, PLAIN_PT, ha="right", color=LIGHT.text)
                write(axes, MARGIN_MM, 7, foot, SMALL_PT, color=LIGHT.text)
                write(axes, PAGE_MM[0] - RIGHT_MM, 7, RESEARCH_USE, SMALL_PT, ha="right", weight="bold")
                if self.simulated:
                    middle = (PAGE_MM[0] / 2, PAGE_MM[1] / 2)
                    write(axes, *middle, "SIMULATED", 80, ha="center", rotation=55, alpha=0.12)
                pdf.savefig(figure)
        return buffer.getvalue()


def height_of(size: float) -> float:
    """Height of a line of letters of `size` points."""
    return size * POINT_MM * LEADING


@lru_cache(maxsize=4096)
def _advance(letter: str, weight: str) -> float:
    """How far a letter takes the pen, in mm at one point of size."""
    face = font(weight)
    face.set_size(100, 72)
    return float(face.load_char(ord(letter)).linearHoriAdvance) / 65536 / 100 * POINT_MM


def width_of(text: str, size: float, weight: str = "normal") -> float:
    """Width of a text as it is printed, in mm, without kerning."""
    return sum(_advance(letter, weight) for letter in printable(text)) * size


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Text in lines that fit a width; a word that does not fit any is cut."""
    lines: list[str] = []
    line = ""
    for whole in text.split():
        word = whole
        while width_of(word, size, weight) > width:
            fits = _fitting(word, width, size, weight)
            lines += [line, word[:fits]] if line else [word[:fits]]
            line, word = "", word[fits:]
        longer = f"{line} {word}" if line else word
        if width_of(longer, size, weight) > width:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line] if line or not lines else lines


def shortened(text: str, width: float, size: float, weight: str = "normal") -> str:
    """Text that fits one line, with an ellipsis where it was cut."""
    if width_of(text, size, weight) <= width:
        return text
    return text[: _fitting(text, width - width_of("…", size, weight), size, weight)] + "…"


def _fitting(text: str, width: float, size: float, weight: str) -> int:
    """Letters that fit, at least one."""
    used = np.cumsum([_advance(letter, weight) * size for letter in printable(text)])
    return max(1, int(np.searchsorted(used, width, side="right")))


def room_for(labelled: LabelledRecord, start_s: float, length_s: float, leads: Sequence[int]) -> Room:
    """Paper for waves that are taller than their lane, up to 2 cm of it; what is taller still is cut off."""
    record = labelled.record
    first = round(start_s * record.fs)
    mv = record.mv(first, first + round(length_s * record.fs), leads)
    if not np.isfinite(mv).any():
        return Room(STRIP_LEFT_MM)
    above = float(np.nan_to_num(np.nanmax(mv[:, 0], initial=0))) * SCALE.mm_per_mv - ZERO_MM
    below = -float(np.nan_to_num(np.nanmin(mv[:, -1], initial=0))) * SCALE.mm_per_mv - (LANE_MM - ZERO_MM)
    return Room(STRIP_LEFT_MM, *(float(np.clip(np.ceil(one / 5) * 5, 0, MOST_ROOM_MM)) for one in (above, below)))


def small_paper(axes: Axes, left: float, top: float, width: float, height: float) -> None:
    """Paper of 1 and 5 mm."""
    for step, colour in ((1.0, LIGHT.grid_minor), (5.0, LIGHT.grid_major)):
        across = [[(x, top - height), (x, top)] for x in np.arange(left, left + width + 1e-6, step)]
        along = [[(left, y), (left + width, y)] for y in np.arange(top, top - height - 1e-6, -step)]
        axes.add_collection(LineCollection([*across, *along], colors=colour, linewidths=0.3 if step == 1 else 0.6))
