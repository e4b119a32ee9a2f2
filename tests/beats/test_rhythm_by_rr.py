"""Fibrillation of a recording: ectopic beats are left out by class or by shape, and the result is a layer of labels."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.detection import detected_layer
from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.beats.rhythm_by_rr import BY_RR, fibrillation_of, rhythm_layer, unlike_usual
from ecg_core.data.reader import read_record
from ecg_core.data.rhythm import Rhythm, rhythms
from ecg_core.evaluation.rhythm_report import judge_fibrillation


def by_reference(folder: Path, name: str) -> LabelledRecord:
    record = read_record(folder, name)
    return labelled(record, reference_layer(record))


def by_detection(folder: Path, name: str) -> LabelledRecord:
    record = read_record(folder, name)
    return labelled(record, detected_layer(record))


@pytest.mark.parametrize("look", [by_reference, by_detection])
def test_simulated_episodes_are_found_and_bigeminy_is_not(simulated: Path, look: object) -> None:
    fibrillating = look(simulated, "sim05")  # type: ignore[operator]
    reference = by_reference(simulated, "sim05").rhythms
    figures = judge_fibrillation(reference, fibrillation_of(fibrillating), fibrillating.record.fs)
    assert figures.sensitivity is not None and figures.sensitivity > 90
    assert figures.positive_predictivity is not None and figures.positive_predictivity > 85
    assert fibrillation_of(look(simulated, "sim03")) == ()  # type: ignore[operator]


def test_beats_of_another_shape_are_told_without_classes(simulated: Path) -> None:
    reference = by_reference(simulated, "sim03")
    unlike = unlike_usual(reference.record, reference.beats.r_sample)
    ventricular = reference.beats.beat_class == "V"
    assert unlike[ventricular].mean() > 0.95
    assert unlike[reference.beats.beat_class == "N"].mean() < 0.02


def test_a_recording_of_one_lead_and_one_without_beats_are_no_errors(simulated: Path) -> None:
    record = read_record(simulated, "sim03")
    assert unlike_usual(record, np.zeros(0, np.int64)).shape == (0,)
    from dataclasses import replace

    one = replace(
        record, leads=record.leads[:1], signals=record.signals[:, :1], gain=record.gain[:1],
        baseline=record.baseline[:1], invalid=record.invalid[:1],
    )  # fmt: skip
    assert len(unlike_usual(one, np.array([400, 800, 1200]))) == 3


def test_the_layer_gives_its_stretches_back_and_claims_nothing_of_the_rest() -> None:
    stretches = (Rhythm("AFIB", 100, 200), Rhythm("AFIB", 200, 300), Rhythm("AFIB", 500, 600))
    layer = rhythm_layer(stretches)
    assert (layer.name, layer.kind) == (BY_RR, "detected")
    assert "10.1016/j.compbiomed.2015.01.019" in layer.made_by
    assert [(one.name, one.start_sample, one.stop_sample) for one in rhythms(layer.annotations, 1000)] == [
        ("AFIB", 100, 300), ("other", 300, 500), ("AFIB", 500, 600), ("other", 600, 1000),
    ]  # fmt: skip


@pytest.mark.parametrize("look", [by_reference, by_detection])
def test_real_records_reach_a_floor(mitdb: Path, look: object) -> None:
    for name, sensitivity, predictivity in (("201", 90, 80), ("203", 99, 95), ("210", 99, 95), ("219", 92, 90)):
        seen = look(mitdb, name)  # type: ignore[operator]
        figures = judge_fibrillation(by_reference(mitdb, name).rhythms, fibrillation_of(seen), seen.record.fs)
        assert figures.sensitivity is not None and figures.sensitivity > sensitivity, name
        assert figures.positive_predictivity is not None and figures.positive_predictivity > predictivity, name
    for name in ("106", "119", "208", "228", "231", "233"):
        assert fibrillation_of(look(mitdb, name)) == (), name  # type: ignore[operator]
