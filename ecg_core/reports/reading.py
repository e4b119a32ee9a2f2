"""One layer of labels of a recording as its report reads it: counted once, with the times of its events in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.beats.rhythm_by_rr import fibrillation_of
from ecg_core.beats.rhythm_summary import RhythmSummary, summarise_rhythm
from ecg_core.data.clock import clock
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm

Role = Literal["corrected", "reference", "model", "detected"]
ROLES: dict[Role, str] = {
    "model": "Model",
    "corrected": "Corrected",
    "reference": "Reference",
    "detected": "Detected R peaks",
}
"""Role -> heading of its column, in the order of columns."""
LEADING: tuple[Role, ...] = ("corrected", "reference", "model", "detected")
"""The first that there is is the one that a report's urgent list, strips and trend are read from."""
DAY_S = 86_400


@dataclass(frozen=True, eq=False)
class LayerReading:
    """Made by `read_layer`."""

    role: Role
    labelled: LabelledRecord
    summary: RhythmSummary
    fibrillation: tuple[Rhythm, ...]
    """Stretches of atrial fibrillation by RR intervals alone."""

    @property
    def is_classed(self) -> bool:
        """Whether beats have classes."""
        return not self.labelled.layer.is_detected

    @property
    def is_annotated(self) -> bool:
        """Whether a person noted rhythms, so that what is not noted can be said not to be there."""
        noted = bool(self.labelled.rhythms) or self.summary.flutter_s > 0
        return noted and self.labelled.layer.kind in ("reference", "person")


def read_layer(role: Role, labelled: LabelledRecord) -> LayerReading:
    """Count one layer and look for fibrillation in it (a day takes about 0.2 s)."""
    return LayerReading(role, labelled, summarise_rhythm(labelled), fibrillation_of(labelled))


def leading(readings: dict[Role, LayerReading]) -> LayerReading:
    """The layer that everything but the columns of counts is read from. Raises StopIteration without any."""
    return readings[next(role for role in LEADING if role in readings)]


def moment(record: Record, sample: int) -> str:
    """When a sample is: time of day where the header has a start (with the day, from the second on), else time since
    the beginning with tenths of a second."""
    seconds = sample / record.fs
    if record.start_of_day_s is None:
        return clock(seconds, 1)
    whole = round(record.start_of_day_s + seconds)
    day, rest = divmod(whole, DAY_S)
    text = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{text} (day {day + 1})" if day else text


def moments(record: Record) -> Callable[[int], str]:
    """`moment` of one record, as a form of findings."""
    return lambda sample: moment(record, sample)


def class_counts(reading: LayerReading) -> dict[str, int] | None:
    """Class -> beats of it, every class; None where beats have none."""
    return {name: reading.summary.beats_by_class.get(name, 0) for name in CLASSES} if reading.is_classed else None


def annotated_fibrillation_s(reading: LayerReading) -> float | None:
    """Time in atrial fibrillation or flutter as annotated; None where nobody annotated rhythms."""
    return reading.summary.fibrillation_s if reading.is_annotated else None


def irregular_s(reading: LayerReading) -> float:
    """Time in atrial fibrillation by RR intervals alone."""
    return sum(one.stop_sample - one.start_sample for one in reading.fibrillation) / reading.labelled.record.fs
