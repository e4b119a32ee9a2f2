"""The figures of a class's synthetic beats as one sentence that a clinician can read, good news or bad."""

from collections.abc import Mapping
from typing import Any

CLOSE = 1.5
"""Times the distance between two groups of patients up to which a distance counts as about the same."""
COPIES = 0.05
"""Share of beats near a training beat that is expected of beats drawn anew."""
COPYING = 0.1
"""Share above which they count as copies or blends; random halves of DS1's S beats reached it by chance."""
TOLD_APART = 0.75
"""Share of pairs above which a trained classifier tells synthetic from recorded beats too well."""
KEPT = 0.9
"""Share of a classifier's F1 that synthetic beats should keep."""


def sentence(row: Mapping[str, Any]) -> str:
    """One sentence from a row of `fidelity` or `fidelity_of_class`.

    How far from the recorded beats, told in distances between two groups of patients; whether a classifier tells them
    apart; whether they are copies; and, where that was measured, what a classifier trained on them is worth.
    """
    parts = [_distance(row), _apart(row["two_sample_auc"]), _copies(row["copying_share"])]
    if row.get("tstr_f1") is not None and row.get("trtr_f1") is not None:
        parts.append(_use(row["beat_class"], row["tstr_f1"], row["trtr_f1"]))
    return "; ".join(parts) + "."


def _distance(row: Mapping[str, Any]) -> str:
    start = f"Synthetic {row['beat_class']} beats"
    if not row["mmd_real"] or not row["frechet_real"]:
        return f"{start} have no two groups of patients to be compared with (MMD {row['mmd']:.2f})"
    ratios = row["mmd"] / row["mmd_real"], row["frechet"] / row["frechet_real"]
    figures = f"(MMD {ratios[0]:.2g} times, Fréchet distance {ratios[1]:.2g} times)"
    if max(ratios) > CLOSE:
        return f"{start} are farther from the recorded ones than two groups of patients are from each other {figures}"
    how = "about as close" if max(ratios) > 1 / CLOSE else "closer"
    than = "as" if max(ratios) > 1 / CLOSE else "than"
    return f"{start} are {how} to the recorded ones {than} two groups of patients are to each other {figures}"


def _apart(auc: float) -> str:
    found = f"a trained classifier tells them apart in {_percent(auc)} of pairs"
    return f"but {found}, where chance is 50 %" if auc > TOLD_APART else f"{found} (chance: 50 %)"


def _copies(share: float) -> str:
    found = f"{_percent(share)} lie closer to a training beat than recorded beats do to each other"
    if share <= COPYING:
        return f"{found} (about {_percent(COPIES)} is expected without copying)"
    return f"{found}, where about {_percent(COPIES)} is expected: copies or blends of training beats"


def _use(beat_class: str, synthetic: float, recorded: float) -> str:
    if not recorded:
        return f"a classifier trained on recorded ones finds no {beat_class} in unseen patients: their use is unknown"
    kept = synthetic / recorded
    only = "" if kept >= KEPT else "only "
    return (
        f"a classifier trained on them in place of recorded ones keeps {only}{_percent(kept)} of its F1 "
        f"for {beat_class} in unseen patients ({synthetic:.2f} of {recorded:.2f})"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
