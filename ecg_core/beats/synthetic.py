"""Synthetic beats, and the only set they may enter: one to train on.

A `BeatSet` holds recorded beats and nothing else. Whatever validates or tests takes a `BeatSet`, so a synthetic beat
cannot come near a figure; whatever trains may take an `AugmentedBeats`, which is no `BeatSet`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import USUAL_SYMBOL
from ecg_core.beats.config import BeatConfig
from ecg_core.data.reader import SYNTHETIC_MARK
from ecg_core.errors import DataError

RHYTHM = ("rr_pre_s", "rr_post_s", "ratio_causal", "ratio_record")
"""Columns of a beat table that say when a beat comes; a beat GAN makes them together with the signal."""
SYNTHETIC = SYNTHETIC_MARK
"""The word on every export, in its metadata and in its pixels."""


@dataclass(frozen=True)
class SyntheticBeats:
    """Beats that a generator made. Not a `BeatSet`: they belong to no patient and no recording."""

    signals: npt.NDArray[np.float32] = field(repr=False)
    """(n, n_leads, n_points) mV, filtered and cut as `config` says."""
    rhythm: npt.NDArray[np.float32] = field(repr=False)
    """(n, 4): the columns of `RHYTHM`, s and ratios."""
    beat_class: npt.NDArray[np.str_] = field(repr=False)
    """(n,) AAMI class."""
    config: BeatConfig
    made_by: str
    """Name of the model or run, with the seed: enough to make them again."""
    trained_on: tuple[str, ...]
    """Records the generators have seen."""
    rejected: int = 0
    """Beats that were made on the way and not kept."""

    def __post_init__(self) -> None:
        n = len(self.signals)
        if self.rhythm.shape != (n, len(RHYTHM)) or self.beat_class.shape != (n,):
            raise DataError(
                f"{n} synthetic beats with rhythm of shape {self.rhythm.shape} and {len(self.beat_class)} classes: "
                "they do not belong together."
            )
        unknown = sorted({str(name) for name in self.beat_class} - set(USUAL_SYMBOL))
        if unknown:
            raise DataError(f"{', '.join(unknown)}: no class of beats. Choose among {', '.join(USUAL_SYMBOL)}.")

    def __len__(self) -> int:
        return len(self.signals)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a beat with the columns of a `BeatSet`'s table; record and patient are the word synthetic."""
        n = len(self)
        columns = {
            "record": SYNTHETIC.lower(),
            "r_sample": np.full(n, -1),
            "time_s": np.full(n, np.nan),
            "symbol": [USUAL_SYMBOL[str(c)] for c in self.beat_class],
            "beat_class": self.beat_class.astype(object),
            **{name: self.rhythm[:, k].astype(np.float64) for k, name in enumerate(RHYTHM)},
            "patient": SYNTHETIC.lower(),
            "excluded": "",
            "synthetic": True,
        }
        return pd.DataFrame(columns, index=range(n))

    @staticmethod
    def joined(parts: Sequence["SyntheticBeats"]) -> "SyntheticBeats":
        """All of them in one. Raises DataError if there are none or they were prepared in different ways."""
        if not parts:
            raise DataError("No synthetic beats to join.")
        if any(part.config != parts[0].config for part in parts):
            raise DataError("These synthetic beats come from models of different preparations: they cannot be joined.")
        return SyntheticBeats(
            np.concatenate([part.signals for part in parts]),
            np.concatenate([part.rhythm for part in parts]),
            np.concatenate([part.beat_class for part in parts]),
            parts[0].config,
            "; ".join(dict.fromkeys(part.made_by for part in parts)),
            tuple(sorted({record for part in parts for record in part.trained_on})),
            sum(part.rejected for part in parts),
        )


@dataclass(frozen=True)
class AugmentedBeats:
    """A training set of recorded and synthetic beats, every row flagged. It can be trained on, never judged on.

    Raises DataError if the synthetic beats were prepared in another way, or if their generator has seen a recording
    that is not in the training part.
    """

    real: BeatSet
    synthetic: SyntheticBeats

    def __post_init__(self) -> None:
        if self.real.config != self.synthetic.config:
            raise DataError(
                "The synthetic beats were prepared in another way than the recorded ones: train the GAN again."
            )
        foreign = sorted(set(self.synthetic.trained_on) - set(self.real.records))
        if foreign:
            raise DataError(
                f"The generator of these synthetic beats was trained on record {', '.join(foreign)}, which is not in "
                "this training set: what it learned there would leak. Train a GAN on these records only."
            )

    def __len__(self) -> int:
        return len(self.real) + len(self.synthetic)

    @cached_property
    def signals(self) -> npt.NDArray[np.float32]:
        """(n, n_leads, n_points) mV: the recorded beats, then the synthetic ones."""
        return np.concatenate([self.real.signals, self.synthetic.signals])

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a beat, in the order of `signals`; `synthetic` says which is which."""
        return pd.concat([self.real.table, self.synthetic.table], ignore_index=True)
