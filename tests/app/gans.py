"""A small GAN trained once on simulated recordings, for tests of pages that show one."""

import shutil
from pathlib import Path

import pytest

from ecg_core import workspace
from ecg_core.data.sources import open_folder
from ecg_core.evaluation import fidelity, tstr
from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.runs.folder import Run
from ecg_core.tasks.fidelity import judging
from ecg_core.tasks.gan.options import GanOptions
from ecg_core.tasks.gan.task import GAN
from ecg_core.tasks.material import Recordings
from ecg_core.workspace import runs_folder
from tests.runs.in_this_process import finished


def trained_gan(simulated: Path, home: Path) -> Path:
    """Train one for an epoch in a workspace of its own; gives the run's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(home))
        options = GanOptions(beat_class="V", epochs=1, batch_size=16, accepted=1.0)
        run = finished(GAN, Recordings.of(open_folder(simulated)), options)
    return run.folder


def judge_roughly(run: Run, unseen: bool = False) -> ClassFidelity:
    """Judge a finished beat GAN in this process, with few draws, and keep the figures beside it."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            (judging, "JUDGED", 100), (fidelity, "DRAWS", 2), (fidelity, "AUC_DRAWS", 1),
            (tstr, "REPEATS", 1), (tstr, "MOST_OF_A_CLASS", 200), (tstr, "TREES", 8),
        ):  # fmt: skip
            patch.setattr(module, name, value)
        source = run.config().source
        report = judging.judge(Path(source.folder), tuple(source.records), {run.id: run.folder}, look_at_unseen=unseen)
    return next(iter(report.classes.values()))


def adopted(folder: Path) -> Run:
    """A copy of a finished run in the workspace of this test."""
    target = runs_folder() / folder.name
    shutil.copytree(folder, target)
    return Run(target)


def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an empty folder in the place of the shipped models."""
    empty = tmp_path / "models"
    empty.mkdir()
    monkeypatch.setattr(workspace, "MODELS", empty)
    return empty
