"""Everything there is to say about classified beats or images, as JSON has it."""

from collections.abc import Sequence
from typing import Any

from ecg_core.evaluation.bootstrap import classification_intervals
from ecg_core.evaluation.calibration import calibration
from ecg_core.evaluation.classification import Classified, by_class, by_record, confusion_json, summary
from ecg_core.evaluation.ec57 import ec57

TOLD_APART_BY_NOBODY = "Q"
"""DS1 and DS2 hold 15 beats of it together: it has counts, never a score."""


FEWEST_RECORDS = 5
"""Records below which resampling them says nothing, and no interval is given."""


def scored(classes: Sequence[str]) -> tuple[str, ...]:
    """The classes that figures are given for."""
    return tuple(name for name in classes if name != TOLD_APART_BY_NOBODY)


def class_report(found: Classified, part: str, without: Sequence[str] = ()) -> dict[str, Any]:
    """Accuracy, macro-F1, classes, confusion, intervals, EC57, areas, calibration, records, and the summary without
    each of some records."""
    names = scored(found.classes)
    plain = summary(found, names)
    return {
        "split": part,
        "scored": len(found.truth),
        "accuracy": plain["accuracy"],
        "macro_f1": plain["macro_f1"],
        "classes": by_class(found, names),
        "confusion": confusion_json(found),
        "macro_over": [name for name in names if name in found.truth],
        "intervals": classification_intervals(found, names) if len(found.records) >= FEWEST_RECORDS else None,
        "areas": {name: row for name, row in found.areas().items() if name in names},
        "ec57": ec57(found),
        "calibration": calibration(found),
        "records": by_record(found, names),
        "without": {name: summary(found.without(name), names) for name in without},
    }
