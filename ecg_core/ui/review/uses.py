"""What becomes of a review: files to take away, the report, a training that learns from it."""

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.ui.review import below


def offer(labelled: LabelledRecord, seen: LabelledRecord, corrections: Corrections) -> None:
    """Exports, report and retraining, once there is something to use."""
    if not corrections.standing():
        return
    below.exports(labelled, corrections, seen)
