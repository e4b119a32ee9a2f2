"""What a report of a recording is made of, beside the recording: a person's review, families of beats, a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.record import Record
from ecg_core.learning.card import Card
from ecg_core.reports.reading import LEADING, Role


@dataclass(frozen=True)
class ReviewCounts:
    """Who looked at what."""

    flagged: int
    """Beats that were put before a person."""
    reviewed: int
    """Of these, those that a person agreed with or corrected."""
    corrected: int
    """Of the reviewed, those whose class was changed."""
    reviewers: tuple[str, ...]

    @property
    def alone(self) -> int:
        """Flagged beats that nobody looked at."""
        return self.flagged - self.reviewed


@dataclass(frozen=True, eq=False)
class BeatFamily:
    """Beats of one shape."""

    name: str
    count: int
    beat_class: str
    """AAMI class that the family is taken for."""
    template_mv: npt.NDArray[np.floating] = field(repr=False)
    """(n_samples,) usual beat of the family in mV, one lead."""
    fs: float
    """Of the template, Hz."""


@dataclass(frozen=True)
class ModelUsed:
    """The model whose classes a report has a column of."""

    id: str
    """`models/<name>` or a run's id."""
    card: Card
    caution: str = ""
    """How far it can be believed on this recording; empty where there is nothing to say."""


@dataclass(frozen=True, eq=False)
class ReportInputs:
    """Everything a report is made of. Made by `recording_inputs`, or by a page that holds the parts already."""

    record: Record
    """With the layer `detected`, which says what cannot be read."""
    layers: Mapping[Role, LabelledRecord]
    """At least one."""
    model: ModelUsed | None = None
    review: ReviewCounts | None = None
    families: tuple[BeatFamily, ...] = ()

    @property
    def read_from(self) -> LabelledRecord:
        """The layer that everything but the columns of counts is read from. Raises StopIteration without any."""
        return self.layers[next(role for role in LEADING if role in self.layers)]
