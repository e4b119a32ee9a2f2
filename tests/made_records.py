"""Made-up recordings for tests that draw or page through one: made in memory, in no time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecg_core.data.labels import REFERENCE, Annotations, LabelLayer
from ecg_core.data.record import Integrity, Record

FS = 360.0


def layer(sample: Sequence[int], symbol: Sequence[str], aux: Sequence[str] | None = None) -> LabelLayer:
    """A reference layer; `sample` need not be in order."""
    order = np.argsort(np.asarray(sample, np.int64), kind="stable")
    texts = aux or [""] * len(sample)
    annotations = Annotations(
        np.asarray(sample, np.int64)[order], np.asarray(symbol, "<U1")[order], tuple(texts[k] for k in order)
    )
    return LabelLayer(REFERENCE, "reference", "made.atr", annotations=annotations)


def record(
    n_samples: int, reference: LabelLayer | None = None, leads: Sequence[str] = ("L1", "L2"), **fields: Any
) -> Record:
    """A recording of a slow wave at 200 ADC units per mV, and at 360 Hz unless `fields` say otherwise."""
    n_leads = len(leads)
    wave = 200 * np.sin(np.arange(n_samples) / FS * 7)
    given = {
        "name": "made",
        "fs": FS,
        "leads": tuple(leads),
        "signals": (wave[:, None] * np.ones(n_leads)).astype(np.int16),
        "gain": (200.0,) * n_leads,
        "baseline": (0,) * n_leads,
        "invalid": (-2048,) * n_leads,
        "layers": {} if reference is None else {REFERENCE: reference},
        "comments": (),
        "integrity": Integrity(True, None),
    }
    return Record(**given | fields)
