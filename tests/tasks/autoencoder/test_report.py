"""Figures of a detector are those of its scores, say what was left out, and come back from a saved model."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.usual_beat import usual_beat_caution
from ecg_core.data.patients import UNKNOWN_NOTE
from ecg_core.data.sources import open_folder
from ecg_core.errors import RunError
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.learning.card import Card, DataUsed, Preparation, SplitUsed
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector
from ecg_core.tasks.autoencoder.model import save_detector
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.report import score_items, score_validation
from ecg_core.tasks.autoencoder.training import evaluate
from ecg_core.tasks.judged_beats import JudgedOn

OPTIONS = AutoencoderOptions(epochs=1, folds=2, batch_size=512)
TRAIN, TEST = ("sim01", "sim03"), ("sim04", "sim08", "sim12")


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TRAIN)


@pytest.fixture(scope="module")
def test(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(TEST)


@pytest.fixture(scope="module")
def detector(train: BeatSet) -> AutoencoderDetector:
    return AutoencoderDetector(OPTIONS).fit(train)


@pytest.fixture(scope="module")
def card(train: BeatSet) -> Card:
    return Card(
        "autoencoder", "", SplitUsed("chosen records", TRAIN, ()), OPTIONS.to_json(), 0,
        DataUsed("Simulated", train.data_hash, True), {}, "",
        preparation=Preparation(train.config, train.config.hash, train.leads), patients=train.patients,
    )  # fmt: skip


def test_scores_are_the_detectors_of_the_rows_that_can_be_judged(detector: AutoencoderDetector, test: BeatSet) -> None:
    table = test.table.copy()
    table.loc[::10, "excluded"] = "clipped"
    some = dataclasses.replace(test, table=table)
    found = score_items(detector, some, "test")
    assert np.array_equal(found.rows, np.flatnonzero(some.used))
    assert np.array_equal(found.detection.score, detector.score_samples(some)[found.rows])
    assert np.array_equal(found.detection.record, table["record"].to_numpy(dtype=str)[found.rows])
    assert tuple(found.parts) == detector.parts
    assert found.left_out == {"clipped": int((~some.used).sum())}


def test_every_beat_is_scored_or_left_out_once_and_the_report_survives_json(
    detector: AutoencoderDetector, test: BeatSet
) -> None:
    other = dataclasses.replace(test, layer="second reader", left_out={"sim99": "no annotations"})
    found = score_items(detector, other, "test", "What to know.").report()
    assert found.scored + sum(found.left_out.values()) == len(test)
    assert found.left_out == {"Q": int((test.table["beat_class"] == "Q").sum())}
    assert (found.split, found.unit, found.simulated, found.note) == ("test", "beats", True, "What to know.")
    assert (found.layer, found.unreadable) == ("second reader", {"sim99": "no annotations"})
    assert set(found.records) == set(TEST)
    assert set(found.parts) == set(detector.parts)
    assert found.threshold.threshold == detector.threshold_
    assert (found.intervals.roc_auc, found.intervals.average_precision) == (None, None), "of three records"
    assert DetectionReport.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)), "figures") == found


def test_validation_is_of_the_errors_of_networks_that_had_not_seen_the_patient(
    detector: AutoencoderDetector, train: BeatSet, card: Card, test: BeatSet
) -> None:
    found = score_validation(detector, card, train, train)
    own = score_items(detector, train, "validation", error=detector.validation_error_)
    assert np.array_equal(found.detection.score, own.detection.score)
    assert not np.array_equal(found.detection.score, score_items(detector, train, "x").detection.score)
    with pytest.raises(RunError, match="belong to the data the model was trained on, which are not in use now"):
        score_validation(detector, card, test, test)
    other = dataclasses.replace(train, digests=dict.fromkeys(TRAIN, "0"))
    with pytest.raises(RunError, match="belong to the data the model was trained on"):
        score_validation(detector, card, other, other)


def test_a_saved_detector_is_judged_as_in_memory(
    detector: AutoencoderDetector, train: BeatSet, test: BeatSet, card: Card, tmp_path: Path, simulated: Path
) -> None:
    save_detector(tmp_path, detector, card)
    source = open_folder(simulated)
    unknown = f"No record of that name was seen in training. {UNKNOWN_NOTE}"
    scores = score_items(detector, test, "test", unknown)
    expected = dataclasses.replace(scores, usual_beat=usual_beat_caution(test)).report()
    assert evaluate(tmp_path, JudgedOn(source, TEST, "test")) == expected
    validation = score_validation(detector, card, train, train).report()
    assert evaluate(tmp_path, JudgedOn(source, TRAIN, "validation")) == validation
