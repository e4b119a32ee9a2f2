"""Judging the model of a run; the report is kept in the run, with its time."""

from dataclasses import replace
from typing import Any

from ecg_core.access import refusal
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.evaluation.changed_recordings import AS_RECORDED, Changes
from ecg_core.files import write_json
from ecg_core.learning.unseen import VALIDATION
from ecg_core.runs.changing import changing
from ecg_core.runs.folder import Run
from ecg_core.tasks.evaluation import evaluate_model
from ecg_core.workspace import now


def evaluate_run(
    run: Run, source: DataSource, part: str, any_leads: bool = False, changes: Changes = AS_RECORDED
) -> Any:
    """`evaluate_model` for a finished run; a report on changed recordings, or for a guest, is not kept."""
    if run.state != "finished":
        raise RunError(f"Run {run.id} is {run.state}: only a finished run can be evaluated.")
    report: Any = replace(evaluate_model(run.folder, source, part, any_leads, changes), evaluated=now())  # type: ignore[type-var]
    if part != VALIDATION and changes == AS_RECORDED and not refusal():
        with changing(run.folder):  # it may have been deleted while it was judged
            write_json(
                run.folder / "evaluations" / f"{part.replace(',', '-').replace('/', '_')[:60]}.json", report.to_json()
            )
    return report
