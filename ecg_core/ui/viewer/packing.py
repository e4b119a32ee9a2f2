"""A recording and its labels as the bytes that `bytes.js` unpacks.

uint32 (little-endian) length of the header, the header as JSON, zeros up to a multiple of 8, then the blocks, each at a
multiple of 8 from there. A header holds `format`, `version`, `kind` and the list of blocks.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.classes import BY_CODE, CLASSES, NON_BEAT_NAMES
from ecg_core.beats.detection import unreadable_stretches
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.labels import LabelLayer
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Origin, Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.review.beat_scores import BeatScores
from ecg_core.typed_json import JsonObject
from ecg_core.ui.viewer.pyramid import MISSING, TILE, Narrow, Pyramid, narrows

FORMAT = 1
"""Version of the layout and of what the headers hold; `bytes.js` says the same and refuses another."""
ALIGNED = 8
WHOLE_BYTES = 8 * 2**20
"""Recordings of no more go to the browser as a whole: two leads at 360 Hz for an hour and a half."""
NOTE_CHARACTERS = 8
CLASS_OF_GROUP = {"normal": "N", "abnormal": "V"}
"""Class in whose shape and colour a label that is no class is drawn."""
COLOURS: dict[Origin, str] = {"supraventricular": "S", "ventricular": "V", "paced": "Q", "conduction": "F"}
"""Class in whose colour a rhythm is drawn; the others are quiet."""
RHYTHM_CHANGE, COMMENT = "+", '"'


@dataclass(frozen=True)
class Marks:
    """Everything that is drawn over a signal."""

    labelled: LabelledRecord = field(repr=False)
    found: tuple[Rhythm, ...] = ()
    """Rhythms found here."""
    found_by: str = ""
    differences: PeakDifferences | None = None
    predictions: LabelLayer | None = None
    scores: BeatScores | None = None
    decided: Mapping[int, str] = field(default_factory=dict)
    """Sample -> symbol that people have decided on."""


@dataclass(frozen=True)
class Packed:
    """Bytes for the browser, and what they are called there."""

    version: str
    """Of other content, another version."""
    content: bytes = field(repr=False)


def signal_of(record: Record) -> Packed:
    """All samples of a recording as int16.

    Those of more bits are brought to 16 lead by lead, gain and baseline with them: what is drawn differs by less than
    1/65,000 of the lead's range.
    """
    narrow = narrows(record)
    blocks = {f"raw{k}": one(record.signals[:, k]) for k, one in enumerate(narrow)}
    return packed("signal", _signal_header(record, narrow), blocks)


def long_signal_of(pyramid: Pyramid, path: str) -> Packed:
    """A long recording: one coarse level as a whole, and `path`, from which the rest comes in tiles."""
    base, tiled = pyramid.base, pyramid.tiled
    level = pyramid.levels[base]
    blocks: dict[str, npt.NDArray[Any]] = {}
    for k in range(level.shape[1]):
        blocks |= {f"low{k}": np.ascontiguousarray(level[:, k, 0]), f"high{k}": np.ascontiguousarray(level[:, k, 1])}
    tiles = {"path": path, "bins": tiled, "base": base, "size": TILE}
    return packed("signal", {**_signal_header(pyramid.record, pyramid.narrow), "tiles": tiles}, blocks)


def _signal_header(record: Record, narrow: Sequence[Narrow]) -> JsonObject:
    leads = [
        {
            "name": name,
            "gain": record.gain[k] / narrow[k].step,
            "baseline": (record.baseline[k] - narrow[k].middle) / narrow[k].step,
            "missing": MISSING,
            "calibrated": record.calibrated[k] if record.calibrated else True,
        }
        for k, name in enumerate(record.leads)
    ]
    return {
        "name": record.name,
        "fs": record.fs,
        "samples": record.n_samples,
        "filter": "Unfiltered",
        "simulated": record.simulated,
        "leads": leads,
    }


def labels_of(marks: Marks) -> Packed:
    """Beats, rhythms, notes, stretches that cannot be read, predictions and scores of a recording."""
    labelled, layer = marks.labelled, marks.labelled.layer
    beats, record = labelled.beats, labelled.record
    rails = [{"said": "", "episodes": _episodes(labelled.rhythms)}] if labelled.rhythms else []
    if marks.found:
        rails.append({"said": marks.found_by, "episodes": _episodes(marks.found)})
    detected = layer if layer.is_detected else None
    header: JsonObject = {
        "fs": record.fs,
        "layer": f"{layer.name}, {layer.made_by}",
        "detected": layer.is_detected,
        "rhythms": rails,
        "notes": _notes(layer),
        "unreadable": unreadable_stretches(detected, record.n_samples) if detected else [],
        "dayStart": record.start_of_day_s,
        "predictions": None,
        "scores": None,
    }
    blocks: dict[str, npt.NDArray[Any]] = {
        "samples": beats.r_sample.astype(np.int32),
        "classes": _class_numbers(beats.beat_class),
        "codes": beats.symbol.astype("<U1").view(np.uint32).astype(np.uint8),
        "missed": _samples(marks.differences.missed if marks.differences else ()),
        "extra": _samples(marks.differences.extra if marks.differences else ()),
    }
    if marks.decided:
        blocks["decided_samples"] = _samples(list(marks.decided))
        blocks["decided_codes"] = np.array([ord(code or "-") for code in marks.decided.values()], np.uint8)
    if (predicted := marks.predictions) is not None:
        said, labels = predicted.annotations, _said(predicted)
        sure = np.zeros(len(labels)) if predicted.probability is None else 100 * predicted.probability
        header["predictions"] = predicted.name
        blocks |= {
            "predicted_samples": _samples(said.sample),
            "predicted_classes": _class_numbers(np.array([CLASS_OF_GROUP.get(label, label) for label in labels])),
            "predicted_letters": np.array([ord(label[0].upper()) for label in labels], np.uint8),
            "predicted_differs": _differs(said.sample, labels, labelled),
            "predicted_sure": np.round(sure).astype(np.uint8),
        }
    if (scores := marks.scores) is not None:
        header["scores"] = {"name": scores.name, "threshold": scores.threshold, "parts": list(scores.parts)}
        blocks |= {"score_samples": _samples(scores.sample), "score_values": scores.score.astype(np.float32)}
        blocks |= {f"score_part{k}": part.astype(np.float32) for k, part in enumerate(scores.parts.values())}
    return packed("labels", header, blocks)


def packed(kind: str, header: Mapping[str, Any], blocks: Mapping[str, npt.NDArray[Any]]) -> Packed:
    """Put header and blocks together; the version is a digest of all of it."""
    parts, listed, offset = [], [], 0
    for name, values in blocks.items():
        content = values.tobytes()
        listed.append({"name": name, "dtype": values.dtype.name, "offset": offset, "count": int(values.size)})
        parts.append(content + b"\0" * (-len(content) % ALIGNED))
        offset += len(parts[-1])
    said = {"format": FORMAT, "kind": kind, **header, "blocks": listed}
    digest = hashlib.blake2b(json.dumps(said).encode(), digest_size=12)
    for part in parts:
        digest.update(part)
    version = digest.hexdigest()
    text = json.dumps({**said, "version": version}, allow_nan=False).encode()
    head = len(text).to_bytes(4, "little") + text
    return Packed(version, head + b"\0" * (-len(head) % ALIGNED) + b"".join(parts))


def _episodes(rhythms: tuple[Rhythm, ...]) -> list[JsonObject]:
    return [
        {
            "from": one.start_sample,
            "to": one.stop_sample,
            "code": one.name,
            "name": one.plain_name if one.plain_name != one.name else "",
            "colour": COLOURS.get(one.origin, ""),
        }
        for one in rhythms
    ]


def _notes(layer: LabelLayer) -> list[JsonObject]:
    """Annotations that mark neither a beat nor a change of rhythm: where, what is drawn, what it means."""
    labels, notes = layer.annotations, []
    for k in np.flatnonzero(~np.isin(labels.symbol, [*BY_CODE, RHYTHM_CHANGE])).tolist():
        sample, code, aux = int(labels.sample[k]), str(labels.symbol[k]), labels.aux[k]
        meaning = NON_BEAT_NAMES.get(code, "Other annotation")
        text = aux[:NOTE_CHARACTERS] if code == COMMENT and aux else code
        notes.append({"sample": sample, "text": text, "meaning": f"{meaning}: {aux}" if aux else meaning})
    return notes


def _said(layer: LabelLayer) -> list[str]:
    labels = layer.annotations
    return [aux or symbol for symbol, aux in zip(labels.symbol.tolist(), labels.aux, strict=True)]


def _differs(sample: npt.NDArray[np.int64], labels: list[str], reference: LabelledRecord) -> npt.NDArray[np.uint8]:
    """1 where the reference gives a beat another label, or marks none there; 0 where it has no classes."""
    if reference.layer.is_detected:
        return np.zeros(len(labels), np.uint8)
    by_sample = dict(zip(reference.beats.r_sample.tolist(), reference.beats.beat_class.tolist(), strict=True))
    known = [by_sample.get(at) for at in sample.tolist()]
    agrees = [
        one is not None and label in (one, "normal" if one == "N" else "abnormal")
        for one, label in zip(known, labels, strict=True)
    ]
    return np.array(~np.array(agrees, bool), np.uint8)


def _class_numbers(classes: npt.NDArray[np.str_]) -> npt.NDArray[np.uint8]:
    numbers = np.zeros(len(classes), np.uint8)
    for number, name in enumerate(CLASSES):
        numbers[classes == name] = number
    return numbers


def _samples(values: Any) -> npt.NDArray[np.int32]:
    return np.asarray(values, np.int32)
