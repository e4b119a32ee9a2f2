"""The component: its modules put together, mounted, and what it tells as a typed value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

import streamlit as st

from ecg_core.plots.theme import DARK, LIGHT, Palette
from ecg_core.typed_json import JsonObject
from ecg_core.ui.javascript import assembled, short_css, short_html
from ecg_core.ui.viewer.packing import Packed

HERE = Path(__file__).parent
MODULES = (
    "bytes.js", "tiles.js", "levels.js", "beats.js", "window.js", "caliper.js", "edits.js", "review.js", "sheet.js",
    "strip.js", "overview.js", "rr.js", "disclosure.js", "review_bar.js", "viewer.js", "main.js",
)  # fmt: skip
"""Each imports from those before it only."""
OF_REVIEWS, INSTEAD = ("edits.js", "review.js", "review_bar.js"), ("no_review.js",)
"""What only the Review page needs, and what other pages have in its place: all of it is sent with each move."""
REVIEW = "_review"
MOST = 2.0**53
"""Beyond it numbers of a browser are not exact."""


@dataclass(frozen=True)
class Place:
    """Where a viewer is to be. It goes there when `seq` is another than before, and else stays where its reader is."""

    seq: int
    start_s: float
    length_s: float
    beat: int | None
    """Sample of the marked beat."""
    step: str | None
    """What is stepped through at first."""
    speed: float = 25.0
    """mm/s of paper."""
    gain: float = 0.0
    """mm/mV; 0 is the largest usual one at which every lead stays in its lane."""


@dataclass(frozen=True)
class Reviewing:
    """A review as a viewer shows it."""

    queue: Packed
    since: Mapping[int, str | None]
    """Sample -> symbol decided on since the labels were brought, None where nothing counts any more."""
    client: str
    confirmed: int
    """Every edit of the client up to this number is on the disk."""
    drawn: Packed | None = None
    """What a network draws in place of beats."""
    finished: bool = False
    problem: str = ""
    """Why edits could not be saved."""
    empty: str = ""
    """What stands in place of an item where the queue has none."""
    refused: str = ""
    """Why the reader may look and not decide; empty for who may."""

    def to_json(self) -> JsonObject:
        return {
            "queue": self.queue.version,
            "drawn": self.drawn.version if self.drawn else None,
            "since": [[sample, symbol] for sample, symbol in self.since.items()],
            "confirmed": {"client": self.client, "seq": self.confirmed},
            "finished": self.finished,
            "problem": self.problem,
            "empty": self.empty,
            "refused": self.refused,
        }


@dataclass(frozen=True)
class Told:
    """What a viewer tells, each None where it has said nothing yet or nothing that can be believed."""

    range: tuple[float, float] | None
    """Start and length of the window in s."""
    beat: int | None
    step: str | None
    scale: tuple[float, float] | None
    """mm/s and mm/mV, as in `Place`."""
    edits: Any
    """The log of edits, for `edits.edits_of`."""


@cache
def javascript(reviewing: bool = True) -> str:
    """All modules as one; without those of reviews, if there is none."""
    rest = [name for name in MODULES if name not in OF_REVIEWS]
    return assembled(HERE, MODULES if reviewing else [*INSTEAD, *rest])


def bring(packed: Packed, key: str, *, reviewing: bool = False) -> None:
    """Bring bytes to the browser; viewers name their version. Call it outside of any fragment: what is sent anew only
    when it has changed still costs 10 ms to compare. `reviewing`: for viewers that are given a `review`."""
    _store(reviewing)(data=packed.content, key=key)


def viewer(
    key: str,
    signal: Packed,
    labels: Packed,
    place: Place,
    leads: Sequence[int],
    *,
    compact: bool = False,
    review: Reviewing | None = None,
    on_range: Callable[[], None] | None = None,
    on_beat: Callable[[], None] | None = None,
    on_step: Callable[[], None] | None = None,
    on_scale: Callable[[], None] | None = None,
    on_edits: Callable[[], None] | None = None,
) -> None:
    """Mount a viewer of what `bring` brought.

    Parameters
    ----------
    leads : columns of the record's signals, from top to bottom
    compact : the strip alone, without toolbar and overview
    review : a queue, whose items keys decide about
    on_range, on_beat, on_step, on_scale, on_edits : callbacks, after which `told` has what is new
    """
    data = {
        "signal": signal.version,
        "labels": labels.version,
        "at": {"seq": place.seq, "start": place.start_s, "length": place.length_s, "beat": place.beat,
               "step": place.step, "speed": place.speed, "gain": place.gain},
        "leads": list(leads),
        "palettes": {"light": _look(LIGHT), "dark": _look(DARK)},
        "compact": compact,
        "review": review.to_json() if review else None,
    }  # fmt: skip
    _viewer(review is not None)(
        data=data,
        key=key,
        on_range_change=on_range or _nothing,
        on_beat_change=on_beat or _nothing,
        on_step_change=on_step or _nothing,
        on_scale_change=on_scale or _nothing,
        on_caliper_change=_nothing,
        on_edits_change=on_edits or _nothing,
    )


def told(key: str) -> Told:
    """What the viewer of this key last told."""
    state = st.session_state.get(key)
    values: Mapping[str, Any] = state if isinstance(state, Mapping) else {}
    span = values.get("range")
    range_s = (float(span[0]), float(span[1])) if _is_range(span) else None
    beat, step, scale = values.get("beat"), values.get("step"), values.get("scale")
    return Told(
        range_s,
        int(beat) if _is_number(beat) and beat >= 0 else None,
        step if isinstance(step, str) else None,
        (float(scale[0]), float(scale[1])) if _is_pair(scale) else None,
        values.get("edits"),
    )


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST


def _is_pair(value: Any) -> TypeGuard[list[float]]:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))


def _is_range(value: Any) -> TypeGuard[list[float]]:
    return _is_pair(value) and value[0] >= 0 < value[1]


def _look(palette: Palette) -> JsonObject:
    return {
        "theme": palette.theme,
        "background": palette.background,
        "paper": palette.paper,
        "gridMinor": palette.grid_minor,
        "gridMajor": palette.grid_major,
        "trace": palette.trace,
        "text": palette.text,
        "muted": palette.muted,
        "accent": palette.accent,
        "hatch": palette.hatch,
        "classes": palette.classes,
    }


@cache
def _store(reviewing: bool) -> Any:
    return st.components.v2.component(f"ecg_workbench{REVIEW if reviewing else ''}_store", js=javascript(reviewing))


@cache
def _viewer(reviewing: bool) -> Any:
    html, css = short_html(HERE / "viewer.html"), short_css(HERE / "viewer.css")
    name = f"ecg_workbench{REVIEW if reviewing else ''}_viewer"
    return st.components.v2.component(name, html=html, css=css, js=javascript(reviewing))


def _nothing() -> None:
    """A state is kept for its callback; where nobody wants it, for this one."""
