"""What is to be looked at, by a rule that one chooses, in an order that one chooses.

An item of a queue is a beat, a run or a family of beats, or a stretch that cannot be read: where one looks, from where
to where it reaches, and the beats that a decision about it is about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.beats.labelled_record import labelled as labelled_with
from ecg_core.beats.rhythm_summary import summarise_rhythm, unreadable_of
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.labels import UNCLASSIFIED, Annotations, LabelLayer
from ecg_core.errors import DataError
from ecg_core.review.beat_scores import BeatScores

Rule = Literal["flagged", "promised", "unsure", "differs", "class", "families", "runs", "unreadable"]
Order = Literal["score", "unsure", "time"]
RULES: dict[Rule, str] = {
    "flagged": "Flagged beats",
    "promised": "Needs review",
    "unsure": "Unsure predictions",
    "differs": "Predicted otherwise",
    "class": "One class",
    "families": "Families",
    "runs": "Runs",
    "unreadable": "Unreadable",
}
ORDERS: dict[Order, str] = {"score": "Highest score", "unsure": "Least sure", "time": "Time"}
UNSURE_BELOW = 0.9
"""Predictions of a lower probability are in the queue of unsure ones, unless another limit is asked for."""

Samples = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """Which queue is asked for."""

    rule: Rule = "flagged"
    order: Order = "score"
    low: float | None = None
    """Least score of `flagged`, the model's threshold where None; for `unsure` the probability below which."""
    high: float | None = None
    """Score below which, for the beats of a bar of the histogram."""
    beat_class: str = "V"


@dataclass(frozen=True, eq=False)
class BeatGroup:
    """Beats that are decided about together: a family."""

    name: str
    beats: Samples = field(repr=False)
    """R peaks in time order."""
    typical: int
    """R peak of the one to look at."""
    oddness: float


@dataclass(frozen=True, eq=False)
class Given:
    """All that rules look at, each None where there is none."""

    labelled: LabelledRecord
    """With the labels that people see, from `seen_labels`."""
    scores: BeatScores | None = None
    predictions: LabelLayer | None = None
    groups: Sequence[BeatGroup] | None = None


@dataclass(frozen=True, eq=False)
class Queue:
    """Items in their order."""

    asked: Asked
    anchor: Samples = field(repr=False)
    """(n,) sample to look at: an R peak, or where a stretch begins."""
    first: Samples = field(repr=False)
    last: Samples = field(repr=False)
    """(n,) from where to where an item reaches, in samples."""
    members: Samples = field(repr=False)
    """(m,) R peaks that decisions are about, item after item."""
    offsets: Samples = field(repr=False)
    """(n + 1,) members of item k are those from `offsets[k]` up to `offsets[k + 1]`; none of a stretch."""
    names: tuple[str, ...] = field(repr=False)
    """What each is, in words; empty where its facts say it."""

    def __len__(self) -> int:
        return len(self.anchor)

    def members_of(self, item: int) -> Samples:
        """R peaks of one item."""
        return self.members[self.offsets[item] : self.offsets[item + 1]]

    def reviewed(self, corrections: Corrections | None) -> npt.NDArray[np.bool_]:
        """(n,) whether somebody has decided about all beats of an item, or looked at a stretch."""
        standing = np.array(list(corrections.standing()) if corrections else [], np.int64)
        known = np.concatenate([[0], np.cumsum(np.isin(self.members, standing))])
        n_members = np.diff(self.offsets)
        done = known[self.offsets[1:]] - known[self.offsets[:-1]] == n_members
        return np.where(n_members > 0, done, np.isin(self.anchor, standing))


def seen_labels(labelled: LabelledRecord, predictions: LabelLayer | None) -> LabelledRecord:
    """A recording with the labels that people are to agree with: its reference; where beats have only places, what a
    model predicts of them."""
    if not labelled.layer.is_detected or predictions is None:
        return labelled
    said, marked = predictions.annotations, labelled.layer.annotations
    symbol = marked.symbol.astype("<U1").copy()
    at = np.clip(np.searchsorted(said.sample, marked.sample), 0, max(0, len(said) - 1))
    if len(said):
        known = (said.sample[at] == marked.sample) & (symbol == UNCLASSIFIED)
        symbol[known] = said.symbol[at][known]
    layer = LabelLayer(
        predictions.name, "model", predictions.made_by, predictions.made_from, predictions.created,
        Annotations(marked.sample, symbol, marked.aux),
    )  # fmt: skip
    return labelled_with(labelled.record, layer)


def queue_of(asked: Asked, given: Given) -> Queue:
    """The queue of a recording.

    Raises DataError where the rule needs scores or predictions that there are not, or the class is none.
    """
    if asked.beat_class not in CLASSES:
        raise DataError(f"{asked.beat_class[:40]!r} is none of {', '.join(CLASSES)}.")
    return _BY_RULE[asked.rule](asked, given)


def _flagged(asked: Asked, given: Given) -> Queue:
    scores = _scores(given)
    low = scores.threshold if asked.low is None else asked.low
    high = np.inf if asked.high is None else asked.high
    return _beats(asked, given, scores.sample[(scores.score >= low) & (scores.score < high)])


def _promised(asked: Asked, given: Given) -> Queue:
    layer = _predictions(given)
    if layer.needs_review is None:
        raise DataError(f"{layer.name} promises nothing, so no queue can keep it: choose another model or queue.")
    return _beats(asked, given, layer.annotations.sample[layer.needs_review])


def _unsure(asked: Asked, given: Given) -> Queue:
    layer = _predictions(given)
    if layer.probability is None:
        raise DataError(f"{layer.name} does not say how sure it is: choose another model or rule.")
    below = UNSURE_BELOW if asked.low is None else asked.low
    return _beats(asked, given, layer.annotations.sample[layer.probability < below])


def _differs(asked: Asked, given: Given) -> Queue:
    said = _predictions(given).annotations
    beats = given.labelled.beats
    if given.labelled.layer.kind != "reference":
        raise DataError("Nobody has labelled this recording, so no prediction differs: choose another queue.")
    known = dict(zip(beats.r_sample.tolist(), beats.beat_class.tolist(), strict=True))
    labels = zip(said.sample.tolist(), said.symbol.tolist(), said.aux, strict=True)
    return _beats(asked, given, np.array([at for at, code, aux in labels if known.get(at) != (aux or code)], np.int64))


def _class(asked: Asked, given: Given) -> Queue:
    return _beats(asked, given, given.labelled.beats.samples_of(asked.beat_class))


def _families(asked: Asked, given: Given) -> Queue:
    groups = list(given.groups or ())
    if asked.order == "time":
        groups.sort(key=lambda group: group.typical)
    anchors = np.array([group.typical for group in groups], np.int64)
    members = [group.beats for group in groups]
    return _queue(asked, anchors, anchors, anchors, members, tuple(group.name for group in groups))


def _runs(asked: Asked, given: Given) -> Queue:
    found = sorted(summarise_rhythm(given.labelled).runs, key=lambda run: (-run.n_beats, run.first_sample))
    if asked.order == "time":
        found.sort(key=lambda run: run.first_sample)
    beats = given.labelled.beats.r_sample
    bounds = [np.searchsorted(beats, [run.first_sample, run.last_sample + 1]) for run in found]
    names = tuple(f"Run of {run.n_beats} {run.kind}, {run.rate_per_minute:.0f} / min" for run in found)
    first, last = (
        np.array([getattr(run, name) for run in found], np.int64) for name in ("first_sample", "last_sample")
    )
    return _queue(asked, first, first, last, [beats[a:b] for a, b in bounds], names)


def _unreadable(asked: Asked, given: Given) -> Queue:
    found = unreadable_of(given.labelled)
    if asked.order != "time":
        found = sorted(found, key=lambda stretch: stretch[0] - stretch[1])
    fs = given.labelled.record.fs
    names = tuple(f"Cannot be read for {(stop - start) / fs:.1f} s" for start, stop in found)
    first, last = (np.array([stretch[k] for stretch in found], np.int64) for k in (0, 1))
    return _queue(asked, first, first, last, [np.zeros(0, np.int64)] * len(found), names)


_BY_RULE: dict[Rule, Callable[[Asked, Given], Queue]] = {
    "flagged": _flagged,
    "promised": _promised,
    "unsure": _unsure,
    "differs": _differs,
    "class": _class,
    "families": _families,
    "runs": _runs,
    "unreadable": _unreadable,
}


def _scores(given: Given) -> BeatScores:
    if given.scores is None:
        raise DataError("This rule needs an autoencoder's scores: choose one under Models.")
    return given.scores


def _predictions(given: Given) -> LabelLayer:
    if given.predictions is None:
        raise DataError("This rule needs a classifier's predictions: choose one under Models.")
    return given.predictions


def _beats(asked: Asked, given: Given, samples: Samples) -> Queue:
    """Beats one by one: what has no score, or is surest, last; else in time order."""
    samples = np.sort(samples)
    samples = samples[np.isin(samples, given.labelled.beats.r_sample)]
    if asked.order == "score" and given.scores is not None:
        samples = samples[np.argsort(-_at(samples, given.scores.sample, given.scores.score, -np.inf), kind="stable")]
    elif asked.order == "unsure" and given.predictions is not None and given.predictions.probability is not None:
        sure = given.predictions.probability.astype(np.float64)
        of = given.predictions.annotations.sample
        samples = samples[np.argsort(_at(samples, of, sure, np.inf), kind="stable")]
    n = len(samples)
    return Queue(asked, samples, samples, samples, samples, np.arange(n + 1), ("",) * n)


def _at(samples: Samples, of: Samples, values: Values, missing: float) -> Values:
    """Values at some samples, `missing` where there is none."""
    at = np.clip(np.searchsorted(of, samples), 0, max(0, len(of) - 1))
    if not len(of):
        return np.full(len(samples), missing)
    return np.where(of[at] == samples, values[at], missing)


def _queue(
    asked: Asked, anchor: Samples, first: Samples, last: Samples, members: Sequence[Samples], names: tuple[str, ...]
) -> Queue:
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in members])]).astype(np.int64)
    flat = np.concatenate([np.zeros(0, np.int64), *members])
    return Queue(asked, anchor, first, last, flat, offsets, names)
