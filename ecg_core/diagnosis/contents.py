"""What is in the stores: recordings, models, runs."""

from collections import Counter
from collections.abc import Iterator

from ecg_core import workspace
from ecg_core.data.sources import current_source
from ecg_core.data.verify import unreadable, verify_records
from ecg_core.diagnosis.check import Check, Verdict
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.learning.model_folder import load_card
from ecg_core.runs.folder import list_runs, summary_of
from ecg_core.tasks.registry import task_of_model
from ecg_core.tasks.task import imported

MOST_NAMED = 5


def data(checksums: bool = False) -> Iterator[Check]:
    """Whether the recordings in use can be read; with `checksums` every sample is."""
    try:
        source = current_source()
    except DataError as error:
        yield Check("data", "problem", str(error))
        return
    if checksums:
        verified = verify_records(source.folder, source.records)
        problems = {one.name: one.problem for one in verified if one.state == "unreadable"}
    else:
        problems = unreadable(source.folder, source.records)
    read = "every sample compared with its checksum" if checksums else "headers and annotations can be read"
    if not problems:
        yield Check("data", "ok", f"{source.label}, in {source.folder}; {read}")
        return
    named = " ".join(list(problems.values())[:MOST_NAMED])
    more = "" if len(problems) <= MOST_NAMED else f" And {len(problems) - MOST_NAMED} more."
    verdict: Verdict = "problem" if len(problems) == len(source.records) else "warning"
    yield Check("data", verdict, f"{len(problems)} of {len(source.records)} records cannot be read. {named}{more}",
                "Copy them again, or remove them.")  # fmt: skip


def models() -> Iterator[Check]:
    """Whether every model loads: card, every array, every value a number."""
    whole = 0
    for folder in sorted(workspace.MODELS.glob("[!.]*")):
        try:
            task = task_of_model(load_card(folder).kind)
            assert task.model, "a task of a model"
            imported(task.model.load)(folder, f"models/{folder.name}")
            whole += 1
        except WorkbenchError as error:
            yield Check(f"model models/{folder.name}", "problem", str(error), "Restore the folder, or delete it.")
    if whole:
        yield Check("models", "ok", f"{whole} load")
    else:
        yield Check("models", "problem", f"none in {workspace.MODELS} loads.", "Restore the folder of shipped models.")


def runs() -> Iterator[Check]:
    """How runs stand; those that are damaged or were broken off."""
    states: Counter[str] = Counter()
    for run in list_runs():
        summary = summary_of(run)
        states[summary.state] += 1
        if summary.state == "damaged":
            delete = f"python -m ecg_core runs delete {run.id}"
            yield Check(f"run {run.id}", "warning", summary.problem, delete)
        elif summary.state == "interrupted":
            yield Check(f"run {run.id}", "warning", "interrupted.", f"python -m ecg_core runs resume {run.id}")
        elif summary.state == "failed":
            yield Check(f"run {run.id}", "warning", f"failed: {(run.error or '')[:300]}")
    counted = ", ".join(f"{count} {state}" for state, count in states.most_common())
    yield Check("runs", "ok", counted or "none")
