"""Families as items of a queue."""

import numpy as np

from ecg_core.beats.beat_table import BeatTable
from ecg_core.beats.families import Families, Family
from ecg_core.review.queue import BeatGroup


def groups_of(found: Families, beats: BeatTable) -> list[BeatGroup]:
    """The families of a recording's `beats`, the rarest and oddest first."""
    return [
        BeatGroup(
            f"Family {one.number}, {len(one):,} {'beat' if len(one) == 1 else 'beats'}",
            beats.r_sample[one.beats],
            typical_of(one, beats),
            one.oddness,
        )
        for one in found.families
    ]


def typical_of(family: Family, beats: BeatTable) -> int:
    """R peak of the beat that is most like its family."""
    return int(beats.r_sample[family.beats[int(np.argmax(family.likeness))]])
