"""The trainings of a study: each way with each seed, some at a time, kept as they end, so that it can be resumed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ecg_core.beats.splits import DOMINANT_RECORDS
from ecg_core.errors import RunError
from ecg_core.evaluation.class_report import scored
from ecg_core.evaluation.classification import Classified
from ecg_core.evaluation.study import study_table
from ecg_core.files import replaced
from ecg_core.parallel.spread import in_order
from ecg_core.parallel.workers import Workers, chosen_workers
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.options import PLAIN
from ecg_core.tasks.study.result import StudyReport, Support
from ecg_core.tasks.task import Job

NOTE = (
    "Every network was trained on the training records and judged on the test records; nothing was chosen by these "
    "figures."
)
TRAININGS = "trainings"
T = TypeVar("T")
Counts = npt.NDArray[np.int64]
Work = Callable[[Path], None]
"""Writes one file, at once or not at all. It is carried out by another process: a function of a module with what it
works on, `functools.partial`."""


def check_test(material: Recordings) -> None:
    """Raise RunError if there is nobody to judge on."""
    if not material.split.test:
        raise RunError(f"The data in use ({material.label}) have no test records: there is nobody to judge on.")


def carry_out(job: Job[Any], phase: str, work: Mapping[Path, Work]) -> None:
    """Write every file of one folder that is not there yet, by as many workers as were chosen, one a core by default,
    each of one thread. Workers of a cluster must see the folder.

    Raises `Stopped` after the first that ends when somebody asked to stop.
    """
    from ecg_core.learning.loop import Stopped

    for folder in {path.parent for path in work}:
        tidy(folder)
    todo = [path for path in work if not path.exists()]
    done = len(work) - len(todo)
    job.monitor.phase(phase, done, len(work))
    workers = chosen_workers()
    if not workers.scheduler:
        workers = Workers(min(workers.processes, max(1, len(todo))))
    for _ in in_order(_of_one_thread, [(work[path], path) for path in todo], workers):
        done += 1
        job.monitor.phase(phase, done, len(work))
        if job.monitor.should_stop():
            raise Stopped


def tidy(folder: Path) -> None:
    """Make the folder if there is none, and remove what a process that was killed had half written."""
    folder.mkdir(exist_ok=True)
    for half_written in folder.glob(".*"):
        half_written.unlink()


def trained(job: Job[Any], groups: Sequence[T], seeds: int, train: Callable[[T, int], Work]) -> dict[T, Counts]:
    """Carry out `train(group, k)` of every group, such as a way of training, with every seed.

    Each writes the confusion matrices of the test records, (n_records, n_classes, n_classes). Returns group -> those
    of all seeds, (n_seeds, ...).
    """
    place = job.folder / TRAININGS
    files = {group: [place / f"{group}-{k}.npy" for k in range(seeds)] for group in groups}
    carry_out(job, "Trainings", {path: train(group, k) for group in groups for k, path in enumerate(files[group])})
    return {group: np.stack([np.load(path) for path in paths]) for group, paths in files.items()}


def write_counts(target: Path, result: Classified, records: Sequence[str]) -> None:
    """Keep the confusion matrices of `records`, in order; of one without a beat to judge there are zeros."""
    counts = np.zeros((len(records), *result.counts.shape[1:]), np.int64)
    counts[np.searchsorted(sorted(records), result.records)] = result.counts
    write_array(target, counts)


def write_array(target: Path, array: npt.NDArray[np.generic]) -> None:
    """Keep an array, at once or not at all."""
    with replaced(target, make_folder=False) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def study_report(
    job: Job[Any],
    matrices: Mapping[str, Counts],
    classes: Sequence[str],
    records: Sequence[str],
    steps: int,
    gans: tuple[str, ...],
    left_out: Mapping[str, str],
) -> StudyReport:
    """What the trainings of a study come to; `records` are the test records in order."""
    without = [name for name in DOMINANT_RECORDS if name in records]
    return StudyReport(
        study=study_table(matrices, PLAIN, classes, scored(classes), records, without),
        plain=PLAIN,
        seeds=len(matrices[PLAIN]),
        steps=steps,
        records=tuple(records),
        support=support_of(matrices[PLAIN][0], classes),
        note=f"{NOTE} {job.split.note}",
        gans=gans,
        data=job.recordings.label,
        unreadable=dict(left_out) or None,
    )


def support_of(counts: Counts, classes: Sequence[str]) -> dict[str, Support]:
    """Class -> how much of it the test records hold; `counts` are one training's."""
    by_class = counts.sum(axis=2)  # (n_records, n_classes)
    return {name: Support(int(by_class[:, k].sum()), int((by_class[:, k] > 0).sum())) for k, name in enumerate(classes)}


def _of_one_thread(work: Work, target: Path) -> None:
    import torch

    torch.set_num_threads(1)
    work(target)
