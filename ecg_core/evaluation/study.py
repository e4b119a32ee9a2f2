"""What several ways of training come to, over the same test records and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.evaluation.bootstrap import Change, paired_changes
from ecg_core.evaluation.classification import figures

Matrices = Mapping[str, npt.NDArray[np.int64]]
"""Way -> (n_seeds, n_records, n_classes, n_classes) confusion matrices."""
Changes = Mapping[str, Mapping[str, Change]]
"""Class, or `all`, -> figure -> its change."""


@dataclass(frozen=True)
class Spread:
    """A figure over several seeds; None where no seed has one."""

    mean: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class ClassSpread:
    """The figures of one class over several seeds."""

    sensitivity: Spread
    ppv: Spread
    f1: Spread


@dataclass(frozen=True)
class WayFigures:
    """What one way of training comes to, and what it changes against the plainest."""

    macro_f1: Spread
    accuracy: Spread
    classes: Mapping[str, ClassSpread]
    change: Changes = field(default_factory=dict)
    """Empty for the plainest way itself."""
    change_without: Mapping[str, Changes] = field(default_factory=dict)
    """Record -> the changes without it."""


def study_table(
    matrices: Matrices,
    plainest: str,
    classes: Sequence[str],
    scored: Sequence[str],
    records: Sequence[str],
    without: Sequence[str] = (),
) -> dict[str, WayFigures]:
    """Way -> means over seeds, their range, and the change from `plainest` with its interval; all records, and again
    without each of `without`."""
    table: dict[str, WayFigures] = {}
    columns = [classes.index(name) for name in scored]
    for way, counts in matrices.items():
        values = figures(counts.sum(axis=1), columns)  # (n_seeds, n_classes)
        spreads = {
            name: ClassSpread(_spread(values.sensitivity[:, k]), _spread(values.ppv[:, k]), _spread(values.f1[:, k]))
            for name, k in zip(scored, columns, strict=True)
        }
        change: Changes = {}
        change_without: dict[str, Changes] = {}
        if way != plainest:
            change = paired_changes(matrices[plainest], counts, classes, scored)
            for record in without:
                rows = [r for r, name in enumerate(records) if name != record]
                plain_counts, way_counts = matrices[plainest][:, rows], counts[:, rows]
                change_without[record] = paired_changes(plain_counts, way_counts, classes, scored)
        table[way] = WayFigures(_spread(values.macro_f1), _spread(values.accuracy), spreads, change, change_without)
    return table


def _spread(values: npt.NDArray[np.float64]) -> Spread:
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(None, None, None)
    return Spread(float(known.mean()), float(known.min()), float(known.max()))
