"""The chain: from what the network makes of each beat's shape, and the recording as a whole, to its class.

1. Beats are grouped by shape into clusters and families; one family is the sinus beats'.
2. *V or F, by shape*: each beat against the sinus beats, with what its cluster and family are like and how they come.
3. The rhythm is read again without those beats; stretches in which it is chaos are atrial fibrillation.
4. *S*: how early a beat comes against that rhythm, and whether its P wave is the usual; hardly ever in fibrillation.
5. *V or F, once more*: the same as in 2, with what was said of the likes of a beat and of its neighbours in time.
6. *F rather than V*: by the network alone.

Each step is asked twice, with all leads and as if only the first had been recorded, and the two are averaged: a bundle
branch block that shows in one lead only is not taken for V. What was chosen was chosen on DS1, patients left out:
docs/results.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.model_folder import under
from ecg_core.tasks.classifier.chain.numbers import Columns, Seen, second_numbers, seen
from ecg_core.tasks.classifier.chain.record import Floats, Mask, Numbers, RecordBeats
from ecg_core.tasks.classifier.chain.trees import Trees

_KINDS = ("cluster", "family")
SHAPE = (
    "q_like", "q_apart", "q_less", "q_more", "distance", "family_distance", "cluster_distance", "wide", "extent",
    "family_width", "cluster_width", "amplitude", "projection", "t_like", "t_apart", "t_more", "laid", "typical",
    "early", "against_local", "after_local", "after_before", "family_against_local", "cluster_against_local",
    "family_pause", "cluster_pause", "near_early", "near_pause", "near", "cluster_share", "family_share",
    *(f"{kind}_{name}" for kind in _KINDS
      for name in ("often_early", "in_runs", "rr_spread", "after_spread", "early_spread")),
)  # fmt: skip
"""What the first step looks at."""
VENTRICULAR = (*SHAPE, "v_cluster", "v_family", "v_near", "v_before", "v_after", "c_early", "c_pause")
EARLY = (
    "c_against_mean", "c_against_longest", "c_early", "c_against_local", "c_against_mean_rr", "c_pause", "c_late_mean",
    "c_late_local", "c_change_10", "c_change_30", "c_changing", "c_deviation",
)  # fmt: skip
WAVE = (*EARLY, "p_like", "p_against_around", "p_visible", "q_like", "distance")
HEADS: Mapping[str, tuple[str, ...]] = {"shape": SHAPE, "ventricular": VENTRICULAR, "early": EARLY, "wave": WAVE}
"""Step -> the numbers it looks at, in order."""
MONOTONE: Mapping[str, int] = {
    **dict.fromkeys(("c_against_mean", "c_against_longest", "c_early", "q_like"), 1),
    **dict.fromkeys(
        ("c_against_local", "c_against_mean_rr", "c_change_10", "c_change_30", "c_changing", "distance"), -1
    ),
}
"""Of the steps for S: numbers that may only speak for it, or only against it."""
ONE_WAY = ("early", "wave")
FIBRILLATION = 0.05
"""Of the rhythm's least change (`Timing.fibrillation`): above it the rhythm is chaos."""
IN_FIBRILLATION = 0.2
"""What a probability of S counts there."""
OFFSETS = (-0.5, -1.2)
"""Added to the ln odds of V or F, and of S: N beats are thinned for training, so trees find too much. Chosen on DS1,
patients left out, where they bring the calibration error to about 1 %."""
SMALLEST = 1e-4
N, S, V, F = range(4)

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Reading:
    """What the chain says of every beat of a recording, step by step, each (n,)."""

    ventricular: Numbers = field(repr=False)
    """Step 5: V or F, before its odds are put right, as the two below."""
    early: Numbers = field(repr=False)
    """Step 4, by prematurity alone, as if there were no fibrillation."""
    wave: Numbers = field(repr=False)
    """Step 4, with the P wave."""
    fusion: Numbers = field(repr=False)
    """Step 6: F rather than V."""
    fibrillation: Mask = field(repr=False)
    """Step 3: whether the rhythm around is chaos."""
    spreads_early: Numbers = field(repr=False)
    """By how many spreads of the rhythm it comes before its time."""
    wave_unlike: Numbers = field(repr=False)
    """By how much its P wave is less like the usual one than those around."""
    wave_visible: Numbers = field(repr=False)
    """How like the usual one the P waves of sinus beats around are, 0 where none can be seen."""
    family: npt.NDArray[np.int64] = field(repr=False)
    """Number of its family, by size from 0."""
    sinus: Mask = field(repr=False)
    """Whether that is the sinus beats'."""
    likeness: Numbers = field(repr=False)
    """Correlation of its QRS complex with the sinus beats'."""
    wider_ms: Numbers = field(repr=False)
    """By how much its QRS complex is wider than theirs."""

    @property
    def supraventricular(self) -> Numbers:
        """Step 4 as a whole."""
        found: Numbers = np.where(self.fibrillation, IN_FIBRILLATION, 1.0) * (self.early + self.wave) / 2
        return found

    @property
    def probabilities(self) -> Probabilities:
        """(n, 4) of N, S, V, F, which add up to 1."""
        v, s = (
            1 / (1 + np.exp(-(log_odds(said) + offset)))
            for said, offset in zip((self.ventricular, self.supraventricular), OFFSETS, strict=True)
        )
        f = self.fusion
        return np.stack([(1 - v) * (1 - s), (1 - v) * s, v * (1 - f), v * f], axis=1).astype(np.float32)


def joined_readings(parts: Sequence[Reading]) -> Reading:
    """Readings of the sections of one recording as one; families are numbered in each section by themselves."""
    if len(parts) == 1:
        return parts[0]
    return Reading(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Reading)})


@dataclass(frozen=True, eq=False)
class Chain:
    """All steps, learned."""

    heads: Mapping[str, Trees]
    """Step, as in `HEADS`, -> its trees."""

    def read(self, record: RecordBeats, network: Probabilities) -> Reading:
        """Read a recording, of which the network says `network` (n, 4) by shape alone."""
        return read(self.heads, record, network)

    def probabilities(self, record: RecordBeats, network: Probabilities) -> Probabilities:
        """(n, 4) of N, S, V, F."""
        return self.read(record, network).probabilities

    def to_arrays(self, prefix: str) -> Arrays:
        arrays: Arrays = {}
        for name, trees in self.heads.items():
            arrays |= trees.to_arrays(f"{prefix}{name}.")
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> "Chain":
        """The way back. Raises ValueError or KeyError for what is no chain."""
        heads = {
            name: Trees.from_arrays(under(arrays, f"{prefix}{name}."), len(columns)) for name, columns in HEADS.items()
        }
        return cls(heads)


def read(heads: Mapping[str, Trees], record: RecordBeats, network: Probabilities) -> Reading:
    """Every step with the trees of `heads`."""
    if not len(record):
        none, no = np.zeros(0), np.zeros(0, bool)
        return Reading(none, none, none, none, no, none, none, none, np.zeros(0, np.int64), no, none, none)
    first = seen(record)
    columns = stage_two(heads["shape"], first)
    said = {name: asked(heads[name], columns, name) for name in ("ventricular", *ONE_WAY)}
    if record.signals[:, 1:].any():
        alone = seen(record.first_lead())
        alone_columns = stage_two(heads["shape"], alone)
        said = {name: (value + asked(heads[name], alone_columns, name)) / 2 for name, value in said.items()}
    either = network[:, V] + network[:, F]
    size = np.argsort(np.argsort(-np.bincount(first.shapes.family), kind="stable"))
    return Reading(
        said["ventricular"], said["early"], said["wave"], network[:, F] / np.maximum(either, 1e-6),
        columns["c_fibrillation"] > FIBRILLATION, columns["c_early"], -columns["p_against_around"],
        columns["p_visible"], size[first.shapes.family], first.shapes.sinus, columns["q_like"], columns["wide"],
    )  # fmt: skip


def stage_two(trees: Trees, first: Seen) -> Columns:
    """Every number that follows from the first step's answer."""
    return second_numbers(first, asked(trees, first.shape, "shape"))


def asked(trees: Trees, columns: Columns, name: str) -> Numbers:
    """What a step's trees say, (n,), as a probability."""
    said: Numbers = 1 / (1 + np.exp(-trees.log_odds(matrix(columns, HEADS[name]))))
    return said


def matrix(columns: Columns, names: tuple[str, ...]) -> Floats:
    """(n, len(names)) float32."""
    return np.stack([columns[name] for name in names], axis=1).astype(np.float32)


def log_odds(probability: Numbers) -> Numbers:
    """ln of the odds, of probabilities held off 0 and 1."""
    found: Numbers = np.log((probability + SMALLEST) / (1 - probability + SMALLEST))
    return found
