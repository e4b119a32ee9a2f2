"""What a report says of a person's review, and of families of beats."""

from dataclasses import replace

import numpy as np

from ecg_core.beats.beat_table import BeatTable
from ecg_core.beats.families import Families, families
from ecg_core.beats.labelled_record import LabelledRecord, labelled
from ecg_core.data.corrections import log
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.layer import corrected
from ecg_core.data.sources import DataSource
from ecg_core.reports.recording_files import recording_inputs
from ecg_core.reports.report_inputs import BeatFamily, ReportInputs, ReviewCounts
from ecg_core.review.queue import Asked, Queue, queue_of
from ecg_core.review.sources import given_for

MOST_FAMILIES = 12
LONGEST_WITH_FAMILIES_S = 2 * 3600.0
"""Of longer recordings grouping takes longer than all the rest of a report."""


def reviewed_inputs(source: DataSource, name: str, model: str = "", any_leads: bool = False) -> ReportInputs:
    """Inputs of a report with all that is kept of a recording: corrections, who made them, families of its beats.

    Raises WorkbenchError as `recording_inputs`, or if the log of corrections is damaged.
    """
    corrections = log.read(log.log_file(source.folder, name)) if name in source.records else None
    if corrections is None or not corrections.standing():
        return with_families(recording_inputs(source, name, model, any_leads))
    given = given_for("flagged", source, name)
    inputs = recording_inputs(source, name, model, any_leads, corrected_record(given.labelled, corrections))
    queue = queue_of(Asked("flagged", "time"), given)
    return with_families(replace(inputs, review=review_counts(queue, corrections)))


def corrected_record(seen: LabelledRecord, corrections: Corrections) -> LabelledRecord:
    """A recording with the labels that people made of those they saw."""
    return labelled(seen.record, corrected(seen.layer, corrections).layer)


def with_families(inputs: ReportInputs) -> ReportInputs:
    """The same with the families of its beats, unless the recording is long."""
    read = inputs.read_from
    if inputs.record.duration_s > LONGEST_WITH_FAMILIES_S or not len(read.beats):
        return inputs
    return replace(inputs, families=report_families(families(inputs.record, read.beats.r_sample), read.beats))


def review_counts(queue: Queue, corrections: Corrections) -> ReviewCounts:
    """How much of a queue was reviewed, and by whom."""
    standing = corrections.standing()
    beats = np.unique(queue.members)
    decided = [standing[sample] for sample in beats.tolist() if sample in standing]
    changed = sum(one.before != one.after for one in decided)
    return ReviewCounts(len(beats), len(decided), changed, corrections.people)


def report_families(found: Families, beats: BeatTable) -> tuple[BeatFamily, ...]:
    """Families as a report draws them, the largest first; each is taken for the class that most of its beats have."""
    step_s = float(found.times_s[1] - found.times_s[0]) if len(found.times_s) > 1 else 1.0
    made = []
    for one in found.largest_first[:MOST_FAMILIES]:
        classes, counts = np.unique(beats.beat_class[one.beats], return_counts=True)
        name = f"Family {one.number}"
        made.append(BeatFamily(name, len(one), str(classes[np.argmax(counts)]), one.template[0], 1 / step_s))
    return tuple(made)
