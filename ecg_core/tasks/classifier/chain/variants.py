"""More recordings to learn from than there are patients: parts of recordings, worse ones, and ones with two kinds of
sinus beats.

- Each quarter by itself: what is usual is found anew in it.
- Each half with every R peak a little off, all of them off by one time, and the amplitude wavering; one with its leads
  swapped, the other without its second.
- The whole without its second lead.
- *Chimeras*: recordings in blocks, every other of which shows the sinus beats of another patient in place of its own,
  as in intermittent bundle branch block. The rhythm and the labels stay. Without them a second large family of wide
  sinus beats is taken for V.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.context import moved
from ecg_core.beats.jitter import JITTER_S
from ecg_core.tasks.classifier.chain.record import Floats, Mask, Numbers, RecordBeats, Rows

PARTS = 4
FEWEST_IN_A_PART = 100
OFFSET_S, WAVERING = 0.03, 0.08
BLOCK_BEATS = (8, 300)
CHIMERAS = 2
WHOLE, ONE_LEAD, PART, CHIMERA = "whole", "one lead", "part", "chimera"


@dataclass(frozen=True, eq=False)
class Variant:
    """A recording to learn from, made of one."""

    name: str
    donor: str
    """The other record whose beats it shows; empty for none."""
    kind: str
    rows: Rows = field(repr=False)
    """Rows of the set that its beats are, in order."""
    record: RecordBeats = field(repr=False)


def variants(beats: BeatSet, normal: Mask, seed: int, chimeras: bool = True) -> Iterator[Variant]:
    """Every variant of every recording of a set. `normal` (n,) are beats of class N. Deterministic for a seed."""
    rows_of = rows_by_record(beats.table)
    for number, (name, rows) in enumerate(rows_of.items()):
        rng = np.random.default_rng([seed, number])
        cut = _Cut.of(beats, rows)
        yield Variant(name, "", WHOLE, rows, cut.record())
        yield Variant(name, "", ONE_LEAD, rows, cut.without_second().record())
        if len(rows) >= PARTS * FEWEST_IN_A_PART:
            for part in np.array_split(np.arange(len(rows)), PARTS):
                yield Variant(name, "", PART, rows[part], cut.at(part).record())
        if len(rows) >= 2 * FEWEST_IN_A_PART:
            for half, part in enumerate(np.array_split(np.arange(len(rows)), 2)):
                worse = cut.at(part).worse(rng)
                worse = worse.without_second() if half else worse.swapped()
                yield Variant(name, "", PART, rows[part], worse.record())
        for donor in _donors(name, beats, rng) if chimeras else ():
            own = rows_of[donor]
            shown = own[normal[own] & beats.used[own]]
            if len(shown) and (normal[rows] & beats.used[rows]).any():
                own_rng = np.random.default_rng([seed, number, 1])
                shows = cut.showing(beats.signals[shown], normal[rows], own_rng)
                yield Variant(name, donor, CHIMERA, rows, shows.record())


def _donors(name: str, beats: BeatSet, rng: np.random.Generator) -> list[str]:
    """Records of other patients, drawn by name alone: nothing that is said of a patient who is left out has a part."""
    others = [other for other in beats.records if beats.patients.of(other) != beats.patients.of(name)]
    return [others[k] for k in rng.permutation(len(others))[:CHIMERAS].tolist()]


@dataclass(frozen=True, eq=False)
class _Cut:
    """Beats of a recording as they were cut, in mV."""

    beats: BeatSet
    signals: Floats
    pre_s: Numbers
    post_s: Numbers
    used: Mask

    @classmethod
    def of(cls, beats: BeatSet, rows: Rows) -> "_Cut":
        pre_s, post_s = (beats.table[name].to_numpy()[rows] for name in ("rr_pre_s", "rr_post_s"))
        return cls(beats, np.asarray(beats.signals[rows], np.float32), pre_s, post_s, beats.used[rows])

    def record(self) -> RecordBeats:
        return RecordBeats.cut(self.signals, self.pre_s, self.post_s, self.used, self.beats.config)

    def at(self, part: Rows) -> "_Cut":
        return _Cut(self.beats, self.signals[part], self.pre_s[part], self.post_s[part], self.used[part])

    def swapped(self) -> "_Cut":
        return self._with(self.signals[:, ::-1])

    def without_second(self) -> "_Cut":
        signals = self.signals.copy()
        signals[:, 1:] = 0
        return self._with(signals)

    def worse(self, rng: np.random.Generator) -> "_Cut":
        """R peaks off by a time of their own and one they share, amplitude wavering by beat and lead."""
        fs, n = self.beats.config.fs, len(self.signals)
        own = rng.normal(0, JITTER_S, n).clip(-3 * JITTER_S, 3 * JITTER_S)
        points: Rows = np.rint((own + rng.uniform(-OFFSET_S, OFFSET_S)) * fs).astype(np.int64)
        gain = np.exp(rng.normal(0, WAVERING, (n, self.signals.shape[1], 1))).astype(np.float32)
        longer = np.diff(points / fs)
        pre_s, post_s = self.pre_s.copy(), self.post_s.copy()
        pre_s[1:] += longer
        post_s[:-1] += longer
        return _Cut(self.beats, moved(self.signals, points) * gain, pre_s, post_s, self.used)

    def showing(self, donors: Floats, normal: Mask, rng: np.random.Generator) -> "_Cut":
        """Every other block with the donor's beats (m, n_leads, n_points) mV in place of its normal ones, at the
        recording's amplitude."""
        signals = self.signals.copy()
        usual, other = (np.median(np.ptp(some, axis=2), axis=0) for some in (signals[self.used & normal], donors))
        scaled = np.asarray(donors, np.float32) * (usual / np.maximum(other, 0.05)).astype(np.float32)[:, None]
        n, first, shows, next_one = len(signals), 0, False, 0
        while first < n:
            last = first + int(rng.integers(*BLOCK_BEATS))
            own = first + np.flatnonzero(normal[first:last])
            if shows:
                signals[own] = scaled[(next_one + np.arange(len(own))) % len(scaled)]
                next_one += len(own)
            first, shows = last, not shows
        return self._with(signals)

    def _with(self, signals: Floats) -> "_Cut":
        return _Cut(self.beats, np.ascontiguousarray(signals), self.pre_s, self.post_s, self.used)
