"""Target: what is no file where one is expected: pipes, devices, links that lead nowhere or elsewhere, folders, files
of twenty gigabytes."""

import itertools
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.fuzz.imports import inspect_and_load
from benchmarks.fuzz.judging import Case, Ready
from benchmarks.fuzz.models import use_model
from benchmarks.fuzz.words import small_recording
from ecg_core import workspace
from ecg_core.cli.run_verbs import summary_row
from ecg_core.data import image_folder, sources
from ecg_core.data.corrections import log
from ecg_core.data.image_patients import image_patients
from ecg_core.data.importing.collection import collections
from ecg_core.data.reader import read_record
from ecg_core.errors import RunError
from ecg_core.runs.folder import open_run, summary_of
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.study.training import kept_result
from ecg_core.ui.models import of_kind

RUN = "20260101-000000000-autoencoder-0000"
BIG_BYTES = 20 << 30


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _elsewhere(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _nowhere(path: Path) -> None:
    path.symlink_to("no-such-file")


def _folder(path: Path) -> None:
    path.mkdir()


def _big(path: Path) -> None:
    path.touch()
    os.truncate(path, BIG_BYTES)


KINDS: dict[str, Callable[[Path], None]] = {
    "pipe": _pipe, "device": _device, "loop": _loop, "elsewhere": _elsewhere, "nowhere": _nowhere, "folder": _folder, "big": _big,
}  # fmt: skip


def places(folder: Path) -> Ready:
    """Every place where a file is expected, with everything that is none."""
    home, data, images = folder / "home", folder / "data", folder / "images"
    os.environ |= {"ECG_HOME": str(home), "ECG_DATA_DIR": str(data)}
    small_recording(data, "sim01")
    collection = home / "collections" / "mine"
    small_recording(collection, "sim01")
    (images / "N").mkdir(parents=True)
    run = home / "runs" / RUN
    run.mkdir(parents=True)
    model = folder / "models" / "autoencoder"
    shutil.copytree(workspace.MODELS / "autoencoder", model)
    workspace.MODELS = folder / "models"
    (folder / "given").mkdir()
    log_path = log.log_file(data, "sim01")
    log_path.parent.mkdir(parents=True)

    def record() -> None:
        sources.current_source()
        read_record(data, "sim01")

    def of_run() -> None:
        summary = summary_of(open_run(RUN))
        summary_row(summary)
        opened = open_run(RUN)
        _ = opened.error, opened.progress(), opened.files(), opened.evaluations(), opened.frames()
        if summary.problem:
            raise RunError(summary.problem)

    def of_model() -> None:
        of_kind("autoencoder")
        use_model(model)

    def of_images() -> None:
        image_patients(image_folder.scan(images))

    doors: dict[str, tuple[Path, Callable[[], object]]] = {
        "header": (data / "sim01.hea", record), "other header": (data / "x.hea", record), "signals": (data / "sim01.dat", record),
        "annotations": (data / "sim01.atr", record), "patients": (data / "patients.csv", record), "annotators": (data / "annotators.csv", record),
        "other annotations": (data / "sim01.qrs", record), "data folder": (data, record),
        "settings": (home / "settings.json", lambda: (workspace.settings(), sources.current_source())),
        "collection": (collection / "collection.json", collections),
        "card": (model / "card.json", of_model), "weights": (model / "model.safetensors", of_model),
        "study": (model / "study.json", lambda: kept_result(REGISTRY["study"], model)),
        "other model": (folder / "models" / "bad", lambda: of_kind("autoencoder")),
        "image": (images / "N" / "a.png", of_images), "class": (images / "V", of_images), "image patients": (images / "patients.csv", of_images),
        "corrections": (log_path, lambda: log.read(log_path)),
        **{f"run {name}": (run / name, of_run) for name in ("config.json", "progress.jsonl", "result.json", "error.json", "worker.json", "started", "stop", "run.lock", "evaluations", "frames", "card.json", "log.txt")},
        **{f"import {end}": (folder / "given" / f"a.{end}", _import(folder / "given" / f"a.{end}")) for end in ("edf", "bdf", "csv", "tsv", "txt", "parquet", "zip", "hea", "dat", "atr", "rec")},
        **{f"import a folder with {end}": (folder / "given" / f"a.{end}", _import(folder / "given")) for end in ("edf", "csv", "parquet", "zip", "hea", "txt")},
    }  # fmt: skip
    cases = list(itertools.product(doors, KINDS))

    def make(rng: random.Random) -> Case:
        door, kind = rng.choice(cases)
        return Case(f"{door}/{kind}", b"")

    def use(case: Case) -> None:
        door, _, kind = case.variant.rpartition("/")
        path, act = doors[door]
        aside = path.with_name(path.name + ".aside")
        there = os.path.lexists(path)
        if there:
            path.rename(aside)
        try:
            KINDS[kind](path)
            act()
        finally:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            if there:
                aside.rename(path)

    return Ready(make, use)


def _import(path: Path) -> Callable[[], object]:
    return lambda: inspect_and_load(path)
