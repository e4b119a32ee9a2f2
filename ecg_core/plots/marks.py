"""What is written above and over the traces of a strip: beats, predictions, rhythm, gaps, the marked beat.

Each function gives Plotly traces or shapes, in the coordinates of a `Sheet`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_table import BeatTable
from ecg_core.beats.classes import BY_CODE, CLASSES, NON_BEAT_NAMES
from ecg_core.data.clock import clock
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.plots.escape import plain
from ecg_core.plots.sheet import Row, Sheet
from ecg_core.plots.spec import Shape, Trace
from ecg_core.plots.theme import MARKERS, Palette, ring

RHYTHM_CHANGE, COMMENT = "+", '"'
OTHER = ""  # in place of a class, for annotations that mark no beat
FULL_NAME_PX = 200
SOURCE_PX = 150  # more, for who says so
CODE_PX = 34
DENSE_PX_PER_S = 30  # beats then stand closer than their letters are wide: those of class N go without
RING_BELOW_PX = 14  # the middle of a ring, under the markers of the reference
CLASS_OF_GROUP = {"normal": "N", "abnormal": "V"}
"""Class whose ring stands for a label that is no class."""


class Mark(NamedTuple):
    """One sign on the sheet: where it stands, its text, and what is said when the pointer is over it."""

    x: float
    y: float
    text: str
    hover: str


def beat_rail(beats: BeatTable, annotations: Annotations, fs: float, sheet: Sheet, palette: Palette) -> list[Trace]:
    """One trace a class: a marker and the annotation symbol at each beat; grey letters for other annotations.

    `beats` are the beats among `annotations`, of a signal of `fs` Hz.
    """
    marks: dict[str, list[Mark]] = {name: [] for name in (*CLASSES, OTHER)}
    for row in sheet.rows:
        for k in beats.rows_between(*_samples(row, fs)):
            symbol = BY_CODE[str(beats.symbol[k])]
            time_s = beats.r_sample[k] / fs
            code = plain(symbol.code)
            hover = (
                f"{clock(time_s, 2)}  <b>{code}</b>  {symbol.name}, class {symbol.beat_class}"
                f"<br>RR before {_ms(beats.rr_pre_s[k])}, after {_ms(beats.rr_post_s[k])}"
            )
            marks[symbol.beat_class].append(Mark(time_s - row.start_s, row.letters_y, code, hover))
        for k in _inside(annotations.sample, row, fs):
            code = str(annotations.symbol[k])
            if code in BY_CODE or code == RHYTHM_CHANGE:
                continue
            time_s = annotations.sample[k] / fs
            note = plain(annotations.aux[k])
            name = NON_BEAT_NAMES.get(code, "Other annotation")
            text = plain(note, 8) if code == COMMENT and note else plain(code)
            hover = f"{clock(time_s, 2)}  {name}" + (f": {note}" if note else "")
            marks[OTHER].append(Mark(time_s - row.start_s, row.letters_y, text, hover))
    dense = sheet.px_per_s < DENSE_PX_PER_S
    return [_letters(name, shown, palette, dense) for name, shown in marks.items() if shown]


def predicted_rail(predictions: LabelLayer, beats: BeatTable, fs: float, sheet: Sheet, palette: Palette) -> list[Trace]:
    """A ring under each predicted beat in its class's shape and colour; its letter too where the reference differs.

    `predictions` is the layer of a model: the label of a beat is its `aux` or else its symbol, a class or `normal` or
    `abnormal`. `beats` are those of the reference, of a signal of `fs` Hz.
    """
    labels, probability = predictions.annotations, predictions.probability
    model = plain(predictions.name)
    marks: dict[str, list[Mark]] = {}
    for row in sheet.rows:
        for k in _inside(labels.sample, row, fs):
            sample, label = int(labels.sample[k]), labels.aux[k] or str(labels.symbol[k])
            reference = beats.class_at(sample)
            agrees = reference is not None and label in (reference, "normal" if reference == "N" else "abnormal")
            sure = "" if probability is None else f", {100 * probability[k]:.0f} % sure"
            hover = (
                f"{model}: <b>{plain(label)}</b>{sure}"
                f"<br>reference {reference or 'none'}{'' if agrees else ', differs'}"
            )
            text = "" if agrees else label[0].upper()
            mark = Mark(sample / fs - row.start_s, row.letters_y - sheet.mv(RING_BELOW_PX), text, hover)
            marks.setdefault(label, []).append(mark)
    dense = sheet.px_per_s < DENSE_PX_PER_S
    return [_rings(label, shown, palette, dense) for label, shown in marks.items()]


def rhythm_rail(
    episodes: tuple[Rhythm, ...], fs: float, sheet: Sheet, palette: Palette, source: str = "", second: bool = False
) -> tuple[list[Shape], list[Trace]]:
    """Shapes (bars) and one trace of names for the rhythms in the window; both empty without rhythms.

    `source` is who says so, where more than one does; the bars of a `second` one lie below and are outlined.
    """
    bars: list[Shape] = []
    names: list[Mark] = []
    half = sheet.mv(8)
    for row in sheet.rows:
        for episode in episodes:
            start_s = episode.start_sample / fs - row.start_s
            left = max(start_s, 0.0)
            right = min(episode.stop_sample / fs - row.start_s, row.length_s)
            if right <= left:
                continue
            middle = row.second_rhythm_y if second else row.rhythm_y
            y, colour = {"y0": middle - half, "y1": middle + half}, palette.rhythm(episode.origin)
            fill = (
                {"opacity": 0.7, "line": {"width": 1.5, "color": colour, "dash": "dot"}}
                if second
                else {"fillcolor": colour, "opacity": 0.22, "line": {"width": 0}}
            )
            bars.append({"type": "rect", "x0": left, "x1": right} | fill | y)
            if start_s >= 0:
                bars.append({"type": "line", "x0": left, "x1": left, "line": {"width": 2, "color": colour}} | y)
            text = _rhythm_text(episode, (right - left) * sheet.px_per_s, source)
            names.append(Mark(left + 5 / sheet.px_per_s, middle, text, _rhythm_hover(episode, fs, source)))
    if not names:
        return [], []
    trace = {
        "type": "scatter", "mode": "text", **_columns(names), "textposition": "middle right",
        "textfont": {"size": 12, "color": palette.text}, "hoverinfo": "text",
    }  # fmt: skip
    return bars, [trace]


def marked_beat(r_sample: int, fs: float, sheet: Sheet, palette: Palette) -> list[Shape]:
    """A band through all leads at the beat that was jumped to; empty if it is not in the window."""
    for row in sheet.rows:
        x = r_sample / fs - row.start_s
        if 0 <= x < row.length_s:
            half = 17 / sheet.px_per_s
            edges = {"y0": row.bottom_y, "y1": row.letters_y + sheet.mv(26), "layer": "below"}
            band = {"type": "rect", "x0": x - half, "x1": x + half, "fillcolor": palette.accent, "opacity": 0.2}
            return [band | edges | {"line": {"width": 0}}]
    return []


def peak_marks(
    differences: PeakDifferences, fs: float, sheet: Sheet, palette: Palette
) -> tuple[list[Shape], list[Trace]]:
    """A line through all leads and a word at each beat that was missed and each R peak too many, in the window."""
    lines: list[Shape] = []
    words: list[Mark] = []
    for samples, word, hover in (
        (differences.missed, "missed", "Reference beat without a detected R peak"),
        (differences.extra, "extra", "Detected R peak without a reference beat"),
    ):
        for row in sheet.rows:
            for k in _inside(samples, row, fs):
                time_s = int(samples[k]) / fs
                x = time_s - row.start_s
                lines.append(
                    {"type": "line", "x0": x, "x1": x, "y0": row.bottom_y, "y1": row.letters_y - sheet.mv(8),
                     "line": {"width": 1.5, "color": palette.accent, "dash": "dot" if word == "extra" else "dash"}}
                )  # fmt: skip
                y = row.bottom_y + sheet.mv(9)
                words.append(Mark(x + 4 / sheet.px_per_s, y, word, f"{clock(time_s, 2)}  {hover}"))
    if not words:
        return [], []
    trace = {
        "type": "scatter", "name": "R peaks missed or extra", "mode": "text", **_columns(words),
        "textposition": "middle right", "textfont": {"size": 12, "color": palette.accent, "weight": "bold"},
        "hoverinfo": "text",
    }  # fmt: skip
    return lines, [trace]


def gaps(y_mv: npt.NDArray[np.float32], x0_s: float, dx_s: float) -> list[tuple[float, float]]:
    """Stretches of NaN in `y_mv`, shape (n,), as (from, to) in seconds of the row."""
    missing = np.concatenate([[False], np.isnan(y_mv), [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(missing)).reshape(-1, 2)
    return [(x0_s + int(a) * dx_s, x0_s + int(b) * dx_s) for a, b in edges]


def hatched(spans: list[tuple[float, float]], zero_y: float, sheet: Sheet, palette: Palette) -> list[Trace]:
    """Hatched blocks that say "no signal" over the gaps of one lead."""
    half = sheet.mv(26)
    blocks: list[Trace] = []
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


def _letters(name: str, marks: list[Mark], palette: Palette, dense: bool) -> Trace:
    colour = palette.classes[name] if name else palette.muted
    return {
        "type": "scatter", "name": f"class {name}" if name else "other annotations",
        "mode": "text" if not name else "markers" if dense and name == "N" else "markers+text",
        **_columns(marks), "textposition": "top center",
        "textfont": {"size": 13, "color": palette.text, "weight": "normal"} if name
        else {"size": 14, "color": palette.muted, "weight": "bold"},
        "marker": {"symbol": MARKERS.get(name, "circle"), "size": 6 if dense else 9, "color": colour},
        "hoverinfo": "text", "cliponaxis": False,
    }  # fmt: skip


def _rings(label: str, marks: list[Mark], palette: Palette, dense: bool) -> Trace:
    beat_class = CLASS_OF_GROUP.get(label, label)
    colour = palette.classes[beat_class]
    return {
        "type": "scatter", "name": f"predicted {label}", "mode": "markers+text", **_columns(marks),
        "textposition": "middle right", "textfont": {"size": 12, "color": palette.text},
        "marker": {"symbol": ring(beat_class), "size": 6 if dense else 9, "color": colour,
                   "line": {"width": 1.6, "color": colour}},
        "hoverinfo": "text", "cliponaxis": False,
    }  # fmt: skip


def _columns(marks: list[Mark]) -> Trace:
    x, y, text, hover = (list(column) for column in zip(*marks, strict=True))
    return {"x": x, "y": y, "text": text, "hovertext": hover}


def _samples(row: Row, fs: float) -> tuple[float, float]:
    """First sample in a row, and the first one after it."""
    return float(np.ceil(row.start_s * fs - 1e-6)), (row.start_s + row.length_s) * fs - 1e-6


def _inside(samples: npt.NDArray[np.int64], row: Row, fs: float) -> range:
    low, high = np.searchsorted(samples, _samples(row, fs))
    return range(int(low), int(high))


def _rhythm_text(episode: Rhythm, width_px: float, source: str) -> str:
    full = episode.plain_name if episode.plain_name == episode.name else f"{episode.name}  {episode.plain_name}"
    if source and width_px >= FULL_NAME_PX + SOURCE_PX:
        return f"{plain(full)}, {source}"
    if source and width_px >= FULL_NAME_PX:
        return f"{plain(episode.name, 8)}, {source}"
    return plain(full) if width_px >= FULL_NAME_PX else plain(episode.name) if width_px >= CODE_PX else ""


def _rhythm_hover(episode: Rhythm, fs: float, source: str) -> str:
    start_s, stop_s = episode.start_sample / fs, episode.stop_sample / fs
    said = f" {source}" if source else ""
    return f"{plain(episode.plain_name)}{said}, {clock(start_s)} to {clock(stop_s)} ({stop_s - start_s:.0f} s)"


def _ms(seconds: float) -> str:
    return "none" if np.isnan(seconds) else f"{seconds * 1000:.0f} ms"
