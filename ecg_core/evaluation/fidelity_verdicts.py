"""The three questions to ask of a class's synthetic beats, or images, each with a verdict, its figure and its support.

The limits are those of `fidelity_sentence`: one figure alone decides no question, but these three are the ones a reader
who has little time should see.
"""

from dataclasses import dataclass

from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.fidelity_sentence import COPIES, COPYING, KEPT, TOLD_APART, WORTH_LEARNING
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity
from ecg_core.evaluation.image_fidelity_sentence import TOLD_APART as IMAGES_TOLD_APART
from ecg_core.text import number, percent

Judged = ClassFidelity | ImageClassFidelity


@dataclass(frozen=True)
class Verdict:
    """The answer to one question."""

    question: str
    """Such as `Shape plausible?`."""
    verdict: str
    """Such as `shape plausible`, in the words of a sentence."""
    good: bool | None
    """None where it cannot be told."""
    figure: str
    """Such as `AUC 0.54`; empty where there is none."""
    support: str
    """Such as `41 beats a side`; without a figure why there is none."""
    meaning: str
    """What the figure says, and its limit."""

    @property
    def text(self) -> str:
        """Such as `shape plausible (AUC 0.54)`."""
        return f"{self.verdict} ({self.figure})" if self.figure else self.verdict


def verdicts(judged: Judged) -> tuple[Verdict, Verdict, Verdict]:
    """Whether the shape is plausible, whether it copies, and whether it can be trained on."""
    return _shape(judged), _copying(judged), _use(judged)


def summary(judged: Judged) -> str:
    """All three in a line, such as `V: shape plausible (AUC 0.67), no copying (1.0 % unusually near a training beat,
    5 % expected), usable for training (F1 0.62, recorded 0.57).`"""
    text = f"{judged.beat_class}: {', '.join(one.text for one in verdicts(judged))}."
    return f"{text} {few_patients(judged)}".rstrip()


def few_patients(judged: Judged) -> str:
    """A word of warning where one record has most of the class; empty where none has."""
    return "Almost one patient." if judged.dominant_record else ""


def _noun(judged: Judged) -> str:
    return "beats" if isinstance(judged, ClassFidelity) else "images"


def _shape(judged: Judged) -> Verdict:
    question, noun = "Shape plausible?", _noun(judged)
    limit = TOLD_APART if isinstance(judged, ClassFidelity) else IMAGES_TOLD_APART
    meaning = (
        f"Two-sample AUC: how well a classifier trained for it tells synthetic from recorded {noun}. 0.5: not at all, "
        f"1: always; limit {limit:g}."
    )
    auc = judged.distances.two_sample_auc
    if auc is None:
        return Verdict(question, "shape not measured", None, "", f"too few recorded {noun}", meaning)
    good = auc <= limit
    verdict = "shape plausible" if good else "shape told from recorded ones"
    return Verdict(question, verdict, good, f"AUC {number(auc, 2)}", f"{judged.n_compared:,} {noun} a side", meaning)


def _copying(judged: Judged) -> Verdict:
    noun, share = _noun(judged), judged.copying_share
    good = share <= COPYING
    return Verdict(
        "Copying?",
        "no copying" if good else "copies or blends",
        good,
        f"{percent(share)} unusually near a training {noun[:-1]}, {100 * COPIES:.0f} % expected",
        f"of {judged.n_synthetic:,} synthetic {noun}",
        f"Share of synthetic {noun} nearer to one that was trained on than recorded ones are to each other: about "
        f"{100 * COPIES:.0f} % is expected without copying; limit {100 * COPYING:.0f} %.",
    )


def _use(judged: Judged) -> Verdict:
    question, use = "Usable for training?", judged.use
    meaning = (
        f"F1 of the class in unseen patients (test records) when a classifier learns it from synthetic {_noun(judged)} "
        f"and, beside it, from recorded ones; limit {100 * KEPT:.0f} % of that."
    )
    if use is None or use.tstr_f1 is None or use.trtr_f1 is None:
        why = "needs the test records" if judged.unseen is None else "the test records have too few"
        return Verdict(question, "use for training not judged", None, "", why, meaning)
    figure = f"F1 {number(use.tstr_f1, 2)}, recorded {number(use.trtr_f1, 2)}"
    support = f"in {judged.unseen.n:,} test {_noun(judged)}" if judged.unseen else f"in test {_noun(judged)}"
    if use.trtr_f1 < WORTH_LEARNING:
        meaning += (
            " Here even the one that learns from recorded ones hardly finds the class, so the share says nothing."
        )
        return Verdict(question, "use for training cannot be told", None, figure, support, meaning)
    good = use.tstr_f1 >= KEPT * use.trtr_f1
    verdict = "usable for training" if good else "less use for training than recorded ones"
    return Verdict(question, verdict, good, figure, support, meaning)
