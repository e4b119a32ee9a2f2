"""Everything there is to say about classified beats or images, as one value that pages, commands and cards share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from ecg_core.beats.classes import SET_ASIDE
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.bootstrap import ClassificationIntervals, classification_intervals
from ecg_core.evaluation.calibration import Calibration, calibration
from ecg_core.evaluation.classification import (
    Areas,
    ClassFigures,
    Classified,
    Overall,
    RecordFigures,
    by_class,
    by_record,
    confusion_table,
    overall,
)
from ecg_core.evaluation.ec57 import Ec57, ec57
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.risk_control import PromiseKept
from ecg_core.evaluation.support import FEWEST_RECORDS, little_support
from ecg_core.text import number, percent
from ecg_core.typed_json import JsonObject, from_json, to_json, without_empty

(NEVER_SCORED,) = SET_ASIDE
"""DS1 and DS2 hold 15 beats of it together: it has counts, never a score."""
USUAL = ("N", "normal")
"""Classes that are no news: headlines name the others."""
SCORES = ("sensitivity", "ppv", "f1")
"""Figures of a class that is scored."""
GROUPS, PATIENTS = "groups", "patients"
"""What images of a folder are counted by: drawn at random where it is not known whose they are."""
RECORD_FIELDS = frozenset(one.name for one in fields(RecordFigures))


@dataclass(frozen=True)
class ClassReport:
    """Figures of one set of classified beats or images."""

    split: str
    """The part they are of: `DS2`, `validation`, names of records, or a folder of images."""
    scored: int
    """Beats judged."""
    accuracy: float | None
    macro_f1: float | None
    classes: Mapping[str, ClassFigures]
    confusion: Mapping[str, Mapping[str, int]]
    """Reference class -> prediction -> beats."""
    macro_over: tuple[str, ...]
    """Classes that macro-F1 is the mean over: those that occur."""
    intervals: ClassificationIntervals | None
    """95 %, by bootstrap over records or patients; None under five, or where they mean nothing."""
    areas: Mapping[str, Areas]
    ec57: Mapping[str, Ec57]
    calibration: Calibration
    records: Mapping[str, RecordFigures]
    without: Mapping[str, Overall]
    """Record -> the overall figures without it."""
    label_map: str = ""
    """How annotation symbols became classes; empty for images of a folder."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Reason -> beats that were not judged."""
    simulated: bool = False
    note: str = ""
    missing: tuple[str, ...] = ()
    """Classes of which the training data held too few to learn from."""
    evaluated: str = ""
    """ISO 8601 time of an explicit act of judging."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Record -> why it could not be judged."""
    layer: str = ""
    """The label layer judged against, where it is not the reference annotations."""
    promises: Mapping[str, PromiseKept] = field(default_factory=dict)
    """Class -> what became of what its review queue was promised to miss at most."""
    review: int | None = None
    """Beats in that queue; None where nothing was promised."""
    by: str = ""
    """What `records` holds where it is no records: `PATIENTS` or `GROUPS` of images of a folder."""

    @property
    def units(self) -> str:
        """What figures are given of one by one, and intervals resample: `records`, `patients` or `groups`."""
        return self.by or "records"

    @property
    def absent(self) -> tuple[str, ...]:
        """Scored classes of which there was no beat to judge."""
        return tuple(name for name, row in self.classes.items() if row.scored and not row.support)

    def headline(self) -> str:
        """Macro-F1, accuracy, and the F1 of each class but N."""
        f1 = [f"{name} F1 {number(row.f1)}" for name, row in self.classes.items() if row.scored and name != "N"]
        return ", ".join([f"Macro-F1 {number(self.macro_f1)}", f"accuracy {percent(self.accuracy)}", *f1])

    def figures(self) -> tuple[Figure, ...]:
        """The figures that runs and models are compared by."""
        intervals = self.intervals
        overall_figures = (
            Figure("Macro-F1", self.macro_f1, intervals.macro_f1 if intervals else None),
            Figure("Accuracy", self.accuracy, intervals.accuracy if intervals else None, "share"),
        )
        each = tuple(
            Figure(
                f"{name} F1", row.f1, intervals.classes[name].f1 if intervals and name in intervals.classes else None
            )
            for name, row in self.classes.items()
            if row.scored and name not in USUAL
        )
        return overall_figures + each

    def to_json(self) -> JsonObject:
        """As cards, results and `evaluate --json` have it."""
        value: JsonObject = to_json(self)
        for row in value["classes"].values():
            if not row.pop("scored"):
                for name in SCORES:
                    del row[name]
        if RECORD_FIELDS.isdisjoint(value["classes"]):  # classes of image folders may be called anything
            value["records"] = {name: row | row.pop("classes") for name, row in value["records"].items()}
        return without_empty(value, "label_map", "evaluated", "unreadable", "layer", "note", "by", "promises", "review")

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ClassReport":
        """Raises `error`, naming `what` and the field, if anything is missing or of another kind."""
        if not isinstance(value, dict):
            raise error(f"{what} is damaged: expected figures, found {type(value).__name__}.")
        value = dict(value)
        classes = value.get("classes")
        if isinstance(classes, dict):
            for name, row in classes.items():
                lacking = [figure for figure in SCORES if isinstance(row, dict) and figure not in row]
                if 0 < len(lacking) < len(SCORES):
                    raise error(f"{what} is damaged: class {name} has no {lacking[0]}.")
            value["classes"] = {
                name: {**row, "scored": "f1" in row} if isinstance(row, dict) else row for name, row in classes.items()
            }
            if "macro_over" not in value:
                value["macro_over"] = [
                    name
                    for name, row in classes.items()
                    if isinstance(row, dict) and "f1" in row and row.get("support")
                ]
        if isinstance(records := value.get("records"), dict):
            value["records"] = {name: _record_row(row) for name, row in records.items()}
        return from_json(cls, value, what, error)


def _record_row(row: object) -> object:
    """A row of `records` with its classes apart from its own figures."""
    if not isinstance(row, dict) or _has_classes_apart(row):
        return row
    plain = {key: value for key, value in row.items() if not isinstance(value, dict)}
    return {**plain, "classes": {key: value for key, value in row.items() if isinstance(value, dict)}}


def _has_classes_apart(row: Mapping[str, object]) -> bool:
    classes = row.get("classes")
    return isinstance(classes, dict) and all(isinstance(one, dict) for one in classes.values())


def scored(classes: Sequence[str]) -> tuple[str, ...]:
    """The classes that figures are given for."""
    return tuple(name for name in classes if name != NEVER_SCORED)


def class_report(classified: Classified, part: str, without: Sequence[str] = ()) -> ClassReport:
    """Every figure of `classified`; the overall ones again without each of some records.

    Raises DataError if there is nothing to judge.
    """
    names = scored(classified.classes)
    if not len(classified.truth):
        raise DataError(
            f"There is no beat to judge in {part}: no record holds one that has a class and is not excluded."
        )
    plain = overall(classified, names)
    enough = len(classified.records) >= FEWEST_RECORDS
    report = ClassReport(
        split=part,
        scored=len(classified.truth),
        accuracy=plain.accuracy,
        macro_f1=plain.macro_f1,
        classes=by_class(classified, names),
        confusion=confusion_table(classified),
        macro_over=tuple(name for name in names if name in classified.truth),
        intervals=classification_intervals(classified, names) if enough else None,
        areas={name: row for name, row in classified.areas().items() if name in names},
        ec57=ec57(classified),
        calibration=calibration(classified),
        records=by_record(classified, names),
        without={name: overall(classified.without(name), names) for name in without},
    )
    return replace(report, note=little_support(report.scored, len(classified.records)))
