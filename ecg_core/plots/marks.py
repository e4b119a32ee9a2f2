"""What is written above and over the traces of a strip: beats, rhythm, gaps, the marked beat.

Each function gives Plotly traces or shapes as dictionaries, in the coordinates of a `Sheet`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.classes import BY_CODE, CLASSES, NON_BEAT_NAMES
from ecg_core.data.clock import clock
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm, rhythms
from ecg_core.plots.escape import plain
from ecg_core.plots.sheet import Row, Sheet
from ecg_core.plots.theme import MARKERS, Palette, ring

RHYTHM_CHANGE, COMMENT = "+", '"'
FULL_NAME_PX = 200
CODE_PX = 34
DENSE_PX_PER_S = 30  # beats then stand closer than their letters are wide: those of class N go without


def beat_table(record: Record) -> dict[str, npt.NDArray[Any]]:
    """Every beat: `sample`, `symbol`, `beat_class`, `rr_before_s`, `rr_after_s`, each of shape (n_beats,).

    RR intervals run from beat to beat, in seconds; NaN where there is no beat before or after.
    """
    symbols = record.annotations.symbol
    is_beat = np.isin(symbols, list(BY_CODE))
    sample, symbol = record.annotations.sample[is_beat], symbols[is_beat]
    rr = np.diff(sample) / record.fs
    edge = np.full(min(1, len(sample)), np.nan)
    return {
        "sample": sample,
        "symbol": symbol,
        "beat_class": np.array([BY_CODE[code].beat_class for code in symbol.tolist()], dtype="<U1"),
        "rr_before_s": np.concatenate([edge, rr]),
        "rr_after_s": np.concatenate([rr, edge]),
    }


def beat_rail(record: Record, sheet: Sheet, palette: Palette) -> list[dict[str, Any]]:
    """One trace a class: a marker and the annotation symbol at each beat; grey letters for other annotations."""
    table = beat_table(record)
    shown: dict[str, list[tuple[float, float, str, str]]] = {name: [] for name in (*CLASSES, "")}
    for row in sheet.rows:
        for k in _inside(table["sample"], row, record.fs):
            code = str(table["symbol"][k])
            time_s = table["sample"][k] / record.fs
            hover = (
                f"{clock(time_s, 2)}  <b>{plain(code)}</b>  {BY_CODE[code].name}, class {BY_CODE[code].beat_class}"
                f"<br>RR before {_ms(table['rr_before_s'][k])}, after {_ms(table['rr_after_s'][k])}"
            )
            shown[BY_CODE[code].beat_class].append((time_s - row.start_s, row.letters_y, plain(code), hover))
        for k in _inside(record.annotations.sample, row, record.fs):
            code = str(record.annotations.symbol[k])
            if code in BY_CODE or code == RHYTHM_CHANGE:
                continue
            time_s = record.annotations.sample[k] / record.fs
            note = plain(record.annotations.aux[k])
            hover = f"{clock(time_s, 2)}  {NON_BEAT_NAMES.get(code, 'Other annotation')}" + (
                f": {note}" if note else ""
            )
            shown[""].append(
                (
                    time_s - row.start_s,
                    row.letters_y,
                    plain(note, 8) if code == COMMENT and note else plain(code),
                    hover,
                )
            )
    dense = sheet.px_per_s < DENSE_PX_PER_S
    return [_letters(name, points, palette, dense) for name, points in shown.items() if points]


@dataclass(frozen=True)
class Predicted:
    """What a classifier says of a recording's beats, in order of time."""

    sample: npt.NDArray[np.int64]
    """(n,) R peak positions."""
    beat_class: npt.NDArray[np.str_]
    """(n,) predicted class: an AAMI class, `normal` or `abnormal`."""
    sure: npt.NDArray[np.float32]
    """(n,) its probability."""
    by: str
    """Name of the model."""


def predicted_rail(record: Record, predicted: Predicted, sheet: Sheet, palette: Palette) -> list[dict[str, Any]]:
    """A ring under each beat in the predicted class's shape and colour; its letter too where the reference differs."""
    reference = dict(zip(*(beat_table(record)[key].tolist() for key in ("sample", "beat_class")), strict=True))
    dense = sheet.px_per_s < DENSE_PX_PER_S
    shown: dict[str, list[tuple[float, float, str, str]]] = {}
    for row in sheet.rows:
        for k in _inside(predicted.sample, row, record.fs):
            sample, said = int(predicted.sample[k]), str(predicted.beat_class[k])
            own = reference.get(sample, "")
            agrees = said == own or said == ("normal" if own == "N" else "abnormal")
            hover = (
                f"{plain(predicted.by)}: <b>{said}</b>, {100 * predicted.sure[k]:.0f} % sure"
                f"<br>reference {own or 'none'}{'' if agrees else ', differs'}"
            )
            at = (
                sample / record.fs - row.start_s,
                row.letters_y - sheet.mv(14),
                "" if agrees else said[0].upper(),
                hover,
            )
            shown.setdefault(said, []).append(at)
    return [_rings(name, points, palette, dense) for name, points in shown.items()]


def _rings(name: str, points: list[tuple[float, float, str, str]], palette: Palette, dense: bool) -> dict[str, Any]:
    x, y, text, hover = (list(column) for column in zip(*points, strict=True))
    key = {"normal": "N", "abnormal": "V"}.get(name, name)
    return {
        "type": "scatter", "name": f"predicted {name}", "mode": "markers+text", "x": x, "y": y, "text": text,
        "textposition": "middle right", "textfont": {"size": 12, "color": palette.text},
        "marker": {"symbol": ring(key), "size": 6 if dense else 9, "color": palette.classes[key],
                   "line": {"width": 1.6, "color": palette.classes[key]}},
        "hovertext": hover, "hoverinfo": "text", "cliponaxis": False,
    }  # fmt: skip


def rhythm_rail(record: Record, sheet: Sheet, palette: Palette) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Shapes (bars) and one trace of names for the rhythms in the window; both empty without rhythm notes."""
    bars: list[dict[str, Any]] = []
    labels: list[tuple[float, float, str, str]] = []
    episodes = rhythms(record.annotations, record.n_samples)
    half = sheet.mv(8)
    for row in sheet.rows:
        for episode in episodes:
            left = max(episode.start_sample / record.fs - row.start_s, 0.0)
            right = min(episode.stop_sample / record.fs - row.start_s, row.length_s)
            if right <= left:
                continue
            bars.append(
                {
                    "type": "rect", "x0": left, "x1": right, "y0": row.rhythm_y - half, "y1": row.rhythm_y + half,
                    "fillcolor": palette.rhythm(episode.origin), "opacity": 0.22, "line": {"width": 0},
                }
            )  # fmt: skip
            if episode.start_sample / record.fs >= row.start_s:
                bars.append(
                    {
                        "type": "line", "x0": left, "x1": left, "y0": row.rhythm_y - half, "y1": row.rhythm_y + half,
                        "line": {"width": 2, "color": palette.rhythm(episode.origin)},
                    }
                )  # fmt: skip
            text = _rhythm_text(episode, (right - left) * sheet.px_per_s)
            labels.append((left + 5 / sheet.px_per_s, row.rhythm_y, text, _rhythm_hover(episode, record.fs)))
    if not labels:
        return [], []
    names = {
        "type": "scatter", "mode": "text",
        "x": [label[0] for label in labels], "y": [label[1] for label in labels],
        "text": [label[2] for label in labels], "textposition": "middle right",
        "textfont": {"size": 12, "color": palette.text},
        "hovertext": [label[3] for label in labels], "hoverinfo": "text",
    }  # fmt: skip
    return bars, [names]


def marked_beat(record: Record, sheet: Sheet, r_sample: int, palette: Palette) -> list[dict[str, Any]]:
    """A band through all leads at the beat that was jumped to; empty if it is not in the window."""
    for row in sheet.rows:
        x = r_sample / record.fs - row.start_s
        if 0 <= x < row.length_s:
            half = 17 / sheet.px_per_s
            edges = {"y0": row.bottom_y, "y1": row.letters_y + sheet.mv(26), "layer": "below"}
            band = {"type": "rect", "x0": x - half, "x1": x + half, "fillcolor": palette.accent, "opacity": 0.2}
            return [band | edges | {"line": {"width": 0}}]
    return []


def gaps(y_mv: npt.NDArray[np.float32], x0_s: float, dx_s: float) -> list[tuple[float, float]]:
    """Stretches of NaN in `y_mv`, shape (n,), as (from, to) in seconds of the row."""
    missing = np.concatenate([[False], np.isnan(y_mv), [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(missing)).reshape(-1, 2)
    return [(x0_s + int(a) * dx_s, x0_s + int(b) * dx_s) for a, b in edges]


def hatched(spans: list[tuple[float, float]], zero_y: float, sheet: Sheet, palette: Palette) -> list[dict[str, Any]]:
    """Hatched blocks that say "no signal" over the gaps of one lead."""
    half = sheet.mv(26)
    blocks = []
    for left, right in spans:
        blocks.append(
            {
                "type": "scatter", "mode": "lines", "fill": "toself", "hoverinfo": "text", "text": "No signal",
                "x": [left, right, right, left, left],
                "y": [zero_y - half, zero_y - half, zero_y + half, zero_y + half, zero_y - half],
                "line": {"width": 1, "color": palette.hatch},
                "fillpattern": {"shape": "/", "fgcolor": palette.hatch, "bgcolor": "rgba(0,0,0,0)", "size": 7},
            }
        )  # fmt: skip
        if (right - left) * sheet.px_per_s > 60:
            blocks.append(
                {
                    "type": "scatter", "mode": "text", "x": [(left + right) / 2], "y": [zero_y + half + sheet.mv(9)],
                    "text": ["no signal"], "textfont": {"size": 12, "color": palette.muted}, "hoverinfo": "skip",
                }
            )  # fmt: skip
    return blocks


def _letters(name: str, points: list[tuple[float, float, str, str]], palette: Palette, dense: bool) -> dict[str, Any]:
    x, y, text, hover = (list(column) for column in zip(*points, strict=True))
    colour = palette.classes[name] if name else palette.muted
    return {
        "type": "scatter", "name": f"class {name}" if name else "other annotations",
        "mode": "text" if not name else "markers" if dense and name == "N" else "markers+text",
        "x": x, "y": y, "text": text, "textposition": "top center",
        "textfont": {"size": 13, "color": palette.text, "weight": "normal"} if name
        else {"size": 14, "color": palette.muted, "weight": "bold"},
        "marker": {"symbol": MARKERS.get(name, "circle"), "size": 6 if dense else 9, "color": colour},
        "hovertext": hover, "hoverinfo": "text", "cliponaxis": False,
    }  # fmt: skip


def _inside(samples: npt.NDArray[np.int64], row: Row, fs: float) -> range:
    low, high = np.searchsorted(samples, [np.ceil(row.start_s * fs - 1e-6), (row.start_s + row.length_s) * fs - 1e-6])
    return range(int(low), int(high))


def _rhythm_text(episode: Rhythm, width_px: float) -> str:
    full = episode.plain_name if episode.plain_name == episode.name else f"{episode.name}  {episode.plain_name}"
    return plain(full) if width_px >= FULL_NAME_PX else plain(episode.name) if width_px >= CODE_PX else ""


def _rhythm_hover(episode: Rhythm, fs: float) -> str:
    start_s, stop_s = episode.start_sample / fs, episode.stop_sample / fs
    return f"{plain(episode.plain_name)}, {clock(start_s)} to {clock(stop_s)} ({stop_s - start_s:.0f} s)"


def _ms(seconds: float) -> str:
    return "none" if np.isnan(seconds) else f"{seconds * 1000:.0f} ms"
