"""The table of all runs: each with the one figure it is known by, on whom, in words."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from ecg_core.evaluation.figure import Figure
from ecg_core.files import FileState
from ecg_core.runs.folder import Run, RunSummary, State, list_runs, summary_of
from ecg_core.text import seconds
from ecg_core.ui import jobs
from ecg_core.ui.rows import key_of_rows

NONE = "–"
NOT_JUDGED = "not judged yet"
TOLD_APART = "Two-sample AUC"
FILES = ("config.json", "result.json", "progress.jsonl", "error.json", "fidelity.json")


def summaries() -> dict[str, RunSummary]:
    """Every run by id, newest first; read again only if its files or its state have changed."""
    return {run.id: _summary(run) for run in list_runs()}


def _summary(run: Run) -> RunSummary:
    summary = _read(run, run.state, tuple(FileState.of(run.folder / name) for name in FILES))
    return summary if summary.state == "damaged" else replace(summary, state=run.state)


@lru_cache(maxsize=1024)
def _read(run: Run, _state: State, _files: tuple[FileState, ...]) -> RunSummary:
    return summary_of(run)


def leading(summary: RunSummary) -> Figure | None:
    """The figure a run's model is known by; None where nothing was judged. Of a GAN how well its beats can be told from
    recorded ones: a distance alone favours one that was hardly trained."""
    if summary.result is None or not summary.run.has_model():
        return None
    figures = summary.result.report.figures()
    told = next((figure for figure in figures if figure.name == TOLD_APART), None)
    if summary.class_label:
        return told if told and told.value is not None else None
    return told or next(iter(figures), None)


def result_text(summary: RunSummary) -> str:
    """Such as `ROC AUC 0.993, validation`, `Two-sample AUC 0.69`, or that nobody has judged it yet."""
    if summary.result is None:
        return NONE
    figure = leading(summary)
    if figure is None:
        return NOT_JUDGED if summary.class_label else summary.result.report.headline()
    return f"{figure.name} {figure.text}" + (", validation" if _of_validation(summary) else "")


def said_of(summary: RunSummary) -> str:
    """What a run came to, in one line that says of whom; that nobody has judged it, where nobody has."""
    if summary.result is None:
        return ""
    said = summary.result.report.headline()
    if result_text(summary) == NOT_JUDGED and NOT_JUDGED not in said.lower():
        return f"{said}, {NOT_JUDGED}"
    return said if "alidation" in said or not _of_validation(summary) else f"Validation: {said}"


def _of_validation(summary: RunSummary) -> bool:
    """Whether its result is of training patients left out in turn."""
    task = summary.run.task
    return task is not None and task.model is not None and task.model.report is not None


def runs_table(every: Sequence[RunSummary]) -> pd.DataFrame:
    """One row a run, newest first."""
    rows = [
        {
            "Started": pd.Timestamp(summary.config.started).tz_convert(None) if summary.config else pd.NaT,
            "What": summary.run.task.title if summary.run.task else summary.run.kind,
            "Unit": summary.unit or NONE,
            "Result": result_text(summary),
            "State": summary.state,
            "Now": jobs.status_text(summary.run) if summary.state == "running" else summary.problem,
            "Duration": seconds(summary.result.seconds) if summary.result else NONE,
            "Data": summary.config.source.label if summary.config else NONE,
            "Run": summary.run.id,
        }
        for summary in every
    ]
    table = pd.DataFrame(rows)
    return table.drop(columns="Now") if rows and not table["Now"].any() else table


def table_key(run_ids: Sequence[str]) -> str:
    """Key of the table that shows these runs. A tick is kept by row: another table has other ticks, so that a run which
    comes or goes never takes over somebody's tick."""
    return key_of_rows("runs.table", run_ids)
