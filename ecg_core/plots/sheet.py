"""The sheet of ECG paper a strip is drawn on: rows, and where on it each lead's zero line lies.

All rows and leads share one sheet, so the grid runs through them as on print. Its x axis counts seconds from the
start of a row, its y axis mV down from the top edge (0 at the top, negative below). Each lead of each row has a
y axis of its own over the same sheet, shifted so that its 0 mV lies on a thick line: values stay true mV.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

DESIGN_WIDTH_PX = 976  # the main column of a 1440 px wide window; used until the real width is known
MARGIN_PX = 62  # at the left of the signal: lead name and calibration pulse
MAX_ROW_PX = 720  # of the leads of one row; shorter strips are narrower, not taller
ROW_S = 10.0
LONGEST_ROW_S = 12.0  # up to here one row holds the window
MV_PER_S = 0.4  # 1 mV is 10 mm high, 1 s is 25 mm wide
LARGE_BOX_MV = 0.5
RHYTHM_PX = 20
LETTERS_PX = 36
PREDICTED_PX = 18  # a rail of rings under the letters
FOOT_PX = 26
FONT_LEAD_PX = 13
FIT_HEIGHT_PX = 420
LEAST_EXTENT_MV = (-0.5, 1.0)  # room for the calibration pulse
NAME_PX = 22  # above the pulse: the lead's name


@dataclass(frozen=True)
class Row:
    """One row of the sheet. All y in mV on the sheet (0 at the top edge, negative downwards)."""

    start_s: float
    length_s: float
    rhythm_y: float
    """Middle of the (first) rhythm bar."""
    second_rhythm_y: float
    """Middle of the second, where there are two."""
    letters_y: float
    """Where the beat markers stand; their letters are above them."""
    zero_y: tuple[float, ...]
    """Zero line of each lead."""
    top_y: float
    bottom_y: float


@dataclass(frozen=True)
class Sheet:
    """Rows of one width, and the size of the whole."""

    rows: tuple[Row, ...]
    row_s: float
    margin_s: float
    """Seconds of paper to the left of the signal."""
    px_per_s: float
    px_per_mv: float
    height_mv: float
    to_scale: bool

    @property
    def height_px(self) -> int:
        return math.ceil(self.height_mv * self.px_per_mv)

    @property
    def width_px(self) -> int:
        return math.ceil((self.margin_s + self.row_s) * self.px_per_s)

    def mv(self, px: float) -> float:
        """Height of `px` on the sheet, in mV."""
        return px / self.px_per_mv


def row_lengths(length_s: float, to_scale: bool) -> tuple[float, ...]:
    """Seconds in each row: one row up to 12 s or when not to scale, else rows of 10 s and what remains."""
    if not to_scale or length_s <= LONGEST_ROW_S:
        return (length_s,)
    n = math.ceil(round(length_s / ROW_S, 6))
    return tuple(min(ROW_S, length_s - k * ROW_S) for k in range(n))


def lay_out(
    start_s: float,
    lengths_s: Sequence[float],
    extents_mv: Sequence[Sequence[tuple[float, float]]],
    *,
    width_px: int = DESIGN_WIDTH_PX,
    to_scale: bool = True,
    rhythm_rails: int = 1,
    predicted_rail: bool = False,
) -> Sheet:
    """Stack the leads in each row, and the rows, on a sheet at most `width_px` wide.

    `lengths_s` is from `row_lengths`; `extents_mv` has the lowest and highest mV of each lead of each row. To scale,
    the sheet is narrower than `width_px` rather than taller than 720 px a row; not to scale, its height is fixed.
    """
    row_s = max(lengths_s)
    rooms = [[(min(low, LEAST_EXTENT_MV[0]), max(high, LEAST_EXTENT_MV[1])) for low, high in row] for row in extents_mv]
    tallest_mv = max(sum(high - low for low, high in row) for row in rooms)
    px_per_s = (width_px - MARGIN_PX) / row_s
    if to_scale:
        px_per_s = min(px_per_s, MAX_ROW_PX / (MV_PER_S * tallest_mv))
    px_per_mv = MV_PER_S * px_per_s if to_scale else FIT_HEIGHT_PX / tallest_mv
    below_px = PREDICTED_PX if predicted_rail else 0
    rail_mv = (RHYTHM_PX * rhythm_rails + LETTERS_PX + below_px) / px_per_mv
    rows: list[Row] = []
    y = 0.0
    for k, (length_s, leads) in enumerate(zip(lengths_s, rooms, strict=True)):
        top = y
        y -= rail_mv
        zeros = []
        for low, need in leads:
            high = max(need, 1.0 + NAME_PX / px_per_mv)
            zero = math.floor((y - high) / LARGE_BOX_MV + 1e-9) * LARGE_BOX_MV if to_scale else y - high
            zeros.append(zero)
            y = zero + low
        letters_y = top - rail_mv + (10 + below_px) / px_per_mv
        first_y, second_y = top - 11 / px_per_mv, top - (11 + RHYTHM_PX) / px_per_mv
        rows.append(Row(start_s + k * row_s, length_s, first_y, second_y, letters_y, tuple(zeros), top, y))
    return Sheet(tuple(rows), row_s, MARGIN_PX / px_per_s, px_per_s, px_per_mv, FOOT_PX / px_per_mv - y, to_scale)
