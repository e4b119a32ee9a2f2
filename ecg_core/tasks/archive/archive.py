"""Scoring an archive: every item once, by as many workers as there are, into one folder that only this process writes.

What was scored before, from files that have not changed since, is passed over; what failed is tried again. So an
archive that was stopped or killed goes on where it was, and new recordings are added by the same command.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ecg_core.access import check_may_change
from ecg_core.data.importing.inspected import Choice
from ecg_core.parallel.code import code_version
from ecg_core.parallel.spread import outcomes
from ecg_core.parallel.workers import Lost, Workers
from ecg_core.tasks.archive.folder import ArchiveFolder
from ecg_core.tasks.archive.items import items_in
from ecg_core.tasks.archive.manifest import Manifest
from ecg_core.tasks.archive.models import SentModel, files_of, place_all
from ecg_core.tasks.archive.options import LIMIT_S
from ecg_core.tasks.archive.report import ArchiveReport
from ecg_core.tasks.archive.rows import FAILED, RecordingRow
from ecg_core.tasks.archive.scoring import Work, failed, score_item

TABLE_EVERY_S = 5.0
"""Between two writings of `recordings.parquet`, for whoever watches."""
Tell = Callable[[int, int, int], None]
"""Told how many items are done, of how many, and how many recordings failed."""


@dataclass(frozen=True)
class Order:
    """What is to be scored, by what, where to."""

    paths: tuple[str, ...]
    models: tuple[SentModel, ...]
    out: Path
    workers: Workers = field(default_factory=Workers)
    any_leads: bool = False
    choice: Choice = field(default_factory=Choice)
    """Rate and unit of files that do not say them."""
    limit_s: float = LIMIT_S
    """For one item; 0: none."""


def score_archive(
    order: Order,
    tell: Tell = lambda _done, _of, _failed: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ArchiveReport:
    """Score everything the order leads to.

    Raises RunError for paths that lead to nothing, a folder that cannot be used and a full disk (what was scored stays,
    and is not scored again), ParallelError for a cluster that cannot be used.
    """
    check_may_change()
    started = time.monotonic()
    folder = ArchiveFolder(order.out.expanduser().resolve())
    items = items_in(order.paths)
    used = tuple(one.used for one in order.models)
    with folder.held(Manifest(used, order.any_leads, order.choice.rate, order.choice.unit)) as manifest:
        choice = Choice(manifest.rate, manifest.unit)
        rows: dict[str, tuple[RecordingRow, ...]] = {}
        todo: list[Work] = []
        for item in items:
            state, before = item.state(), folder.rows_of(item.key)
            if before and before[0] == state and not any(row.status == FAILED for row in before[1]):
                rows[item.key] = before[1]
            else:
                todo.append(Work(item, state, order.models, order.any_leads, choice, order.limit_s, code_version()))
        passed_over = len(rows)
        others = tuple(folder.others({item.key for item in items}))
        done, wrong, written = passed_over, 0, 0.0

        def write() -> None:
            folder.write_recordings([*others, *(row for own in rows.values() for row in own)], len(items) - done)

        tell(done, len(items), wrong)
        setup = partial(place_all, files_of(order.models)) if order.workers.scheduler else None
        try:
            for place, found in outcomes(score_item, todo, order.workers, should_stop, setup):
                work = todo[place]
                scored = failed(work, f"Not scored: {found.reason}.") if isinstance(found, Lost) else found
                folder.write(work.item.key, scored)
                rows[work.item.key] = scored.rows
                done += 1
                wrong += sum(row.status == FAILED for row in scored.rows)
                tell(done, len(items), wrong)
                if time.monotonic() - written > TABLE_EVERY_S:
                    write()
                    written = time.monotonic()
        except BaseException:  # what is done is listed, as far as there is room, and the reason goes on
            with suppress(OSError):
                write()
            raise
        write()
        every = [*others, *(row for own in rows.values() for row in own)]
    return ArchiveReport(
        out=str(folder.path),
        recordings=sum(row.status != FAILED for row in every),
        failed=sum(row.status == FAILED for row in every),
        passed_over=passed_over,
        beats=sum(row.beats or 0 for row in every),
        hours=sum(row.duration_s or 0 for row in every) / 3600,
        took_s=time.monotonic() - started,
        complete=done == len(items),
    )
