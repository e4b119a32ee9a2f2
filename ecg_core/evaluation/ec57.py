"""Statistics of ventricular (VEB) and supraventricular (SVEB) ectopic beats as ANSI/AAMI EC57 asks for.

EC57:2012 (ANSI/AAMI/ISO), as applied to five classes by de Chazal et al. 2004 (doi 10.1109/TBME.2004.827359):
each kind is told from all other beats; a fusion or unclassifiable beat called VEB, and an unclassifiable beat called
SVEB, is neither rewarded nor punished. *Gross* statistics pool the beats of all records, *average* statistics are the
mean over the records that have a value. EC57 leaves out the first five minutes of a record as a learning time; here
every beat is judged, as machine-learning papers do.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ecg_core.evaluation.classification import Array, Classified, plain, ratio

KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {"VEB": ("V", ("F", "Q")), "SVEB": ("S", ("Q",))}
"""Kind -> its AAMI class, and the reference classes that count nowhere when they are called so."""


def ec57(found: Classified) -> dict[str, dict[str, Any]]:
    """Kind -> `gross` (counts, sensitivity, ppv, false_positive_rate) and `average` over records.

    A kind whose class the classifier does not know is left out.
    """
    return {kind: _kind(found, own, neutral) for kind, (own, neutral) in KINDS.items() if own in found.classes}


def _kind(found: Classified, own: str, neutral: tuple[str, ...]) -> dict[str, Any]:
    k = found.classes.index(own)
    others = [j for j in range(len(found.classes)) if j != k]
    punished = [j for j in others if found.classes[j] not in neutral]
    counts = found.counts
    hit = counts[:, k, k].astype(np.float64)  # (n_records,)
    missed = counts[:, k, others].sum(axis=1).astype(np.float64)
    false = counts[:, punished, k].sum(axis=1).astype(np.float64)
    left = counts[:, others][:, :, others].sum(axis=(1, 2)).astype(np.float64)
    gross = {
        "true_positives": int(hit.sum()),
        "false_negatives": int(missed.sum()),
        "false_positives": int(false.sum()),
    }
    pooled = _rates(hit.sum(), missed.sum(), false.sum(), left.sum())
    each = _rates(hit, missed, false, left)
    average: dict[str, Any] = {}
    for name, values in each.items():
        known = values[np.isfinite(values)]
        average |= {name: float(known.mean()) if len(known) else None, f"{name}_records": len(known)}
    return {"gross": gross | {name: plain(value) for name, value in pooled.items()}, "average": average}


def _rates(hit: Array, missed: Array, false: Array, left: Array) -> dict[str, Array]:
    return {
        "sensitivity": ratio(hit, hit + missed),
        "ppv": ratio(hit, hit + false),
        "false_positive_rate": ratio(false, false + left),
    }
