"""Scores of a trained autoencoder, and every figure of them: on its own validation, or on records it has never seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import DOMINANT_RECORDS, SHARED_TEST_RECORD
from ecg_core.data.labels import REFERENCE
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.alarm_budget import AlarmBudget, alarm_budgets
from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.detection_report import DetectionReport, detection_report
from ecg_core.learning.card import Card
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector, Items
from ecg_core.typed_json import from_json

VALIDATION_NOTE = (
    "Each record was scored by a network trained without its patient; the threshold's reference beats are among these."
)


@dataclass(frozen=True)
class ScoredItems:
    """A model's scores of one set of beats or windows."""

    detector: AutoencoderDetector = field(repr=False)
    items: Items = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    """Rows of `items` that can be judged; the arrays below follow them."""
    parts: Mapping[str, npt.NDArray[np.float64]] = field(repr=False)
    """Part of the score -> its values, nats."""
    detection: Detection = field(repr=False)
    """The sum of the parts."""
    part: str = ""
    """What the records are called: `DS2`, `validation`, ..."""
    note: str = ""
    """What a reader of the figures must know."""
    leads: str = ""
    """About leads that the model was not trained on and somebody chose to have scored; empty where there are none."""
    usual_beat: str = ""
    """About records whose usual beat may not be sinus; empty where there are none."""

    @property
    def left_out(self) -> dict[str, int]:
        """Reason -> rows that were not judged."""
        reasons = self.items.table["excluded"]
        return {str(reason): int(n) for reason, n in reasons[reasons != ""].value_counts().items()}

    def report(self) -> DetectionReport:
        """Every figure. Raises DataError if there is nothing to judge."""
        items = self.items
        several = len(items.durations_s) > 1
        return detection_report(
            self.detection,
            {name: _detection(items, self.rows, values) for name, values in self.parts.items()},
            self.detector.threshold_,
            split=self.part,
            unit=self.detector.options.unit,
            left_out=self.left_out,
            without=tuple(
                name for name in (SHARED_TEST_RECORD, *DOMINANT_RECORDS) if name in items.durations_s and several
            ),
            simulated=items.simulated,
            note=" ".join(filter(None, [self.note, self.leads, self.usual_beat])),
            unreadable=items.left_out,
            layer="" if items.layer == REFERENCE else items.layer,
            alarms=alarm_budgets(self.detection) if self.part == VALIDATION else (),
        )


def score_items(
    detector: AutoencoderDetector,
    items: Items,
    part: str,
    note: str = "",
    error: npt.NDArray[np.float32] | None = None,
) -> ScoredItems:
    """Score every row. `error`: reconstruction errors to use in place of the final network's."""
    rows = np.flatnonzero(items.used)
    parts = {name: values[rows] for name, values in detector.score_parts(items, error).items()}
    total: npt.NDArray[np.float64] = np.sum(list(parts.values()), axis=0)
    return ScoredItems(detector, items, rows, parts, _detection(items, rows, total), part, note)


def score_validation(detector: AutoencoderDetector, card: Card, beats: BeatSet, items: Items) -> ScoredItems:
    """Scores of the training records, each by a network that has not seen its patient.

    Raises RunError if these are not the data the model was trained on.
    """
    if len(items) != len(detector.validation_error_) or beats.data_hash != card.data.data_hash:
        raise RunError("Validation scores belong to the data the model was trained on, which are not in use now.")
    return score_items(detector, items, VALIDATION, VALIDATION_NOTE, detector.validation_error_)


def budgets_of(card: Card) -> tuple[AlarmBudget, ...]:
    """Thresholds by accepted false alarms that a model's validation came to; none for models from before.

    Raises ModelError if they are damaged.
    """
    validation = card.figures.get(VALIDATION)
    found = validation.get("alarms", ()) if isinstance(validation, dict) else ()
    return from_json(tuple[AlarmBudget, ...], found, "the model's card, false alarms", ModelError)


def _detection(items: Items, rows: npt.NDArray[np.int64], score: npt.NDArray[np.float64]) -> Detection:
    """Scores of rows that can be judged as a Detection."""
    table = items.table.iloc[rows]
    hours = {name: seconds / 3600 for name, seconds in items.durations_s.items()}
    classes, records = table["beat_class"].to_numpy(dtype=str), table["record"].to_numpy(dtype=str)
    return Detection(score, classes, records, hours, complete=isinstance(items, BeatSet))
