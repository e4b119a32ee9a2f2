"""Runs that compare ways of training: killed, resumed, kept beside a model, refused where nobody is left to judge."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.sources import open_folder
from ecg_core.errors import RunError
from ecg_core.learning.monitor import Monitor
from ecg_core.runs.control import resume, start
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.options import StudyOptions
from ecg_core.tasks.study.result import SplitComparison, StudyReport
from ecg_core.tasks.study.task import AUGMENTATION_STUDY, RANDOM_SPLIT
from ecg_core.tasks.study.training import compare_splits, keep_result, kept_result
from ecg_core.tasks.task import Job
from tests.runs.test_worker import kill
from tests.runs.waiting import until, until_ended


def test_a_study_that_was_killed_goes_on_with_what_is_left(simulated: Path) -> None:
    options = StudyOptions(choices="none oversampling", seeds=2, epochs=1, steps_per_epoch=30)
    run = start(AUGMENTATION_STUDY, Recordings.of(open_folder(simulated)), options)
    place = run.folder / "trainings"
    until(lambda: len(list(place.glob("[!.]*.npy"))) >= 1, "the first training")
    kill(run)
    done = {path.name: path.stat().st_mtime_ns for path in place.glob("[!.]*.npy")}
    resume(run)
    until_ended(run)
    assert run.state == "finished", run.error
    assert len(list(place.iterdir())) == 4, "what a killed process had half written is gone"
    assert {name: (place / name).stat().st_mtime_ns for name in done} == done
    ended = run.result()
    assert ended is not None
    report = ended.report
    assert isinstance(report, StudyReport)
    assert list(report.study) == ["none", "oversampling"]
    assert (report.plain, report.seeds, report.steps) == ("none", 2, 30)
    assert report.study["none"].change == {}
    assert set(report.study["oversampling"].change) == {"N", "S", "V", "F", "all"}
    matrix = np.load(place / "none-0.npy")
    assert matrix.shape[0] == len(report.records)
    assert report.support["N"].beats == matrix[:, 0].sum()


def test_a_study_without_anybody_to_judge_on_is_refused(simulated: Path, tmp_path: Path) -> None:
    for path in simulated.glob("sim01.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(RunError, match="have no test records: there is nobody to judge on"):
        start(AUGMENTATION_STUDY, Recordings.of(open_folder(tmp_path)), StudyOptions())


def test_a_random_split_is_compared_with_one_by_patients_and_kept_beside_a_model(
    simulated: Path, tmp_path: Path
) -> None:
    options = ClassifierOptions(epochs=1, members=1, parts=False, most_normal=50, steps=False)
    recordings = Recordings.of(open_folder(simulated), ("sim01", "sim03", "sim04", "sim10"))
    recordings = replace(recordings, split=replace(recordings.split, test=("sim05", "sim12")))
    found = compare_splits(Job(RANDOM_SPLIT, "run", tmp_path, options, recordings, "", Monitor()))
    assert isinstance(found, SplitComparison)
    assert list(found.lesson) == ["random", "patients"]
    assert set(found.lesson["patients"].records) == {"sim05", "sim12"}
    assert set(found.lesson["random"].records) == {"sim01", "sim03", "sim04", "sim05", "sim10", "sim12"}
    assert found.data == recordings.label
    assert kept_result(RANDOM_SPLIT, tmp_path) is None
    path = keep_result(RANDOM_SPLIT, found, tmp_path)
    assert kept_result(RANDOM_SPLIT, tmp_path) == found
    path.write_text("{")
    with pytest.raises(RunError, match=r"^random-split.json in .* is damaged"):
        kept_result(RANDOM_SPLIT, tmp_path)
    path.write_text('{"lesson": 3}')
    with pytest.raises(RunError, match=r"^random-split.json in .* is damaged"):
        kept_result(RANDOM_SPLIT, tmp_path)


def test_only_a_study_and_a_lesson_are_kept_beside_a_model(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        keep_result(CLASSIFIER, None, tmp_path)  # type: ignore[type-var]
    assert str(caught.value) == "Classifier: its result cannot be kept beside a model."
