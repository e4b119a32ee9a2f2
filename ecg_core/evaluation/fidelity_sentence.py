"""The figures of a class's synthetic beats as one sentence that a clinician can read, good news or bad."""

from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity
from ecg_core.text import number

CLOSE = 1.5
"""Times the distance between two groups of patients up to which a distance counts as about the same."""
COPIES = 0.05
"""Share of beats near a training beat that is expected of beats drawn anew."""
COPYING = 0.1
"""Share above which they count as copies or blends; random halves of DS1's S beats reached it by chance."""
TOLD_APART = 0.75
"""Share of pairs above which a trained classifier tells synthetic from recorded beats too well."""
WORTH_LEARNING = 0.15
"""F1 of a class learned from recorded beats below which a share of it says nothing."""
KEPT = 0.9
"""Share of a classifier's F1 that synthetic beats should keep."""


def sentence(fidelity: ClassFidelity) -> str:
    """One sentence on one class's synthetic beats.

    How far from the recorded beats, told in distances between two groups of patients; whether a classifier tells them
    apart; whether they are copies; and, where that was measured, what a classifier trained on them is worth.
    """
    parts = [distance(fidelity, "beats")]
    if fidelity.distances.two_sample_auc is not None:
        parts.append(_apart(fidelity.distances.two_sample_auc))
    parts.append(copies(fidelity.copying_share, "beat"))
    use = fidelity.use
    if use and use.tstr_f1 is not None and use.trtr_f1 is not None:
        parts.append(worth(fidelity.beat_class, use.tstr_f1, use.trtr_f1))
    return "; ".join(parts) + "."


def distance(fidelity: ClassFidelity | ImageClassFidelity, noun: str) -> str:
    """How far synthetic ones, called `noun`, are from the recorded ones, in distances between patients."""
    start = f"Synthetic {fidelity.beat_class} {noun}"
    synthetic, recorded = fidelity.distances, fidelity.between_patients
    if not recorded.mmd or not recorded.frechet or synthetic.mmd is None or synthetic.frechet is None:
        return f"{start} have no two groups of patients to be compared with (MMD {number(synthetic.mmd, 2)})"
    ratios = synthetic.mmd / recorded.mmd, synthetic.frechet / recorded.frechet
    figures = f"(MMD {_times(ratios[0])}, Fréchet distance {_times(ratios[1])})"
    if fidelity.dominant_record:
        figures += f", of whom one has nearly all {noun} of the class"
    if max(ratios) > CLOSE:
        return f"{start} are farther from the recorded ones than two groups of patients are from each other {figures}"
    how = "about as close" if max(ratios) > 1 / CLOSE else "closer"
    than = "as" if max(ratios) > 1 / CLOSE else "than"
    return f"{start} are {how} to the recorded ones {than} two groups of patients are to each other {figures}"


def _times(ratio: float) -> str:
    return "below 0.01 times" if ratio < 0.01 else f"{ratio:.2g} times"


def _apart(auc: float) -> str:
    found = f"a trained classifier tells them apart in {_percent(auc)} of pairs"
    return f"but {found}, where chance is 50 %" if auc > TOLD_APART else f"{found} (chance: 50 %)"


def copies(share: float, noun: str) -> str:
    """Whether synthetic ones are copies of a training one, called `noun`."""
    found = f"{_percent(share)} lie closer to a training {noun} than recorded {noun}s do to each other"
    if share <= COPYING:
        return f"{found} (about {_percent(COPIES)} is expected without copying)"
    return f"{found}, where about {_percent(COPIES)} is expected: copies or blends of training {noun}s"


def worth(beat_class: str, synthetic: float, recorded: float) -> str:
    """What a classifier trained on synthetic ones is worth, by its F1 in unseen patients."""
    if not recorded:
        return f"a classifier trained on recorded ones finds no {beat_class} in unseen patients: their use is unknown"
    kept = synthetic / recorded
    if recorded < WORTH_LEARNING:
        return (
            f"a classifier trained on recorded ones hardly finds {beat_class} in unseen patients (F1 {recorded:.2f}), "
            f"so what these are worth ({synthetic:.2f}) cannot be told"
        )
    if kept >= 1:
        return (
            f"a classifier trained on them in place of recorded ones finds {beat_class} in unseen patients as well "
            f"(F1 {synthetic:.2f}, recorded {recorded:.2f})"
        )
    only = "" if kept >= KEPT else "only "
    return (
        f"a classifier trained on them in place of recorded ones keeps {only}{_percent(kept)} of its F1 "
        f"for {beat_class} in unseen patients ({synthetic:.2f} of {recorded:.2f})"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
