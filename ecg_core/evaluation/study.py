"""What several ways of training come to, over the same test records and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.evaluation.bootstrap import Change, paired_changes
from ecg_core.evaluation.classification import figures, plain

Matrices = Mapping[str, npt.NDArray[np.int64]]
"""Way -> (n_seeds, n_records, n_classes, n_classes) confusion matrices."""


def study_table(
    matrices: Matrices, plainest: str, classes: Sequence[str], scored: Sequence[str], records: Sequence[str],
    without: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Way -> means over seeds, their range, and the change from `plainest` with its interval; all records, and again
    without each of `without`."""
    found: dict[str, Any] = {}
    for way, counts in matrices.items():
        columns = [classes.index(name) for name in scored]
        values = figures(counts.sum(axis=1), columns)  # (n_seeds, n_classes)
        found[way] = {
            "macro_f1": _spread(values.macro_f1),
            "accuracy": _spread(values.accuracy),
            "classes": {
                name: {key: _spread(getattr(values, key)[:, k]) for key in ("sensitivity", "ppv", "f1")}
                for name, k in zip(scored, columns, strict=True)
            },
        }
        if way == plainest:
            continue
        found[way]["change"] = _json(paired_changes(matrices[plainest], counts, classes, scored))
        found[way]["change_without"] = {}
        for record in without:
            kept = [r for r, name in enumerate(records) if name != record]
            found[way]["change_without"][record] = _json(
                paired_changes(matrices[plainest][:, kept], counts[:, kept], classes, scored)
            )
    return found


def verdict(change: Mapping[str, Any]) -> str:
    """`better`, `worse`, or `no clear effect` where the interval holds zero."""
    if not change["clear"]:
        return "no clear effect"
    return "better" if change["change"] > 0 else "worse"


def _json(changes: Mapping[str, Mapping[str, Change]]) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        name: {
            key: {part: plain(value) for part, value in asdict(one).items()}
            | {"change": plain(one.change), "clear": one.clear}
            for key, one in row.items()
        }
        for name, row in changes.items()
    }


def _spread(values: npt.NDArray[np.float64]) -> dict[str, float | None]:
    known = values[np.isfinite(values)]
    if not len(known):
        return {"mean": None, "lowest": None, "highest": None}
    return {"mean": float(known.mean()), "lowest": float(known.min()), "highest": float(known.max())}
