"""Episode-by-episode comparison of two annotations of one record, as WFDB's `epicmp` does it for ANSI/AAMI EC57.

An episode is found if any of it overlaps one of the other side. Durations: seconds of both, of those of one.
ANSI/AAMI EC57:2012; WFDB Applications Guide, epicmp(1): https://physionet.org/physiotools/wag/epicmp-1.htm
"""

import math
from dataclasses import dataclass
from typing import Literal

from ecg_core.data.labels import Annotations
from ecg_core.evaluation.beat_matching import START_S
from ecg_core.evaluation.run_comparison import Rate
from ecg_core.typed_json import JsonObject

EpisodeKind = Literal["AF", "VF"]
EPISODE_KINDS: tuple[EpisodeKind, ...] = ("AF", "VF")
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class EpisodeComparison:
    """Episodes of one kind of one record, or of several added up."""

    kind: EpisodeKind
    sensitivity: Rate
    """Episodes of the reference that overlap one of the test."""
    positive_predictivity: Rate
    """Episodes of the test that overlap one of the reference."""
    overlap_s: float
    reference_s: float
    test_s: float

    @property
    def duration_sensitivity(self) -> float | None:
        return self.overlap_s / self.reference_s if self.reference_s else None

    @property
    def duration_positive_predictivity(self) -> float | None:
        return self.overlap_s / self.test_s if self.test_s else None

    def __add__(self, other: "EpisodeComparison") -> "EpisodeComparison":
        se, pp = self.sensitivity, self.positive_predictivity
        return EpisodeComparison(
            self.kind,
            Rate(se.found + other.sensitivity.found, se.of + other.sensitivity.of),
            Rate(pp.found + other.positive_predictivity.found, pp.of + other.positive_predictivity.of),
            self.overlap_s + other.overlap_s,
            self.reference_s + other.reference_s,
            self.test_s + other.test_s,
        )

    def to_json(self) -> JsonObject:
        return {
            "episode_sensitivity": self.sensitivity.to_json(),
            "episode_positive_predictivity": self.positive_predictivity.to_json(),
            "duration_sensitivity": self.duration_sensitivity,
            "duration_positive_predictivity": self.duration_positive_predictivity,
            "overlap_s": self.overlap_s,
            "reference_s": self.reference_s,
            "test_s": self.test_s,
        }


def compare_episodes(
    reference: Annotations, test: Annotations, fs: float, n_samples: int, start_s: float = START_S
) -> dict[EpisodeKind, EpisodeComparison]:
    """Compare the episodes of both annotations of a record of `n_samples` at `fs` Hz.

    AF: atrial fibrillation, `(AFIB` to the next other rhythm. VF: ventricular flutter, `[` to `]`. What
    ends before `start_s` does not count; of an episode that began before, what comes after.
    """
    start = math.floor(start_s * fs + 0.5)
    found: dict[EpisodeKind, EpisodeComparison] = {}
    for kind in EPISODE_KINDS:
        true, said = (_cut(_spans(side, kind, n_samples), start) for side in (reference, test))
        found[kind] = EpisodeComparison(
            kind,
            Rate(sum(any(_overlap(one, other) >= 0 for other in said) for one in true), len(true)),
            Rate(sum(any(_overlap(one, other) >= 0 for other in true) for one in said), len(said)),
            sum(max(0, _overlap(one, other)) for one in true for other in said) / fs,
            sum(stop - begin for begin, stop in true) / fs,
            sum(stop - begin for begin, stop in said) / fs,
        )
    return found


def _spans(annotations: Annotations, kind: EpisodeKind, n_samples: int) -> Spans:
    found: Spans = []
    begun: int | None = None
    for sample, symbol, aux in zip(
        annotations.sample.tolist(), annotations.symbol.tolist(), annotations.aux, strict=True
    ):
        if kind == "AF":
            if symbol != "+":
                continue
            begins = aux.startswith("(AFIB")
            ends = not begins
        else:
            begins, ends = symbol == "[", symbol == "]"
        if begins and begun is None:
            begun = sample
        elif ends and begun is not None:
            found.append((begun, sample))
            begun = None
    return found if begun is None else [*found, (begun, n_samples)]


def _cut(spans: Spans, start: int) -> Spans:
    return [(max(begin, start), stop) for begin, stop in spans if stop >= start]


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Samples that two stretches have in common; negative where they are apart."""
    return min(one[1], other[1]) - max(one[0], other[0])
