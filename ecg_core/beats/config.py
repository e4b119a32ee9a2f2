"""How beats are prepared: every parameter of it, and the hash by which a model knows its own preparation again."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecg_core.beats.segment import offsets

FORMAT = 1
"""Raise when the same parameters come to give other beats: models trained before then refuse the new ones."""

Centre = Literal["label", "energy", "usual QRS"]
"""Where a beat is cut: at its label's position, at the peak of its slope energy, or there aligned to the usual QRS
(`beats.centre`)."""


@dataclass(frozen=True)
class BeatConfig:
    """Every parameter of the preparation. Its hash travels with a model, which scores no other preparation."""

    fs: float = 180.0
    """Samples a second of a prepared beat."""
    before_s: float = 0.35
    after_s: float = 0.45
    band_hz: tuple[float, float] = (0.5, 40.0)
    n_leads: int = 2
    centre: Centre = "energy"

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Times of a beat's points relative to the R peak, in s, shape (n_points,)."""
        return offsets(self.before_s, self.after_s, self.fs)

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that no other parameters give."""
        return hashlib.sha256(json.dumps({"format": FORMAT, **self.parameters}).encode()).hexdigest()[:16]

    @property
    def parameters(self) -> dict[str, object]:
        """Every parameter by name; a centre at the label is left out, as by models from before there was another."""
        parameters = asdict(self)
        if self.centre == "label":
            del parameters["centre"]
        return parameters
