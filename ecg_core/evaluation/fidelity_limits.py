"""Which figures of a class's synthetic beats lie within the limits that the sentence of `fidelity_sentence` uses."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.fidelity_sentence import CLOSE, COPIES, COPYING, KEPT, TOLD_APART, WORTH_LEARNING


@dataclass(frozen=True)
class LimitedFigure:
    """One figure, what recorded beats reach, and whether it is within its limit."""

    key: str
    """Such as `mmd`: a field of `Distances`, of `Use`, or `copying_share`."""
    name: str
    value: float | None
    recorded: float | None
    """The same figure for recorded beats; None where there is none."""
    reached: bool | None
    """None without a limit, or without the numbers to tell."""


@dataclass(frozen=True)
class Limit:
    """What a figure must keep to."""

    words: str
    kept: Callable[[float, float], bool]
    """Of the figure, and the same figure of recorded beats (NaN where there is none)."""


@dataclass(frozen=True)
class FigureKind:
    """One figure of fidelity, as tables name and explain it."""

    name: str
    help: str
    limit: Limit | None = None


_NEAR = Limit(f"at most {CLOSE:g} times that of two groups of patients", lambda value, real: value <= CLOSE * real)
KINDS: dict[str, FigureKind] = {
    "mmd": FigureKind(
        "MMD", "Maximum mean discrepancy between the beats in mV: how far the two groups are apart", _NEAR
    ),
    "frechet": FigureKind(
        "Fréchet", "Fréchet distance in pca-32, the 32 principal components of the recorded training beats", _NEAR
    ),
    "precision": FigureKind("Precision", "Share of synthetic beats that lie among recorded ones"),
    "recall": FigureKind("Recall", "Share of recorded beats that lie among synthetic ones"),
    "density": FigureKind("Density", "How densely synthetic beats lie among recorded ones; about 1 is ideal"),
    "coverage": FigureKind("Coverage", "Share of recorded beats that have a synthetic one near them"),
    "two_sample_auc": FigureKind(
        "AUC",
        "ROC AUC of a classifier trained to tell the two groups apart; 0.5 is chance. It sees whole beats down to "
        "their noise, where 5 microvolts, the step of the database's recorder, are enough",
        Limit(f"at most {TOLD_APART:g} (0.5: cannot be told apart)", lambda value, _: value <= TOLD_APART),
    ),
    "two_sample_auc_shape": FigureKind(
        "By shape", "The same for a classifier that sees the shape in pca-32 only, not the noise"
    ),
    "copying_share": FigureKind(
        "Copying",
        "Share of synthetic beats closer to a training beat than recorded beats are to each other; about "
        f"{100 * COPIES:.0f} % is expected without copying",
        Limit(f"at most {100 * COPYING:.0f} %", lambda value, _: value <= COPYING),
    ),
    "tstr_f1": FigureKind(
        "F1 of class",
        "F1 of the class in unseen patients when a classifier learns it from synthetic beats; in brackets: from "
        "recorded ones, the ceiling",
        Limit(f"at least {KEPT:g} times that of recorded beats", lambda value, real: value >= KEPT * real),
    ),
    "tstr_macro_f1": FigureKind("Macro-F1", "Macro-F1 of the same classifier; in brackets: the ceiling"),
}
"""Every figure of a class, by its key: a field of `Distances` or `Use`, or `copying_share`."""
COPYING_KEY = "copying_share"
ALWAYS_UNSEEN = ("tstr_f1", "tstr_macro_f1")


def figures_of(fidelity: ClassFidelity, unseen: bool = False) -> tuple[LimitedFigure, ...]:
    """Every figure of one class's synthetic beats in the order of `KINDS`.

    With `unseen` the distances and neighbourhoods are those to unseen patients' beats, None where that was not judged.
    Copying is always of training beats, and the two F1 always in unseen patients.
    """
    return tuple(_figure(key, fidelity, unseen) for key in KINDS)


def verdict(figures: tuple[LimitedFigure, ...]) -> str:
    """How many of the limits that could be judged are kept, such as `4 of 5`; a dash if none could."""
    judged = [figure.reached for figure in figures if figure.reached is not None]
    return f"{sum(judged)} of {len(judged)}" if judged else "–"


def _figure(key: str, fidelity: ClassFidelity, unseen: bool) -> LimitedFigure:
    value, recorded = _values(key, fidelity, unseen)
    return LimitedFigure(key, KINDS[key].name, value, recorded, _reached(key, value, recorded))


def _values(key: str, fidelity: ClassFidelity, unseen: bool) -> tuple[float | None, float | None]:
    """A figure, and the same of recorded beats; None where it was not measured."""
    if key == COPYING_KEY:
        return fidelity.copying_share, None
    if key in ALWAYS_UNSEEN:
        use = fidelity.use
        return (getattr(use, key), getattr(use, key.replace("tstr", "trtr"))) if use else (None, None)
    if not unseen:
        return getattr(fidelity.distances, key), getattr(fidelity.between_patients, key)
    if fidelity.unseen is None:
        return None, None
    return getattr(fidelity.unseen.distances, key), getattr(fidelity.unseen.recorded, key)


def _reached(key: str, value: float | None, recorded: float | None) -> bool | None:
    limit = KINDS[key].limit
    if value is None or limit is None:
        return None
    beside = key == COPYING_KEY or key == "two_sample_auc"  # limits of their own, whatever recorded beats reach
    if not recorded and not beside:
        return None
    if key == "tstr_f1" and recorded is not None and recorded < WORTH_LEARNING:
        return None  # what recorded beats hardly teach cannot be kept or lost
    return limit.kept(value, recorded or math.nan)
