"""Atrial fibrillation of a recording, from whatever its beats are known by, as a layer of labels beside the reference.

Ectopic beats make any rhythm irregular, so they are left out first: V and F beats where beats have classes, and where
they have none, as R peaks that were detected, those whose QRS complex is unlike the recording's usual one.
"""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.atrial_fibrillation import MADE_BY, Mask, fibrillation
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.beats.lead_places import lead_places
from ecg_core.beats.prepare import QRS_S, filtered_beats, median_beat
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm

BY_RR = "rhythm by RR"
"""Name of the layer."""
ECTOPIC = ("V", "F")
LEAST_LIKENESS = 0.8
"""Correlation with the median QRS complex below which a beat is left out; from 0.8 to 0.9 DS1 gives the same."""
LEADS = 2
OTHERWISE = "other"
"""Name of the rhythm wherever it is not fibrillation: what it is there, RR intervals do not say."""
RHYTHM_CHANGE = "+"


def fibrillation_of(labelled: LabelledRecord) -> tuple[Rhythm, ...]:
    """Stretches of atrial fibrillation by RR intervals alone, in time order; none without beats."""
    beats, record = labelled.beats, labelled.record
    if labelled.layer.is_detected:
        left_out = unlike_usual(record, beats.r_sample)
    else:
        left_out = np.isin(beats.beat_class, ECTOPIC)
    return fibrillation(beats.r_sample, record.fs, left_out)


def unlike_usual(record: Record, r_sample: npt.NDArray[np.int64]) -> Mask:
    """Which beats, (n_beats,), have a QRS complex unlike the recording's median beat, in the leads judged by."""
    if not len(r_sample):
        return np.zeros(0, np.bool_)
    config = BeatConfig()
    signals, _ = filtered_beats(record, lead_places(record, LEADS), r_sample, config)
    template, unit_mv = median_beat(signals, config)
    inside = (config.times_s >= QRS_S[0]) & (config.times_s <= QRS_S[1])
    every, usual = signals[:, :, inside] / unit_mv[:, None], template[:, inside] / unit_mv[:, None]
    every = (every - every.mean(axis=2, keepdims=True)).reshape(len(every), -1)
    usual = (usual - usual.mean(axis=1, keepdims=True)).reshape(-1)
    size = np.linalg.norm(every, axis=1) * np.linalg.norm(usual)
    likeness = np.divide(every @ usual, size, out=np.zeros(len(every)), where=size > 0)
    unlike: Mask = likeness < LEAST_LIKENESS
    return unlike


def rhythm_layer(stretches: tuple[Rhythm, ...], created: str = "") -> LabelLayer:
    """Stretches as notes of a change of rhythm; where one ends and no other begins, the rhythm is called `other`."""
    starts = {stretch.start_sample: f"({stretch.name}" for stretch in stretches}
    notes = {stretch.stop_sample: f"({OTHERWISE}" for stretch in stretches} | starts
    sample = sorted(notes)
    annotations = Annotations(
        np.array(sample, np.int64),
        np.full(len(sample), RHYTHM_CHANGE, "<U1"),
        tuple(notes[at] for at in sample),
    )
    return LabelLayer(BY_RR, "detected", MADE_BY, created=created, annotations=annotations)
