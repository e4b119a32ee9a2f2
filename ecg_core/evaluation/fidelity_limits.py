"""Which figures of a class's synthetic beats lie within the limits that the sentence of `fidelity_sentence` uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecg_core.evaluation.fidelity_sentence import CLOSE, COPYING, KEPT, TOLD_APART


@dataclass(frozen=True)
class Figure:
    """One figure, what recorded beats reach, and whether it is within its limit."""

    key: str
    """As in a row of `fidelity`; in the unseen view it comes from `unseen` where that has it."""
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
ALWAYS_TRAINING, ALWAYS_UNSEEN = ("copying_share",), ("tstr_f1", "tstr_macro_f1")


def figures_of(row: Mapping[str, Any], unseen: bool = False) -> tuple[Figure, ...]:
    """Every figure of a row of `fidelity` in the order of `NAMES`.

    With `unseen` the distances and neighbourhoods are those to unseen patients' beats, None where that was not judged.
    Copying is always of training beats, and the two F1 always in unseen patients.
    """
    return tuple(_figure(key, row, unseen) for key in NAMES)


def verdict(figures: tuple[Figure, ...]) -> str:
    """How many of the limits that could be judged are kept, such as `4 of 5`; a dash if none could."""
    judged = [figure.reached for figure in figures if figure.reached is not None]
    return f"{sum(judged)} of {len(judged)}" if judged else "–"


def _figure(key: str, row: Mapping[str, Any], unseen: bool) -> Figure:
    held = (row.get("unseen") or {}) if unseen and key not in (*ALWAYS_TRAINING, *ALWAYS_UNSEEN) else row
    value = held.get(key)
    recorded = held.get(key.replace("tstr", "trtr") if key in ALWAYS_UNSEEN else f"{key}_real")
    return Figure(key, NAMES[key], value, recorded, _reached(key, value, recorded))


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
