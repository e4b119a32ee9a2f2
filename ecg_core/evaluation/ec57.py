"""Statistics of ventricular (VEB) and supraventricular (SVEB) ectopic beats as ANSI/AAMI EC57 asks for.

EC57:2012 (ANSI/AAMI/ISO), as applied to five classes by de Chazal et al. 2004 (doi 10.1109/TBME.2004.827359):
each kind is told from all other beats; a fusion or unclassifiable beat called VEB, and an unclassifiable beat called
SVEB, is neither rewarded nor punished. *Gross* statistics pool the beats of all records, *average* statistics are the
mean over the records that have a value. EC57 leaves out the first five minutes of a record as a learning time; here
every beat is judged, as machine-learning papers do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ecg_core.evaluation.classification import Array, Classified, plain, ratio

KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {"VEB": ("V", ("F", "Q")), "SVEB": ("S", ("Q",))}
"""Kind -> its AAMI class, and the reference classes that count nowhere when they are called so."""


@dataclass(frozen=True)
class Ec57Gross:
    """The beats of all records pooled."""

    true_positives: int
    false_negatives: int
    false_positives: int
    sensitivity: float | None
    ppv: float | None
    false_positive_rate: float | None


@dataclass(frozen=True)
class Ec57Average:
    """Means over the records that have a value, and how many those are."""

    sensitivity: float | None
    sensitivity_records: int
    ppv: float | None
    ppv_records: int
    false_positive_rate: float | None
    false_positive_rate_records: int


@dataclass(frozen=True)
class Ec57:
    """One kind of ectopic beat, told from all other beats."""

    gross: Ec57Gross
    average: Ec57Average


def ec57(classified: Classified) -> dict[str, Ec57]:
    """Kind (`VEB`, `SVEB`) -> statistics. A kind whose class the classifier does not know is left out."""
    return {
        kind: _statistics(classified, name, neutral)
        for kind, (name, neutral) in KINDS.items()
        if name in classified.classes
    }


def _statistics(classified: Classified, name: str, neutral: tuple[str, ...]) -> Ec57:
    k = classified.classes.index(name)
    others = [j for j in range(len(classified.classes)) if j != k]
    punished = [j for j in others if classified.classes[j] not in neutral]
    counts = classified.counts
    hit = counts[:, k, k].astype(np.float64)  # (n_records,)
    missed = counts[:, k, others].sum(axis=1).astype(np.float64)
    false = counts[:, punished, k].sum(axis=1).astype(np.float64)
    rejected = counts[:, others][:, :, others].sum(axis=(1, 2)).astype(np.float64)
    pooled = {key: plain(value) for key, value in _rates(hit.sum(), missed.sum(), false.sum(), rejected.sum()).items()}
    gross = Ec57Gross(int(hit.sum()), int(missed.sum()), int(false.sum()), **pooled)
    means = {key: _mean(values) for key, values in _rates(hit, missed, false, rejected).items()}
    average = Ec57Average(*means["sensitivity"], *means["ppv"], *means["false_positive_rate"])
    return Ec57(gross, average)


def _mean(values: Array) -> tuple[float | None, int]:
    """Mean of the values that are numbers, and how many they are."""
    known = values[np.isfinite(values)]
    return (float(known.mean()) if len(known) else None), len(known)


def _rates(hit: Array, missed: Array, false: Array, left: Array) -> dict[str, Array]:
    return {
        "sensitivity": ratio(hit, hit + missed),
        "ppv": ratio(hit, hit + false),
        "false_positive_rate": ratio(false, false + left),
    }
