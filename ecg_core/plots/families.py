"""A family of beats as a small SVG picture: its mean, its spread around it, single beats behind, and how many it has.

Plain text that can stand in a page; names from files are escaped. All pictures of a recording have one scale, so that
families can be compared by eye.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.families import Families, Family
from ecg_core.plots.theme import FONT, Palette

WIDTH_PX, LANE_PX, HEAD_PX = 180, 90, 20
FINE = 10
"""Whole numbers of tenths of a pixel make the text short."""
SQUARE_S, SQUARE_MV = 0.2, 0.5
"""Grid of a picture: as large squares of ECG paper."""
MOST_SQUARES = 20
"""From top to bottom; with a larger range each stands for several."""
ROOM = 0.06
"""Left free above and below, as a share of the range."""
OUTERMOST = 0.002
"""Share of the templates' points at either end that the scale may cut off: one artefact would press the rest flat."""
LEAST_MV = 0.5

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TileScale:
    """The scale that all pictures of a recording share."""

    times_s: npt.NDArray[np.float64] = field(repr=False)
    """(n_points,)"""
    leads: tuple[str, ...]
    low_mv: tuple[float, ...]
    """Lower edge of each lead's lane."""
    high_mv: tuple[float, ...]


def tile_scale(families: Families) -> TileScale:
    """The range of each lead over the templates of all families with their spreads."""
    n_leads = len(families.leads)
    low, high = np.zeros(n_leads), np.zeros(n_leads)
    if families.families:
        edges = np.stack([one.template + sign * one.spread for one in families.families for sign in (-1, 1)])
        low, high = np.quantile(edges, [OUTERMOST, 1 - OUTERMOST], axis=(0, 2))
    room = np.maximum(ROOM * (high - low), (LEAST_MV - (high - low)) / 2)
    return TileScale(families.times_s, families.leads, tuple((low - room).tolist()), tuple((high + room).tolist()))


def family_svg(
    family: Family, scale: TileScale, palette: Palette, *, leads: Sequence[int] = (0,), beats: Floats | None = None
) -> str:
    """One family as `<svg>`, a lane a lead: the band is one standard deviation to either side of the mean.

    Parameters
    ----------
    family : which one
    scale : from `tile_scale`, of the same recording
    palette : of the theme the page has
    leads : numbers of the leads drawn, from top to bottom
    beats : (n, n_leads, n_points) mV drawn thinly behind, as from `Families.superimposed`
    """
    height = HEAD_PX + LANE_PX * len(leads)
    count = f"{len(family):,} " + ("beat" if len(family) == 1 else "beats")
    said = html.escape(f"Family {family.number}: {count}, {', '.join(scale.leads[lead] for lead in leads)}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" width="{WIDTH_PX}" '
        f'height="{height}" role="img" aria-label="{said}" font-family="{html.escape(FONT)}" font-size="12">',
        f'<text x="4" y="14" fill="{palette.text}" font-weight="bold">Family {family.number}</text>',
        f'<text x="{WIDTH_PX - 4}" y="14" fill="{palette.text}" text-anchor="end">{count}</text>',
    ]
    for lane, lead in enumerate(leads):
        parts += _lane(family, scale, palette, lead, HEAD_PX + lane * LANE_PX, beats)
    return "".join([*parts, "</svg>"])


def _lane(family: Family, scale: TileScale, palette: Palette, lead: int, top: int, beats: Floats | None) -> list[str]:
    low, high = scale.low_mv[lead], scale.high_mv[lead]
    first_s, last_s = float(scale.times_s[0]), float(scale.times_s[-1])
    width, height = WIDTH_PX * FINE, LANE_PX * FINE

    def x(time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return (time_s - first_s) / (last_s - first_s) * width

    def y(mv: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        return np.clip((high - mv.astype(np.float64)) / (high - low), 0, 1) * height

    across = np.arange(np.ceil(first_s / SQUARE_S), last_s / SQUARE_S) * SQUARE_S
    square_mv = SQUARE_MV * max(1, np.ceil((high - low) / SQUARE_MV / MOST_SQUARES))  # mV may be a guess
    along = np.arange(np.ceil(low / square_mv), high / square_mv) * square_mv
    grid = "".join(f"M{a:.0f} 0v{height}" for a in x(across)) + "".join(f"M0 {b:.0f}h{width}" for b in y(along))
    points = x(scale.times_s)
    template, spread = family.template[lead], family.spread[lead]
    there_and_back = np.concatenate([points, points[::-1]])
    band = _path(there_and_back, np.concatenate([y(template + spread), y(template - spread)[::-1]]))
    drawn = "" if beats is None else "".join(_path(points, y(beat[lead])) for beat in beats)
    return [
        f'<rect y="{top}" width="{WIDTH_PX}" height="{LANE_PX}" fill="{palette.paper}"/>',
        f'<g transform="translate(0 {top}) scale({1 / FINE:g})" fill="none">',
        f'<path d="{grid}" stroke="{palette.grid_major}" stroke-width="6"/>',
        f'<path d="{drawn}" stroke="{palette.muted}" stroke-width="5" stroke-opacity="0.5"/>' if drawn else "",
        f'<path d="{band}Z" fill="{palette.accent}" fill-opacity="0.25"/>',
        f'<path d="{_path(points, y(template))}" stroke="{palette.trace}" stroke-width="16"/>',
        "</g>",
        f'<text x="4" y="{top + 12}" fill="{palette.muted}">{html.escape(scale.leads[lead])}</text>',
    ]


def _path(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> str:
    """A line through points given in tenths of a pixel, from each to the next: half as long as with their places."""
    place = np.rint(np.stack([x, y], axis=1)).astype(np.int64)
    steps = " ".join(f"{a} {b}" for a, b in np.diff(place, axis=0).tolist())
    return f"M{place[0, 0]} {place[0, 1]}l{steps}".replace(" -", "-")
