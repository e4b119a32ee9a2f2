"""Runs that compare: ways of balancing on unseen patients, and a split by beats against one by patients."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, cpu_count, delayed

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.evaluation.class_report import class_report, scored
from ecg_core.evaluation.study import study_table
from ecg_core.files import read_json, replaced, write_json
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.options import Options
from ecg_core.runs.control import start as start_run
from ecg_core.runs.control import study_command
from ecg_core.runs.folder import Run
from ecg_core.tasks.autoencoder.report import DOMINANT
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import classified
from ecg_core.tasks.classifier.training import check_gans, gan_places, made_beats
from ecg_core.tasks.material import described, training_part
from ecg_core.tasks.study.options import PLAIN, StudyOptions

STUDY, LESSON = "study", "random-split"
NOTE = (
    "Every network was trained on the training records and judged on the test records; nothing was chosen by these "
    "figures."
)


def start_study(source: DataSource, options: StudyOptions) -> Run:
    """Start an augmentation study. Raises RunError or ModelError for options that cannot be used with these data."""
    split = _split(source)
    if any("gan" in way.split("+") for way in options.ways):
        check_gans(gan_places(options.of_way("gan", 0)), split["train"])
    return _start(STUDY, "augmentation", source, split, options)


def start_lesson(source: DataSource, options: ClassifierOptions) -> Run:
    """Start training one network twice: on half of the beats at random, and on the training patients."""
    return _start(LESSON, "random-split", source, _split(source), options)


def _start(kind: str, what: str, source: DataSource, split: dict[str, Any], options: Options) -> Run:
    chosen = options.to_json()
    config = {
        "options": chosen,
        "source": described(source),
        "split": split,
        "command": study_command(what, chosen, type(options)().to_json()),
    }
    return start_run(kind, config)


def run_study(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Train every way with every seed, two at a time; each is kept as it ends, so that a study can be resumed."""
    from ecg_core.learning.loop import Stopped

    config = run.config
    options = StudyOptions.from_json(config["options"])
    split, source = config["split"], config["source"]
    _beats(config, monitor)  # prepares them once, for all processes
    place = run.folder / "trainings"
    place.mkdir(exist_ok=True)
    for half_written in place.glob(".*"):  # by a process that was killed
        half_written.unlink()
    cells = [(way, k) for way in options.ways for k in range(options.seeds)]
    todo = [cell for cell in cells if not _path(place, *cell).exists()]
    done = len(cells) - len(todo)
    monitor.phase("Trainings", done, len(cells))
    work = Parallel(n_jobs=min(cpu_count(), max(1, len(todo))), return_as="generator_unordered")
    folder, every = Path(source["folder"]), tuple(source["records"])
    jobs = (
        delayed(_train_one)(folder, every, split["train"], split["test"], options.of_way(way, k), _path(place, way, k))
        for way, k in todo
    )
    for _ in work(jobs):
        done += 1
        monitor.phase("Trainings", done, len(cells))
        if monitor.should_stop():
            raise Stopped
    records, classes = sorted(split["test"]), ClassifierOptions().names
    matrices = {way: np.stack([np.load(_path(place, way, k)) for k in range(options.seeds)]) for way in options.ways}
    without = [name for name in DOMINANT if name in records]
    return {
        "study": study_table(matrices, PLAIN, classes, scored(classes), records, without),
        "plain": PLAIN,
        "seeds": options.seeds,
        "steps": options.epochs * options.steps_per_epoch,
        "records": records,
        "support": _support(matrices[PLAIN][0], classes),
        "note": f"{NOTE} {split['note']}",
        "gans": list(gan_places(options.of_way(PLAIN, 0))),
        "data": source["label"],
    }


def teach_lesson(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Train one network on a random half of all beats and judge it on the other half; then by patients, as it ought
    to be."""
    config = run.config
    options = replace(ClassifierOptions.from_json(config["options"]), added="none")
    split = config["split"]
    beats = _beats(config, monitor)
    both = beats.only([*split["train"], *split["test"]])
    half = np.random.default_rng(options.seed).permutation(len(both)) % 2 == 0
    found = {}
    parts = {
        "random": (_leaving_out(both, ~half), _leaving_out(both, half)),
        "patients": (beats.only(split["train"]), beats.only(split["test"])),
    }
    for number, (name, (train, test)) in enumerate(parts.items()):
        monitor.phase("Networks", number, len(parts))
        classifier = BeatClassifier(options).fit(train, validate=False, monitor=Unsaved(monitor))
        found[name] = class_report(classified(classifier, test)[0], name)
    return {"lesson": found, "data": config["source"]["label"], "beats": len(both)}


class Unsaved(Monitor):
    """Passes on whether to stop, keeps nothing: each network takes less than a minute."""

    def __init__(self, other: Monitor) -> None:
        self.other = other

    def should_stop(self) -> bool:
        return self.other.should_stop()


def _train_one(
    folder: Path, every: Sequence[str], train: Sequence[str], test: Sequence[str], options: ClassifierOptions, to: Path
) -> None:
    import torch

    torch.set_num_threads(1)
    beats = load_beats(folder, every)
    synthetic = made_beats(options) if options.added == "gan" else None
    classifier = BeatClassifier(options).fit(beats.only(train), synthetic, validate=False)
    found, _ = classified(classifier, beats.only(test))
    counts = np.zeros((len(test), *found.counts.shape[1:]), np.int64)
    counts[np.searchsorted(sorted(test), found.records)] = found.counts
    with replaced(to) as temporary, temporary.open("wb") as file:
        np.save(file, counts, allow_pickle=False)


def _split(source: DataSource) -> dict[str, Any]:
    split = training_part(source, None)
    if not split["test"]:
        raise RunError(f"The data in use ({source.label}) have no test records: there is nobody to judge on.")
    return split


def _beats(config: dict[str, Any], monitor: Monitor) -> BeatSet:
    source = config["source"]
    return load_beats(
        Path(source["folder"]), source["records"], progress=lambda done, of: monitor.phase("Preparing beats", done, of)
    )


def _leaving_out(beats: BeatSet, rows: npt.NDArray[np.bool_]) -> BeatSet:
    reasons = beats.table["excluded"].where(~rows, "other half")
    return replace(beats, table=beats.table.assign(excluded=reasons))


def _path(place: Path, way: str, k: int) -> Path:
    return place / f"{way}-{k}.npy"


def _support(counts: npt.NDArray[np.int64], classes: Sequence[str]) -> dict[str, dict[str, int]]:
    own = counts.sum(axis=2)  # (n_records, n_classes)
    return {
        name: {"beats": int(own[:, k].sum()), "records": int((own[:, k] > 0).sum())} for k, name in enumerate(classes)
    }


def keep(result: dict[str, Any], folder: Path, name: str) -> Path:
    """Write a result beside a model's card, where the page shows it to everybody."""
    write_json(folder / f"{name}.json", result)
    return folder / f"{name}.json"


def kept(folder: Path, name: str) -> dict[str, Any] | None:
    """What `keep` wrote, or None."""
    path = folder / f"{name}.json"
    found: dict[str, Any] | None = read_json(path) if path.is_file() else None
    return found
