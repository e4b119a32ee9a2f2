"""Which figures of a class's synthetic beats lie within the limits that the sentence of `fidelity_sentence` uses."""

from dataclasses import dataclass

from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.fidelity_sentence import CLOSE, COPYING, KEPT, TOLD_APART


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


NAMES = {
    "mmd": "MMD",
    "frechet": "Fréchet",
    "precision": "Precision",
    "recall": "Recall",
    "density": "Density",
    "coverage": "Coverage",
    "two_sample_auc": "AUC",
    "two_sample_auc_shape": "By shape",
    "copying_share": "Copying",
    "tstr_f1": "F1 of class",
    "tstr_macro_f1": "Macro-F1",
}
LIMITS = {
    "mmd": f"at most {CLOSE:g} times that of two groups of patients",
    "frechet": f"at most {CLOSE:g} times that of two groups of patients",
    "two_sample_auc": f"at most {TOLD_APART:g} (0.5: cannot be told apart)",
    "copying_share": f"at most {100 * COPYING:.0f} %",
    "tstr_f1": f"at least {KEPT:g} times that of recorded beats",
}
"""Figure -> its limit in words."""
COPYING_KEY = "copying_share"
ALWAYS_UNSEEN = ("tstr_f1", "tstr_macro_f1")


def figures_of(fidelity: ClassFidelity, unseen: bool = False) -> tuple[LimitedFigure, ...]:
    """Every figure of one class's synthetic beats in the order of `NAMES`.

    With `unseen` the distances and neighbourhoods are those to unseen patients' beats, None where that was not judged.
    Copying is always of training beats, and the two F1 always in unseen patients.
    """
    return tuple(_figure(key, fidelity, unseen) for key in NAMES)


def verdict(figures: tuple[LimitedFigure, ...]) -> str:
    """How many of the limits that could be judged are kept, such as `4 of 5`; a dash if none could."""
    judged = [figure.reached for figure in figures if figure.reached is not None]
    return f"{sum(judged)} of {len(judged)}" if judged else "–"


def _figure(key: str, fidelity: ClassFidelity, unseen: bool) -> LimitedFigure:
    value, recorded = _values(key, fidelity, unseen)
    return LimitedFigure(key, NAMES[key], value, recorded, _reached(key, value, recorded))


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
    if value is None:
        return None
    if key == "two_sample_auc":
        return value <= TOLD_APART
    if key == "copying_share":
        return value <= COPYING
    if key not in LIMITS or not recorded:
        return None
    return value >= KEPT * recorded if key == "tstr_f1" else value <= CLOSE * recorded
