"""Edits and labels to try corrections with."""

import numpy as np

from ecg_core.data.corrections.decision import Act, Edit
from ecg_core.data.labels import Annotations, LabelLayer

BEATS = tuple(range(100, 2_100, 100))
SYMBOLS = "NNVNNSNNVNNNNFNNNNVN"


def base(kind: str = "reference") -> LabelLayer:
    """Twenty beats and a change of rhythm."""
    sample = np.array([50, *BEATS], np.int64)
    symbol = np.array(["+", *SYMBOLS], "<U1")
    name = "reference" if kind == "reference" else "detected"
    return LabelLayer(name, kind, "r.atr", annotations=Annotations(sample, symbol, ("(N", *[""] * len(BEATS))))  # type: ignore[arg-type]


def edit(
    seq: int, sample: int = 100, after: str = "V", client: str = "page1", person: str = "Ada", **more: object
) -> Edit:
    """One decision about one beat."""
    given = {"act": "decide", "samples": (sample,), "before": ("N",), "after": (after,), "person": person, **more}
    return Edit(client, seq, **given)  # type: ignore[arg-type]


def act(seq: int, what: Act, of: int = 0, client: str = "page1") -> Edit:
    """An undo, a redo, the end of a review."""
    return Edit(client, seq, what, person="Ada", of=of)
