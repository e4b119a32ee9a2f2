"""R peaks found in a recording, as a layer of labels that is kept and used where nobody has annotated any."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ecg_core import workspace
from ecg_core.access import refusal
from ecg_core.beats.prepare import digest_of
from ecg_core.data.labels import DETECTED, UNCLASSIFIED, Annotations, LabelLayer
from ecg_core.data.layers import keep_layer
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import DataError
from ecg_core.files import why, write_bytes

UNREADABLE, READABLE = "unreadable", "readable"
"""Texts of the signal quality marks (`~`) at the ends of a stretch that cannot be read."""


def detect_and_keep(folder: Path, name: str, record: Record | None = None) -> LabelLayer:
    """Find the R peaks of a record (read unless it is given) and keep them as its layer `detected`.

    Raises DataError as `read_record` and `keep_layer`.
    """
    record = record or read_record(folder, name)
    layer = replace(detected_layer(record), made_from=digest_of(folder, name))
    if not refusal():  # a guest sees what is found, and leaves nothing
        keep_layer(folder, name, layer)
    return layer


def detected_layer(record: Record) -> LabelLayer:
    """R peaks of a recording, each a beat that nobody has classified, and the stretches that cannot be read."""
    from ecg_core.beats.r_peaks import detect_r_peaks  # scipy: a fifth of a second, which pages need not wait for

    peaks = detect_r_peaks(record)
    starts = np.array([start for start, _, _ in peaks.unreadable], np.int64)
    ends = np.array([stop for _, stop, _ in peaks.unreadable if stop < record.n_samples], np.int64)
    sample = np.concatenate([peaks.r_sample, starts, ends])
    symbol = np.full(len(sample), "~", "<U1")
    symbol[: len(peaks.r_sample)] = UNCLASSIFIED
    sure = np.ones(len(sample), np.float32)
    sure[: len(peaks.r_sample)] = peaks.confidence
    texts = [*(f"{UNREADABLE}: {reason}" for _, _, reason in peaks.unreadable), *[READABLE] * len(ends)]
    order = np.argsort(sample, kind="stable")
    aux = [""] * len(order)
    for place in np.flatnonzero(order >= len(peaks.r_sample)).tolist():
        aux[place] = texts[int(order[place]) - len(peaks.r_sample)]
    annotations = Annotations(sample[order], symbol[order], tuple(aux))
    return LabelLayer(DETECTED, "detected", peaks.detector, "", workspace.now(), annotations, sure[order])


def write_layer(folder: Path, record: str, annotator: str, layer: LabelLayer) -> Path:
    """Write a detected layer as `<record>.<annotator>`, a WFDB annotation file that other tools read: each beat as N,
    as detectors of WFDB do. One of that name is replaced at once.

    Raises DataError if there is nothing to write, or it cannot be written.
    """
    from wfdb import wrann

    labels = layer.annotations
    if not len(labels):
        raise DataError(f"{record}: no R peak was detected, so there is no annotation file to write.")
    beats = labels.symbol == UNCLASSIFIED
    subtype = np.array([-1 if text.startswith(UNREADABLE) else 0 for text in labels.aux], np.int64)
    path = folder / f"{record.replace('/', '_')}.{annotator}"
    try:
        with TemporaryDirectory() as scratch:
            symbols = np.where(beats, "N", labels.symbol).tolist()
            wrann("peaks", annotator, labels.sample, symbols, subtype=subtype, write_dir=scratch)
            content = (Path(scratch) / f"peaks.{annotator}").read_bytes()
        write_bytes(path, content)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {why(error)}.") from None
    return path


def unreadable_s(layer: LabelLayer, fs: float, n_samples: int) -> float:
    """Seconds of a recording that its detected layer calls unreadable."""
    return sum(stop - start for start, stop in unreadable_stretches(layer, n_samples)) / fs


def unreadable_stretches(layer: LabelLayer, n_samples: int) -> list[tuple[int, int]]:
    """Samples [start, stop) of each stretch that a detected layer calls unreadable, in time order."""
    labels = layer.annotations
    marks = [(int(labels.sample[k]), labels.aux[k]) for k in np.flatnonzero(labels.symbol == "~").tolist()]
    starts = [at for at, text in marks if text.startswith(UNREADABLE)]
    ends = [at for at, text in marks if text == READABLE]
    return list(zip(starts, [*ends, n_samples], strict=False))
