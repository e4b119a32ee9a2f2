"""Comparisons: ways of balancing on unseen patients, and a split by beats against one by patients."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.errors import RunError
from ecg_core.evaluation.class_report import class_report
from ecg_core.files import read_json, write_json
from ecg_core.learning.monitor import Monitor
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import classified
from ecg_core.tasks.classifier.training import check_gans, gan_places, synthetic_beats
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.cells import Work, check_test, study_report, trained, write_counts
from ecg_core.tasks.study.options import PLAIN, StudyOptions
from ecg_core.tasks.study.result import SplitComparison, StudyReport
from ecg_core.tasks.task import Job, R, Task


def check_study(material: Recordings, options: StudyOptions) -> StudyOptions:
    """Raise RunError or ModelError for options that cannot be used with these recordings."""
    check_test(material)
    if any("gan" in way.split("+") for way in options.ways):
        check_gans(gan_places(options.of_way("gan", 0)), material.split.train)
    return options


def check_random_split(material: Recordings, options: ClassifierOptions) -> ClassifierOptions:
    """Raise RunError if there is nobody to judge on."""
    check_test(material)
    return options


def run_study(job: Job[StudyOptions]) -> StudyReport:
    """Train every way with every seed, two at a time; each is kept as it ends, so that a study can be resumed."""
    recordings, options, split = job.recordings, job.options, job.split
    beats = recordings.beats([*split.train, *split.test], job.phase("Preparing beats"))  # once, for all processes
    train, test = (tuple(name for name in names if name in beats.leads) for names in (split.train, split.test))

    def work(way: str, k: int) -> Work:
        return partial(_train_one, recordings.folder, train, test, options.of_way(way, k))

    return study_report(
        job,
        trained(job, options.ways, options.seeds, work),
        ClassifierOptions().names,
        sorted(test),
        options.epochs * options.steps_per_epoch,
        gan_places(options.of_way(PLAIN, 0)),
        beats.left_out,
    )


def compare_splits(job: Job[ClassifierOptions]) -> SplitComparison:
    """Train one network on a random half of all beats and judge it on the other half; then by patients, as it ought
    to be."""
    options, split = replace(job.options, added="none"), job.split
    both = job.recordings.beats([*split.train, *split.test], job.phase("Preparing beats"))
    half = np.random.default_rng(options.seed).permutation(len(both)) % 2 == 0
    parts = {
        "random": (_leaving_out(both, ~half), _leaving_out(both, half)),
        "patients": (both.only(split.train), both.only(split.test)),
    }
    reports = {}
    for number, (name, (train, test)) in enumerate(parts.items()):
        job.monitor.phase("Networks", number, len(parts))
        classifier = BeatClassifier(options).fit(train, validate=False, monitor=Unsaved(job.monitor))
        reports[name] = class_report(classified(classifier, test)[0], name)
    return SplitComparison(reports, job.recordings.label, len(both))


class Unsaved(Monitor):
    """Passes on whether to stop, keeps nothing: each network takes less than a minute."""

    def __init__(self, other: Monitor) -> None:
        self.other = other

    def should_stop(self) -> bool:
        return self.other.should_stop()


def _train_one(
    folder: Path, train: Sequence[str], test: Sequence[str], options: ClassifierOptions, target: Path
) -> None:
    synthetic = synthetic_beats(options) if options.added == "gan" else None
    classifier = BeatClassifier(options).fit(load_beats(folder, train), synthetic, validate=False)
    write_counts(target, classified(classifier, load_beats(folder, test))[0], test)


def _leaving_out(beats: BeatSet, rows: npt.NDArray[np.bool_]) -> BeatSet:
    reasons = beats.table["excluded"].where(~rows, "other half")
    return replace(beats, table=beats.table.assign(excluded=reasons))


def keep_result(task: Task[Any, R], result: R, folder: Path) -> Path:
    """Write a result beside a model's card, where the page shows it to everybody. Raises RunError for a task whose
    results are not kept so."""
    if not task.keep:
        raise RunError(f"{task.title}: its result cannot be kept beside a model.")
    path = folder / f"{task.keep}.json"
    write_json(path, result.to_json())
    return path


def kept_result(task: Task[Any, R], folder: Path) -> R | None:
    """What `keep_result` wrote, or None. Raises RunError if it is damaged."""
    path = folder / f"{task.keep}.json"
    try:
        value = read_json(path)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RunError(f"{path.name} in {folder.name} is damaged ({error}).") from None
    return task.result.from_json(value, f"{path.name} in {folder.name}", RunError)
