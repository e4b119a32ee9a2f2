"""Which of a record's label layers says where its beats are, when nobody names one."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from ecg_core.beats.classes import BY_CODE
from ecg_core.data.annotators import annotation_paths, read_annotations
from ecg_core.data.corrections import log
from ecg_core.data.corrections.layer import corrected
from ecg_core.data.header import read_header
from ecg_core.data.labels import CORRECTED, DETECTED, MARKED, REFERENCE, LabelLayer
from ecg_core.data.layers import kept_layer, layer_file
from ecg_core.data.reader import ANNOTATOR
from ecg_core.errors import DataError
from ecg_core.files import FileState


def layer_of(folder: Path, name: str, layer: str = MARKED) -> str:
    """The layer itself; for `MARKED` the reference of a record if it marks any beat, or if no R peaks were detected,
    else these; for `CORRECTED` the same where nobody has corrected it."""
    if layer not in (MARKED, CORRECTED):
        return layer
    if layer == CORRECTED and has_corrections(folder, name):
        return CORRECTED
    if has_reference_beats(folder, name) or not layer_file(folder, name, DETECTED).is_file():
        return REFERENCE
    return DETECTED


def has_corrections(folder: Path, name: str) -> bool:
    """Whether any decision about a record's beats counts. Raises DataError if their log is damaged."""
    corrections = log.read(log.log_file(folder, name))
    return corrections is not None and bool(corrections.standing())


def corrected_layer(folder: Path, name: str) -> LabelLayer:
    """What people's corrections make of a record's labels. Raises DataError if there are none, or a file is damaged."""
    corrections = log.read(log.log_file(folder, name))
    if corrections is None:
        raise DataError(f"Nobody has corrected record {name}.")
    if layer_of(folder, name) == DETECTED:
        base = kept_layer(folder, name, DETECTED)
    else:
        found = read_annotations(folder, read_header(folder, name))
        base = LabelLayer(REFERENCE, "reference", f"{name}.{ANNOTATOR}", annotations=found)
    assert base is not None  # `layer_of` has seen it
    return corrected(base, corrections).layer


def labels_of(folder: Path, name: str, layer: str) -> LabelLayer | None:
    """A layer other than the reference: corrected labels, or one kept in the workspace; None if there is none of that
    name."""
    return corrected_layer(folder, name) if layer == CORRECTED else kept_layer(folder, name, layer)


def files_of(folder: Path, name: str, layer: str) -> tuple[Path, ...]:
    """Files beside the recording's own that a layer is read from, whether they are there or not."""
    if layer == REFERENCE:
        return ()
    if layer == CORRECTED:
        return (layer_file(folder, name, DETECTED), log.log_file(folder, name))
    return (layer_file(folder, name, layer),)


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
