"""Scoring an archive as a task: started, watched, stopped and resumed as a training is."""

from ecg_core.tasks.archive.options import ArchiveOptions
from ecg_core.tasks.archive.report import ArchiveReport
from ecg_core.tasks.material import Archive
from ecg_core.tasks.task import Task

ARCHIVE_SCORING = Task(
    kind="archive-scoring",
    title="Archive",
    command=("score",),
    help="of recordings: one row a beat and one a recording",
    options=ArchiveOptions,
    material=(Archive,),
    check="ecg_core.tasks.archive.carrying_out:check",
    carry_out="ecg_core.tasks.archive.carrying_out:carry_out",
    result=ArchiveReport,
    page="pages/9_Archive.py",
    under_way="An archive is being scored",
    icon="inventory_2",
    unit=lambda _: "recordings",
    by_phase=True,
    goes_on=True,
    place_option="out",
)
