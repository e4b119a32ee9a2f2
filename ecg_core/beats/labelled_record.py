"""A record with one of its layers of labels, and what is derived from the two once: beats and rhythms."""

from dataclasses import dataclass

from ecg_core.beats.beat_table import BeatTable, beat_table
from ecg_core.data.labels import REFERENCE, LabelLayer
from ecg_core.data.reader import ANNOTATOR
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm, rhythms


@dataclass(frozen=True, eq=False)
class LabelledRecord:
    """What a viewer needs of a recording. Made by `labelled`."""

    record: Record
    layer: LabelLayer
    """The layer that `beats` are read from, and `rhythms` but for one of detected beats, which knows of none."""
    beats: BeatTable
    rhythms: tuple[Rhythm, ...]
    """Rhythm episodes in time order, neither overlapping nor empty; of detected beats, those of the reference."""


def labelled(record: Record, layer: LabelLayer) -> LabelledRecord:
    """Read beats and rhythms of one layer (a day of beats takes about 0.1 s: keep the result)."""
    noted = rhythms(record.annotations if layer.is_detected else layer.annotations, record.n_samples)
    return LabelledRecord(record, layer, beat_table(layer.annotations, record.fs), noted)


def reference_layer(record: Record) -> LabelLayer:
    """The labels that came with a record; a layer without any where none came."""
    return record.layers.get(REFERENCE) or LabelLayer(REFERENCE, "reference", f"{record.name}.{ANNOTATOR}")
