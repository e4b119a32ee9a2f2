"""Figures of a trained classifier: on its own validation, or on records it has never seen."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import CLASSES
from ecg_core.beats.splits import DOMINANT_RECORDS, SHARED_TEST_RECORD
from ecg_core.data.labels import REFERENCE, UNCLASSIFIED
from ecg_core.errors import RunError
from ecg_core.evaluation.class_report import NEVER_SCORED, ClassReport, class_report
from ecg_core.evaluation.classification import Classified
from ecg_core.evaluation.risk_control import kept, to_review
from ecg_core.learning.card import Card
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.classifier.balancing import Labels
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.truth import labels_of

UNLABELLED = "that nobody labelled"
VALIDATION_NOTE = "Each record was classified by a network trained without its patient."
GAN_NOTE = (
    " Those networks did without synthetic beats, because the GAN has seen these records: what synthetic beats do is "
    "for the study to say."
)


@dataclass(frozen=True)
class ClassifiedBeats:
    """What a classifier makes of one set of beats."""

    classifier: BeatClassifier = field(repr=False)
    beats: BeatSet = field(repr=False)
    result: Classified = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    """Rows of `beats` that `result` holds, in its order: those that can be judged."""
    part: str
    """What the records are called: `DS2`, `validation`, ..."""
    note: str
    """What a reader of the figures must know."""

    def report(self) -> ClassReport:
        """Every figure. Raises DataError if there is nothing to judge."""
        classifier = self.classifier
        report = beats_report(
            self.result, self.beats, self.part, classifier.options.escape, self.note, classifier.missing_
        )
        made, result = classifier.promises_, self.result
        if not made:
            return report
        patient = self.beats.table["patient"].to_numpy(dtype=str)[self.rows]
        true = np.asarray(result.classes)[result.true_column]
        queue = to_review(made, result.probability, result.classes)
        return replace(
            report,
            promises=kept(made, result.probability, true, result.classes, patient),
            review=int(queue.sum()),
        )


def classified(
    classifier: BeatClassifier, beats: BeatSet, probability: npt.NDArray[np.float32] | None = None
) -> tuple[Classified, npt.NDArray[np.int64]]:
    """The beats that can be judged, with probabilities (by default the final networks'), and their rows in the set."""
    labels = labels_of(beats, classifier.options)
    if probability is None:
        probability = classifier.predict_proba(beats)
    return judged(beats, labels, probability, classifier.classes_)


def judged(
    beats: BeatSet, labels: Labels, probability: npt.NDArray[np.float32], names: tuple[str, ...]
) -> tuple[Classified, npt.NDArray[np.int64]]:
    """Rows that are not excluded and have a class, as classified beats, and their numbers."""
    rows = np.flatnonzero(beats.used & (labels >= 0))
    record = beats.table["record"].to_numpy(dtype=str)[rows]
    return Classified(names, np.asarray(names)[labels[rows]], probability[rows], record), rows


def check_validation(card: Card, beats: BeatSet) -> None:
    """Raise RunError if these are not the data the model was trained on."""
    if beats.data_hash != card.data.data_hash:
        raise RunError("The validation belongs to the data the model was trained on, which are not in use now.")


def validated(classifier: BeatClassifier, beats: BeatSet) -> ClassifiedBeats:
    """The training records, each classified by a network that has not seen its patient."""
    if len(classifier.validation_probability_) != len(beats):
        raise RunError("The validation belongs to the data the model was trained on, which are not in use now.")
    result, rows = classified(classifier, beats, classifier.validation_probability_)
    note = VALIDATION_NOTE + (GAN_NOTE if classifier.options.added == "gan" else "")
    return ClassifiedBeats(classifier, beats, result, rows, VALIDATION, note)


def beats_report(
    result: Classified, beats: BeatSet, part: str, escape: str, note: str, missing: tuple[str, ...]
) -> ClassReport:
    """All figures of one set of classified beats, with what was left out and how labels were read.

    `note` says what a reader must know; `missing` are classes of which training held too few. Raises DataError if there
    is nothing to judge.
    """
    several = len(result.records) > 1
    without = [name for name in (SHARED_TEST_RECORD, *DOMINANT_RECORDS) if name in result.records and several]
    report = class_report(result, part, without)
    reasons = beats.table["excluded"]
    named = [name for name in CLASSES if name != NEVER_SCORED]
    unlabelled = (beats.table["symbol"] == UNCLASSIFIED).to_numpy(dtype=bool)
    unnamed = ~np.isin(beats.table["beat_class"], named) & beats.used & (NEVER_SCORED not in result.classes)
    return replace(
        report,
        label_map=f"AAMI EC57, e and j as {escape}",
        left_out={NEVER_SCORED: int((unnamed & ~unlabelled).sum())}
        | ({UNLABELLED: int((unnamed & unlabelled).sum())} if (unnamed & unlabelled).any() else {})
        | {str(reason): int(n) for reason, n in reasons[reasons != ""].value_counts().items()},
        simulated=beats.simulated,
        note=" ".join(filter(None, [with_missing(note, missing), report.note])),
        missing=missing,
        unreadable=beats.left_out,
        layer="" if beats.layer == REFERENCE else beats.layer,
    )


def with_missing(note: str, missing: tuple[str, ...]) -> str:
    """A note, and what follows where a class was missing from training."""
    if not missing:
        return note
    return (
        f"{note} The training records held too few beats of class {', '.join(missing)} to learn from: every beat of it "
        "counts as missed."
    )
