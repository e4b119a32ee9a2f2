"""The threshold's view: what the browser is given to follow a moving threshold by itself, and what it tells."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import streamlit as st

from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.plots.detection import FEWEST
from ecg_core.plots.theme import DASHES
from ecg_core.text import number
from ecg_core.typed_json import JsonObject
from ecg_core.ui.autoencoder.scores import Scored
from ecg_core.ui.autoencoder.views.component import component, palettes, told
from ecg_core.ui.query import Query
from ecg_core.ui.terms import meaning

KEY = "threshold.view"
_MADE: WeakKeyDictionary[Scored, bytes] = WeakKeyDictionary()
_PLACED, _ANEW = "threshold.placed", "threshold.anew"
AXIS = "Abnormality score (0 ordinary, 2.3 rarer than 1 in 10, 4.6 than 1 in 100, per part); last bin: all above"
HELP = {
    "Sensitivity": meaning("Sensitivity"),
    "Specificity": meaning("Specificity"),
    "Positive predictivity": meaning("+P"),
    "F1": meaning("F1"),
    "False alarms per hour": meaning("False alarms per hour"),
    "Flagged": "Beats or windows that score at least the threshold.",
    "Share flagged": "Of all beats, those that score at least the threshold.",
    "Flagged per hour": "Beats flagged for each hour of recording.",
    "Threshold": "What scores at least this much is flagged. Arrow keys move it by 0.05, Page up and down by 0.5.",
    "Abnormality score": meaning("Abnormality score"),
    "Of": "How many there are of the class.",
    "Records": "Records that hold the class.",
    "ROC AUC": f"Of this class against N. {meaning('AUC')}",
    "roc": meaning("ROC"),
    "pr": meaning("AP"),
}


def position_of(values: Query, scored: Scored) -> int:
    """Position of the threshold in use: the reader's, else the model's own."""
    positions, chosen = scored.positions, values["threshold"]
    return positions.own if chosen is None else positions.nearest(float(chosen))


def threshold_of(values: Query, scored: Scored) -> float:
    """The threshold in use. Where the reader's, which has two decimals, is the model's own, that is meant to the last
    decimal; beyond the scores the lowest or highest position."""
    return float(scored.positions.values[position_of(values, scored)])


def beyond(values: Query, scored: Scored) -> str:
    """A sentence where a threshold lies beyond the positions there are, which it then gives way to; else empty."""
    chosen, highest = values["threshold"], scored.positions.highest
    if chosen is None or float(chosen) <= highest:
        return ""
    values["threshold"] = round(highest, 2)
    return f"The threshold {chosen:.2f} lies beyond these scores: it can be from 0 to {highest:.2f}, which is used."


def view(values: Query, scored: Scored, heading: str, file: str) -> None:
    """Mount it. `heading` says whose scores these are, `file` begins the names of what is saved.

    After a move by hand it is told nothing new, and so is not drawn anew: Streamlit sends what has not changed as a
    hash. A browser that mounts it later, which only a run of the whole page makes it do (`placed_anew`), is told where
    the threshold is.
    """
    what = hashlib.sha256(repr((heading, file, scored.positions.own, len(scored.rows))).encode()).hexdigest()[:12]
    position = position_of(values, scored)
    file += "_SIMULATED" if scored.items.simulated else ""
    placed: _Placed | None = st.session_state.get(_PLACED)
    if placed is None or (placed.what, placed.shown) != (what, position):  # moved by an address or another model
        placed = _Placed((placed.seq if placed else 0) + 1, what, position, position)
    elif st.session_state.pop(_ANEW, False):
        placed = replace(placed, told=position)
    st.session_state[_PLACED] = placed
    told_of = {"id": what, "at": {"seq": placed.seq, "position": placed.told}, "heading": heading, "file": file}
    data = _static(scored)[:-1] + b"," + json.dumps(told_of)[1:].encode()
    component()(data=data, key=KEY, on_threshold_change=_take(values, scored, what))


def placed_anew() -> None:
    """Say that this run is one of the whole page, after which a browser may mount the view anew."""
    st.session_state[_ANEW] = True


@dataclass(frozen=True)
class _Placed:
    """What a browser has been told of the threshold."""

    seq: int
    """Counts the moves that were not made by hand."""
    what: str
    shown: int
    """Position that the browser shows."""
    told: int
    """Position it was told last."""


def _take(values: Query, scored: Scored, what: str) -> Callable[[], None]:
    def take() -> None:
        given = told(KEY, "threshold")
        position = given.get("position")
        if given.get("id") != what or not isinstance(position, int) or not 0 <= position < len(scored.positions.values):
            return
        own = position == scored.positions.own
        values["threshold"] = None if own else round(float(scored.positions.values[position]), 2)
        if placed := st.session_state.get(_PLACED):
            st.session_state[_PLACED] = replace(placed, shown=position)

    return take


def _static(scored: Scored) -> bytes:
    """What no threshold changes, as JSON: made once for a set of scores."""
    if scored not in _MADE:
        _MADE[scored] = json.dumps(
            {"kind": "threshold", **_scores(scored), "palettes": palettes(), "help": HELP}
        ).encode()
    return _MADE[scored]


def _scores(scored: Scored) -> JsonObject:
    positions, detection, unit = scored.positions, scored.detection, scored.detector.options.unit
    known = scored.report is not None
    hours = [detection.hours[name] for name in (detection.labelled_records if known else detection.hours)]
    return {
        "step": positions.step,
        "own": positions.own,
        "n": len(positions.values),
        "unit": unit,
        "hours": sum(hours) if detection.complete else 0,
        "known": known,
        "axis": AXIS,
        "edges": scored.histogram.edges.round(4).tolist(),
        "classes": [_class(scored, name) for name in CLASSES if name in positions.flagged] if known else [_all(scored)],
        "roc": _curve(scored, "roc") if known else None,
        "pr": _curve(scored, "pr") if known else None,
    }


def _class(scored: Scored, name: str) -> JsonObject:
    detection, counts = scored.detection, scored.histogram.counts
    outline = counts.get(name)
    enough = outline is not None and outline.sum() >= min(FEWEST, max(one.sum() for one in counts.values()))
    auc = detection.class_areas[name].roc_auc if name in detection.class_areas else None
    return {
        "name": name,
        "said": f"{name}, {CLASS_NAMES[name].lower()}",
        "help": meaning(name),
        "beats": len(detection.sorted_scores[name]),
        "drops": _drops(scored, name),
        "records": detection.class_records.get(name, 0),
        "auc": number(auc),
        "outline": outline.tolist() if outline is not None and enough else [],
        "colour": name,
        "dash": DASHES[name],
        "filled": name == "N",
    }


def _all(scored: Scored) -> JsonObject:
    """Every beat, where no class is known."""
    outline = sum(scored.histogram.counts.values())
    return {
        "name": "all", "said": "All beats", "help": "", "beats": len(scored.detection.score),
        "drops": _drops(scored, "all"), "records": len(scored.detection.hours), "auc": number(None),
        "outline": [int(count) for count in outline] if not isinstance(outline, int) else [],
        "colour": "N", "dash": "solid", "filled": True,
    }  # fmt: skip


def _drops(scored: Scored, name: str) -> list[int]:
    """By how many fewer each position flags than the one before it; the first, than there are."""
    n = len(scored.detection.score) if name == "all" else len(scored.detection.sorted_scores[name])
    flagged = scored.positions.flagged[name].tolist()
    return [before - now for before, now in zip([n, *flagged], flagged, strict=False)]


def _curve(scored: Scored, name: str) -> JsonObject | None:
    report = scored.report
    if report is None or report.roc_auc is None:
        return None
    if name == "roc":
        title = f"ROC curve, area {number(report.roc_auc)}"
        x, y = scored.roc["false_positive_rate"], scored.roc["sensitivity"]
        axes = ["1 − specificity (%)", "Sensitivity (%)"]
    else:
        title = f"Precision-recall, area {number(report.average_precision)}"
        x, y = scored.precision_recall["sensitivity"], scored.precision_recall["positive_predictivity"]
        axes = ["Sensitivity (%)", "Positive predictivity (%)"]
    return {"title": title, "axes": axes, "x": (100 * x).round(2).tolist(), "y": (100 * y).round(2).tolist()}
