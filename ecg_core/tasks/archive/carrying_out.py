"""An archive scored by a run's worker process, and its children."""

from dataclasses import replace
from pathlib import Path

from joblib import cpu_count

from ecg_core import workspace
from ecg_core.errors import RunError
from ecg_core.parallel.workers import Workers, chosen_workers, were_chosen
from ecg_core.tasks.archive.archive import Order, score_archive
from ecg_core.tasks.archive.folder import ArchiveFolder
from ecg_core.tasks.archive.items import items_in
from ecg_core.tasks.archive.manifest import Manifest
from ecg_core.tasks.archive.models import models_named
from ecg_core.tasks.archive.options import ArchiveOptions
from ecg_core.tasks.archive.report import ArchiveReport
from ecg_core.tasks.material import Archive
from ecg_core.tasks.task import Job

PHASE = "Recordings"


def archives_folder() -> Path:
    """Where the archives are that were scored from the page (not created here)."""
    return workspace.home() / "archives"


def check(material: Archive, options: ArchiveOptions) -> ArchiveOptions:
    """Raise RunError or ModelError for paths that lead to nothing, models that score no beats, and a folder that
    cannot be used, or is in use."""
    if not options.out.strip():
        raise RunError("Name the folder of the archive.")
    out = Path(options.out).expanduser().resolve()
    folder, models = ArchiveFolder(out), models_named(options.names)
    used, choice = tuple(one.used for one in models), options.choice
    folder.check(Manifest(used, options.any_leads, choice.rate, choice.unit))
    if folder.in_use:
        raise RunError(f"{folder.path} is in use by another scoring: wait for it, or name another folder.")
    items_in(material.paths)
    return replace(options, out=str(out))


def carry_out(job: Job[ArchiveOptions]) -> ArchiveReport:
    """Score what is not scored yet. One core stays for the pages, unless somebody has said by how many."""
    from ecg_core.learning.loop import Stopped

    options = job.options
    workers = chosen_workers() if were_chosen() else Workers(max(1, int(cpu_count()) - 1))
    order = Order(
        job.archive.paths,
        models_named(options.names),
        Path(options.out),
        workers,
        options.any_leads,
        options.choice,
        options.limit,
    )
    report = score_archive(order, lambda done, of, _failed: job.monitor.phase(PHASE, done, of), job.monitor.should_stop)
    if not report.complete:
        raise Stopped
    return report
