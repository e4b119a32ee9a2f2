"""Figures of a class's synthetic images, as one value that pages, commands and cards share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from ecg_core.errors import DataError, WorkbenchError
from ecg_core.evaluation.figure import Figure, Interval
from ecg_core.evaluation.sharpness import Sharpness
from ecg_core.text import number, percent
from ecg_core.typed_json import JsonObject, from_json, to_json


@dataclass(frozen=True)
class ImageDistances:
    """How far two groups of equally many images are apart; means over draws. None where it was not measured."""

    mmd: float | None = None
    """Maximum mean discrepancy between the images at half their side."""
    frechet: float | None = None
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None
    two_sample_auc: float | None = None
    """ROC AUC of a small network that tells the groups apart by whole images."""
    two_sample_auc_trace: float | None = None
    """The same of a classifier that sees the trace read back only; None where no trace can be read."""


DISTANCES = tuple(one.name for one in fields(ImageDistances))


@dataclass(frozen=True)
class TraceQuantity:
    """One quantity measured on the traces read back from the first lead, of recorded and of synthetic images."""

    name: str
    """`r_mv` or `qrs_ms`."""
    recorded: float
    """Median."""
    recorded_quartiles: Interval
    synthetic: float
    synthetic_quartiles: Interval
    ks: float
    """Largest gap between the two cumulative distributions (Kolmogorov-Smirnov), 0 to 1."""
    ks_between_patients: float | None
    """The same between two groups of patients; None where there are none."""


@dataclass(frozen=True)
class ImageUnseen:
    """Synthetic images against those of unseen patients, and training images against the same."""

    n: int
    records: tuple[str, ...]
    n_compared: int
    distances: ImageDistances
    recorded: ImageDistances
    note: str = ""


@dataclass(frozen=True)
class ImageUse:
    """What a classifier of images reaches in unseen patients when the class is learned from synthetic images (`tstr`)
    and from recorded ones (`trtr`, the ceiling)."""

    tstr_macro_f1: float
    tstr_macro_f1_range: Interval
    trtr_macro_f1: float
    trtr_macro_f1_range: Interval
    tstr_f1: float | None
    """Of the class itself; None where unseen patients have none of it."""
    trtr_f1: float | None


@dataclass(frozen=True)
class ImageClassFidelity:
    """Every figure of one class's synthetic images."""

    beat_class: str
    n_synthetic: int
    n_train: int
    train_records: tuple[str, ...]
    n_reference: int
    """Training images that distances are measured to: those the generator has not seen where there are enough."""
    n_compared: int
    draws: int
    bandwidth: float
    embedding: str
    embedding_explained: float
    copying_share: float
    """Share of synthetic images closer to one the generator has seen than those are to each other."""
    distances: ImageDistances
    between_patients: ImageDistances
    """Between training images of two groups of patients."""
    floor: ImageDistances
    """Between two random halves of the training images: the best that can be had."""
    sharpness: Sharpness
    sharpness_recorded: Sharpness
    trace: tuple[TraceQuantity, ...] = ()
    """Empty where no trace can be read."""
    note: str = ""
    dominant_record: str = ""
    """The record that holds more than half of the class's training images; empty if none does."""
    unseen: ImageUnseen | None = None
    use: ImageUse | None = None
    model: str = ""
    """Id of the model that made the images."""

    def headline(self) -> str:
        """The three figures that tell most."""
        auc, patients = self.distances.two_sample_auc, self.between_patients.two_sample_auc
        return (
            f"two-sample AUC {number(auc)} (between patients {number(patients)}), by the trace "
            f"{number(self.distances.two_sample_auc_trace)}, copying {percent(self.copying_share)}"
        )

    def figures(self) -> tuple[Figure, ...]:
        """The figures that runs and models are compared by."""
        return (
            Figure("Two-sample AUC", self.distances.two_sample_auc),
            Figure("Two-sample AUC by the trace", self.distances.two_sample_auc_trace),
            Figure("MMD", self.distances.mmd),
            Figure("Fréchet distance", self.distances.frechet),
            Figure("Grey pixels", self.sharpness.grey, kind="share"),
            Figure("Interrupted columns", self.sharpness.interrupted, kind="share"),
            Figure("Copying", self.copying_share, kind="share"),
        )

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ImageClassFidelity":
        """Raises `error`, naming `what` and the field, if anything is missing or of another kind."""
        return from_json(cls, value, what, error)


@dataclass(frozen=True)
class ImageFidelityReport:
    """Synthetic images of several classes, each judged by itself."""

    classes: Mapping[str, ImageClassFidelity]
    simulated: bool = False
    seed: int = 0
    n_synthetic: Mapping[str, int] = field(default_factory=dict)

    def headline(self) -> str:
        return f"Judged: images of {', '.join(self.classes)}"

    def figures(self) -> tuple[Figure, ...]:
        """Those of every class, each named with its class."""
        return tuple(
            Figure(f"{figure.name} of {name}", figure.value, figure.interval, figure.kind)
            for name, row in self.classes.items()
            for figure in row.figures()
        )

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ImageFidelityReport":
        """Raises `error`, naming `what` and the field, if anything is missing or of another kind."""
        return from_json(cls, value, what, error)
