"""Label layers: named sets of labels over one signal, each of which knows who made it, from what and when.

A recording has at most one *reference* layer (its annotation file). Others stand beside it, never in its place: R peaks
that were *detected*, the classes a *model* gives its beats, the corrections of a *person*.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["reference", "detected", "model", "person"]
REFERENCE = "reference"
"""Name of the layer that holds the annotations delivered with a recording."""
DETECTED = "detected"
"""Name of the layer that holds the R peaks found here."""
CORRECTED = "corrected"
"""Name of the layer that people's corrections make of a record's reference, or of its detected R peaks."""
MARKED = "reference or detected"
"""No layer's name: of each record the reference, or, where nobody annotated it, its detected R peaks."""
BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")
"""WFDB's codes of beats (https://archive.physionet.org/physiobank/annotations.shtml)."""
UNCLASSIFIED = "?"
"""Annotation symbol of a beat of which only the place is known."""


@dataclass(frozen=True)
class Annotations:
    """Annotations in time order; beats, rhythm changes and the rest."""

    sample: npt.NDArray[np.int64]
    """Sample index of each annotation, shape (n,)."""
    symbol: npt.NDArray[np.str_]
    """One-character annotation code of each, shape (n,)."""
    aux: tuple[str, ...]
    """Free text of each, such as `(AFIB` for a rhythm change; mostly empty."""

    def __len__(self) -> int:
        return len(self.sample)

    @staticmethod
    def none() -> "Annotations":
        """No annotation at all."""
        return Annotations(np.zeros(0, np.int64), np.zeros(0, "<U1"), ())


@dataclass(frozen=True)
class LabelLayer:
    """One set of labels over a recording."""

    name: str
    """What pages, exports and reports call it: `reference`, or such as `models/classifier`."""
    kind: Kind
    made_by: str
    """The annotation file, the detector, the model or the person."""
    made_from: str = ""
    """SHA-256 over the files the labels were made from; empty where nobody recorded it."""
    created: str = ""
    """ISO 8601 time in UTC; empty where nobody recorded it."""
    annotations: Annotations = field(default_factory=Annotations.none, repr=False)
    probability: npt.NDArray[np.float32] | None = field(default=None, repr=False)
    """(n,) how sure the maker is of each label, 0 to 1; None where it does not say."""
    needs_review: npt.NDArray[np.bool_] | None = field(default=None, repr=False)
    """(n,) what somebody has to look at so that the maker's promises hold; None where it makes none."""

    def __len__(self) -> int:
        return len(self.annotations)

    @property
    def is_detected(self) -> bool:
        """Whether the beats of the layer have a place and no class."""
        return self.kind == "detected"
