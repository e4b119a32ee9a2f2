"""Figures of synthetic beats, as one value that pages, commands and cards share.

The JSON is flat (`mmd`, `mmd_real`, `mmd_floor`, ...), as it was before these types; `from_json` reads both.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.figure import Figure, Interval
from ecg_core.text import number, percent
from ecg_core.typed_json import JsonObject, from_json, to_json


@dataclass(frozen=True)
class Distances:
    """How far two groups of equally many beats are apart; means over draws. None where it was not measured."""

    mmd: float | None = None
    """Maximum mean discrepancy between the beats in mV."""
    frechet: float | None = None
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None
    two_sample_auc: float | None = None
    """ROC AUC of a classifier that tells the groups apart by whole beats."""
    two_sample_auc_shape: float | None = None
    """The same by the embedding only."""

    def flat(self, ending: str = "", without_auc: bool = False) -> JsonObject:
        """Names with an ending -> figures."""
        names = [name for name in DISTANCES if not (without_auc and name.startswith("two_sample"))]
        return {f"{name}{ending}": getattr(self, name) for name in names}


DISTANCES = tuple(one.name for one in fields(Distances))


@dataclass(frozen=True)
class Unseen:
    """Synthetic beats against those of unseen patients, and training beats against the same."""

    n: int
    """Beats of the class that unseen patients have."""
    records: tuple[str, ...]
    n_compared: int
    distances: Distances
    recorded: Distances
    """Training beats against unseen patients': what to hold the distances against."""
    note: str = ""


@dataclass(frozen=True)
class Use:
    """What a classifier reaches in unseen patients when a class is learned from synthetic beats (`tstr`) and from
    recorded ones (`trtr`, the ceiling)."""

    tstr_macro_f1: float
    tstr_macro_f1_range: Interval
    trtr_macro_f1: float
    trtr_macro_f1_range: Interval
    tstr_f1: float | None
    """Of the class itself; None where unseen patients have none of it."""
    trtr_f1: float | None


@dataclass(frozen=True)
class ClassFidelity:
    """Every figure of one class's synthetic beats."""

    beat_class: str
    n_synthetic: int
    n_train: int
    train_records: tuple[str, ...]
    n_compared: int
    draws: int
    bandwidth_mv: float
    embedding: str
    copying_share: float
    """Share of synthetic beats closer to a training beat than recorded beats are to each other."""
    distances: Distances
    """To the training beats."""
    between_patients: Distances
    """Between training beats of two groups of patients."""
    floor: Distances
    """Between two random halves of the training beats: the best that can be had."""
    note: str
    dominant_record: str = ""
    """The record that holds more than half of the class's training beats; empty if none does."""
    unseen: Unseen | None = None
    use: Use | None = None
    model: str = ""
    """Id of the model that made the beats."""
    n_held_out: int = 0
    """Recorded beats that the generator has not seen, which synthetic ones are compared with; 0: with all it learned
    from."""

    @property
    def mmd_ratio(self) -> float | None:
        """Distance from recorded beats, over that between two groups of patients; None where there is none."""
        mmd, between = self.distances.mmd, self.between_patients.mmd
        return mmd / between if mmd is not None and between else None

    def headline(self) -> str:
        """The three figures that tell most."""
        return (
            f"Two-sample AUC {number(self.distances.two_sample_auc)}, copying {percent(self.copying_share)}, MMD "
            f"{number(self.distances.mmd)} (between patients {number(self.between_patients.mmd)})"
        )

    def figures(self) -> tuple[Figure, ...]:
        """The figures that runs and models are compared by."""
        return (
            Figure("Two-sample AUC", self.distances.two_sample_auc),
            Figure("Copying", self.copying_share, kind="share"),
            Figure("MMD", self.distances.mmd),
            Figure("MMD ratio", self.mmd_ratio),
            Figure("Fréchet distance", self.distances.frechet),
        )

    def to_json(self) -> JsonObject:
        """Flat, in the order of before these types."""
        value: JsonObject = {
            "beat_class": self.beat_class,
            "n_synthetic": self.n_synthetic,
            "n_train": self.n_train,
            "train_records": list(self.train_records),
            "n_compared": self.n_compared,
            "draws": self.draws,
            "bandwidth_mv": self.bandwidth_mv,
            "embedding": self.embedding,
            "copying_share": self.copying_share,
            **self.distances.flat(),
            **self.between_patients.flat("_real"),
            **self.floor.flat("_floor", without_auc=True),
            "note": self.note,
            "dominant_record": self.dominant_record,
            "unseen": None,
        }
        if self.unseen:
            value["unseen"] = {
                "n": self.unseen.n,
                "records": list(self.unseen.records),
                "n_compared": self.unseen.n_compared,
                **self.unseen.distances.flat(),
                **self.unseen.recorded.flat("_real"),
                "note": self.unseen.note,
            }
        if self.use:
            value |= to_json(self.use)
        value |= {"model": self.model} if self.model else {}
        return value | ({"n_held_out": self.n_held_out} if self.n_held_out else {})

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ClassFidelity":
        """Raises `error`, naming `what` and the field, if anything is missing or of another kind."""
        if not isinstance(value, dict):
            raise error(f"{what} is damaged: expected figures, found {type(value).__name__}.")
        nested: JsonObject = {
            "dominant_record": _dominant_in(value.get("note")),
            **value,
            "distances": value,
            "between_patients": _ending(value, "_real"),
            "floor": _ending(value, "_floor"),
        }
        if isinstance(unseen := value.get("unseen"), dict):
            nested["unseen"] = {**unseen, "distances": unseen, "recorded": _ending(unseen, "_real")}
        nested["use"] = value if value.get("tstr_macro_f1") is not None else None
        return from_json(cls, nested, what, error)


def _dominant_in(note: object) -> str:
    """The record that a note names as holding most of the beats, as files from before `dominant_record` say it."""
    named = re.match(r"\d+ of \d+ beats come from record (.+?): two groups", note) if isinstance(note, str) else None
    return named[1] if named else ""


def _ending(value: JsonObject, ending: str) -> JsonObject:
    return {name.removesuffix(ending): one for name, one in value.items() if name.endswith(ending)}


@dataclass(frozen=True)
class Together:
    """What a classifier reaches when several classes at once are learned from synthetic beats."""

    replaced: tuple[str, ...]
    tstr_macro_f1: float
    tstr_macro_f1_range: Interval
    tstr_f1: Mapping[str, float]
    trtr_macro_f1: float
    trtr_macro_f1_range: Interval
    trtr_f1: Mapping[str, float]
    support: Mapping[str, int]
    """Class -> test beats."""
    n_replaced: Mapping[str, int]
    n_synthetic: Mapping[str, int]
    note: str

    def use_of(self, beat_class: str) -> Use:
        """The part of it that speaks of one class."""
        return Use(
            self.tstr_macro_f1,
            self.tstr_macro_f1_range,
            self.trtr_macro_f1,
            self.trtr_macro_f1_range,
            self.tstr_f1.get(beat_class),
            self.trtr_f1.get(beat_class),
        )


@dataclass(frozen=True)
class FidelityReport:
    """Synthetic beats of several classes, judged together."""

    classes: Mapping[str, ClassFidelity]
    tstr: Together | None
    """Where all classes were replaced; None without unseen patients."""
    embedding: str
    embedding_explained: float
    """Share of the variance of recorded beats that the embedding keeps."""
    note: str
    simulated: bool = False
    seed: int = 0
    n_synthetic: Mapping[str, int] = field(default_factory=dict)

    def headline(self) -> str:
        return f"Judged: {', '.join(self.classes)}"

    def figures(self) -> tuple[Figure, ...]:
        """Those of every class, each named with its class."""
        return tuple(
            Figure(f"{figure.name} of {name}", figure.value, figure.interval, figure.kind)
            for name, row in self.classes.items()
            for figure in row.figures()
        )

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return {**value, "classes": {name: row.to_json() for name, row in self.classes.items()}}

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "FidelityReport":
        """Raises `error`, naming `what` and the field, if anything is missing or of another kind."""
        if not isinstance(value, dict) or not isinstance(value.get("classes"), dict):
            raise error(f"{what} is damaged: expected figures of classes.")
        classes = {
            name: ClassFidelity.from_json(row, f"{what}, class {name}", error) for name, row in value["classes"].items()
        }
        report = from_json(cls, {**value, "classes": {}}, what, error)
        return cls(classes, *(getattr(report, one.name) for one in fields(cls)[1:]))
