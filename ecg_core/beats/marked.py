"""Which of a record's label layers says where its beats are, when nobody names one."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from ecg_core.beats.classes import BY_CODE
from ecg_core.data.annotators import annotation_paths, read_annotations
from ecg_core.data.header import read_header
from ecg_core.data.labels import DETECTED, MARKED, REFERENCE
from ecg_core.data.layers import layer_file
from ecg_core.errors import DataError
from ecg_core.files import FileState


def layer_of(folder: Path, name: str, layer: str = MARKED) -> str:
    """The layer itself; for `MARKED` the reference of a record if it marks any beat, or if no R peaks were detected,
    else these."""
    if layer != MARKED:
        return layer
    if has_reference_beats(folder, name) or not layer_file(folder, name, DETECTED).is_file():
        return REFERENCE
    return DETECTED


def has_reference_beats(folder: Path, name: str) -> bool:
    """Whether a record's reference annotations mark any beat. True too where they cannot be read: that is for reading
    to say, and nothing is put in their place."""
    paths = annotation_paths(folder, name)
    return bool(paths) and _marks_beats(tuple(map(FileState.of, paths)), folder, name)


@lru_cache(maxsize=4096)
def _marks_beats(_states: tuple[FileState, ...], folder: Path, name: str) -> bool:
    try:
        labels = read_annotations(folder, read_header(folder, name))
    except DataError:
        return True
    return bool(np.isin(labels.symbol, list(BY_CODE)).any())
