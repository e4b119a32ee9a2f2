"""A threshold for one recording, from what a person said of some of its beats.

People look at beats that are flagged, so their decisions tell mostly how far a threshold can be raised; what lies under
it they have not seen, and this says nothing of it.
"""

from dataclasses import dataclass

import numpy as np

from ecg_core.beats.classes import BY_CODE
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import ARTEFACT
from ecg_core.review.beat_scores import BeatScores

FEWEST, FEWEST_OF_EACH = 20, 3
ABNORMAL, NORMAL = ("S", "V", "F"), ("N",)


@dataclass(frozen=True)
class Effect:
    """What a threshold does in a recording."""

    threshold: float
    flagged: int
    """Beats of the whole recording."""
    false_alarms: int
    """Of the beats decided about: normal or no beat, and flagged."""
    missed: int
    """Of the beats decided about: abnormal, and not flagged."""


@dataclass(frozen=True)
class AdaptedThreshold:
    """A threshold offered, beside the one in use."""

    decided: int
    now: Effect
    offered: Effect


def adapted_threshold(scores: BeatScores, corrections: Corrections, threshold: float) -> AdaptedThreshold | None:
    """The threshold at which the fewest decisions are gone against; of equal ones the nearest to the one in use.

    None with fewer than 20 decisions about beats that have a score, or fewer than 3 of abnormal or of other beats.
    """
    standing = corrections.standing()
    at = np.isin(scores.sample, list(standing))
    said = [_is_abnormal(standing[int(sample)].after) for sample in scores.sample[at]]
    known = np.array([one is not None for one in said], bool)
    score = scores.score[at][known]
    abnormal = np.array([bool(one) for one in said if one is not None], bool)
    if len(score) < FEWEST or min(abnormal.sum(), (~abnormal).sum()) < FEWEST_OF_EACH:
        return None

    def effect(value: float) -> Effect:
        over = score >= value
        flagged = int((scores.score >= value).sum())
        return Effect(value, flagged, int((over & ~abnormal).sum()), int((~over & abnormal).sum()))

    ordered = np.unique(score)
    middle = (ordered[1:] + ordered[:-1]) / 2
    between = np.where(middle > ordered[:-1], middle, ordered[1:])
    candidates = [threshold, float(ordered[0]), *between.tolist(), float(np.nextafter(ordered[-1], np.inf))]
    effects = [effect(value) for value in candidates]
    best = min(effects, key=lambda one: (one.false_alarms + one.missed, abs(one.threshold - threshold)))
    return AdaptedThreshold(len(score), effects[0], best)


def _is_abnormal(symbol: str) -> bool | None:
    """Whether a person called it abnormal; None for what is judged neither way."""
    if symbol == ARTEFACT:
        return False
    beat_class = BY_CODE[symbol].beat_class if symbol in BY_CODE else ""
    return True if beat_class in ABNORMAL else False if beat_class in NORMAL else None
