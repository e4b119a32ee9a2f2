"""Figures of a trained autoencoder: on its own validation, or on records it has never seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import shared_patients
from ecg_core.beats.store import Progress, load_beats
from ecg_core.beats.windows import make_windows
from ecg_core.errors import ModelError
from ecg_core.evaluation.bootstrap import detection_intervals
from ecg_core.evaluation.detection import ABNORMAL, Detection
from ecg_core.learning.fits import check_fits
from ecg_core.learning.model_folder import config_of
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector, Items
from ecg_core.tasks.autoencoder.options import AutoencoderOptions

DOMINANT = ("232", "213")
"""Records that hold most of DS2's S beats and F beats: figures are given without each of them too."""


def load_items(
    folder: Path,
    records: Sequence[str],
    every_record: Sequence[str],
    options: AutoencoderOptions,
    card: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> tuple[BeatSet, Items]:
    """Beats of `records`, and the beats or windows the options speak of; prepared as a model's card asks.

    `every_record` are all records of the folder: they are prepared and stored together, once.
    """
    beats = load_beats(folder, every_record, config_of(card) if card else None, progress).only(records)
    if card:
        check_fits(card, beats)
    if options.unit == "windows":
        return beats, make_windows(folder, beats, options.half_width_s, options.seed)
    return beats, beats


def used_rows(items: Items) -> npt.NDArray[np.int64]:
    """Rows that can be judged."""
    return np.flatnonzero((items.table["excluded"] == "").to_numpy())


def detection_of(items: Items, score: npt.NDArray[np.float64]) -> Detection:
    """Scores of every row of `items` as a Detection of the rows that can be judged."""
    rows = used_rows(items)
    table = items.table.iloc[rows]
    hours = {name: seconds / 3600 for name, seconds in items.durations_s.items()}
    classes, records = table["beat_class"].to_numpy(dtype=str), table["record"].to_numpy(dtype=str)
    return Detection(score[rows], classes, records, hours, complete=isinstance(items, BeatSet))


def check_unseen(card: dict[str, Any], records: Sequence[str]) -> None:
    """Raise ModelError if a model was trained on one of the records it is to be judged on."""
    seen = [name for name in records if name in card["split"]["train"]]
    if seen:
        raise ModelError(
            f"The model was trained on record {', '.join(seen)}: figures on it would flatter. "
            "Judge it on other records, or on its validation."
        )


def report(detector: AutoencoderDetector, card: dict[str, Any], items: Items, part: str) -> dict[str, Any]:
    """Score `items` and say everything: areas with intervals, the default threshold, classes, records, parts.

    `part` names the records in the report. Rows of the training records are not checked for here.
    """
    parts = detector.score_parts(items)
    return _figures(detector, items, parts, part) | {"note": _note(card, items)}


def validation_report(detector: AutoencoderDetector, items: Items) -> dict[str, Any]:
    """The same for the training records, each scored by a network that has not seen its patient."""
    parts = detector.score_parts(items, detector.validation_error_)
    return _figures(detector, items, parts, "validation") | {
        "note": "Each record was scored by a network trained without its patient; the threshold's reference beats are "
        "among these."
    }


def _figures(
    detector: AutoencoderDetector, items: Items, parts: dict[str, npt.NDArray[np.float64]], part: str
) -> dict[str, Any]:
    score: npt.NDArray[np.float64] = np.sum(list(parts.values()), axis=0)
    detection = detection_of(items, score)
    reasons = items.table["excluded"]
    counted = detection.counted
    return {
        "split": part,
        "unit": detector.options.unit,
        "scored": int(counted.sum()),
        "abnormal": int(np.isin(detection.beat_class, ABNORMAL).sum()),
        "left_out": {"Q": int((detection.beat_class == "Q").sum())}
        | {str(reason): int(n) for reason, n in reasons[reasons != ""].value_counts().items()},
        "roc_auc": detection.roc_auc(),
        "average_precision": detection.average_precision(),
        "intervals": detection_intervals(detection),
        "threshold": detection.at(detector.threshold_).to_json(),
        "classes": _by_name(detection.by_class(detector.threshold_), "class"),
        "records": _by_name(detection.by_record(detector.threshold_), "record"),
        "parts": {
            name: {"roc_auc": alone.roc_auc(), "average_precision": alone.average_precision()}
            for name, alone in ((name, detection_of(items, values)) for name, values in parts.items())
        },
        "without": {
            name: {"roc_auc": rest.roc_auc(), "average_precision": rest.average_precision()}
            for name, rest in ((name, detection.without(name)) for name in _left_out_one_by_one(items))
        },
        "simulated": items.simulated,
    }


def _left_out_one_by_one(items: Items) -> list[str]:
    return [name for name in ("202", *DOMINANT) if name in items.durations_s and len(items.durations_s) > 1]


def _note(card: dict[str, Any], items: Items) -> str:
    shared = shared_patients(card["split"]["train"], list(items.durations_s))
    if not shared:
        return "No patient of these records was seen in training."
    return (
        f"Records 201 (training) and 202 (here) are one patient, as DS1/DS2 of the literature has it; the figures "
        f"without 202 are given too. Shared: {', '.join(shared)}."
    )


def _by_name(frame: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """Rows of a table by the value of one column, with None where the table has no number."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows: list[dict[str, Any]] = [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
    return {str(row.pop(key)): row for row in rows}
