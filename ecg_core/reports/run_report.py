"""A run as one file of HTML: what it is, its options in words, its curves, every table of its result with supports and
intervals, and how to make it again. It opens anywhere, fetches and runs nothing, names no place on this computer."""

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from ecg_core.data.catalogue import ATTRIBUTION
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.figure import Figure
from ecg_core.learning.card import Card
from ecg_core.learning.model_folder import load_card
from ecg_core.learning.option_words import options_in_words
from ecg_core.learning.unseen import VALIDATION
from ecg_core.plots.curves import MACRO_F1
from ecg_core.plots.curves_svg import loss_svg, macro_f1_svg
from ecg_core.reports.html_page import Table, code, drawing, heading, page, paragraph
from ecg_core.reports.tables import figures_table, tables_of
from ecg_core.runs.config import RunConfig
from ecg_core.runs.folder import RunSummary
from ecg_core.text import RESEARCH_USE, seconds

FOLDER = "FOLDER"
_BEGINS = re.compile(r"[~/]|[A-Za-z]:\\")
_PLACE = re.compile(r"(?<![\w.:/])(?:~|/|[A-Za-z]:\\)(?:[^\s'\"<>|:;,]+[/\\])+([^\s'\"<>|:;,/\\]*)")


def run_report(summary: RunSummary) -> str:
    """The report of a run in any state as a page of HTML.

    Raises RunError if the run is damaged: there is nothing to report then.
    """
    run, config, result = summary.run, summary.config, summary.result
    if config is None or summary.problem:
        raise RunError(summary.problem or f"Run {run.id} cannot be read.")
    card, problems = _card(summary)
    evaluations: Mapping[str, Any] = {}
    try:
        evaluations = run.evaluations()
    except RunError as error:
        problems.append(str(error))
    simulated = config.source.label.startswith("SIMULATED") or bool(card and card.data.simulated)
    parts = [heading(summary.title, 1), paragraph(f"Run {run.id} · {summary.state} · {RESEARCH_USE}", "quiet")]
    if simulated:
        parts.append(paragraph("SIMULATED records: made by a beat model, no patient behind them.", "mark"))
    if result:
        parts.append(paragraph(result.report.headline(), "headline"))
    if run.error:
        parts.append(paragraph(f"It failed: {_placeless(run.error, config.source.folder)}"))
    parts += [paragraph(_placeless(problem, config.source.folder)) for problem in problems]
    parts += [heading("What it is"), Table.of(_about(summary, config, card)).html()]
    task = run.task
    if task and config.options:
        words = {name: _placeless(text) for name, text in options_in_words(task.options, config.options).items()}
        parts += [heading("Options"), Table.of(words).html()]
    parts += _curves(summary)
    if result:
        judged = task is not None and task.model is not None and task.model.report is not None
        first = VALIDATION.capitalize() if judged else "Value"
        figures: dict[str, tuple[Figure, ...]] = {first: result.report.figures()}
        figures |= {part: report.figures() for part, report in evaluations.items()}
        parts += [heading("Results"), figures_table(figures).html()]
        if judged:
            parts.append(paragraph(
                "Validation: training patients, each judged by a network not trained on them. In brackets 95 % "
                "intervals by bootstrap over records. Figures of other records come from judging it afterwards.",
                "quiet",
            ))  # fmt: skip
        for name, report in {first if judged else "": result.report, **evaluations}.items():
            for shown in tables_of(report, name):
                parts += [heading(shown.title, 3), shown.table.html()]
                parts += [paragraph(_placeless(shown.note), "quiet")] if shown.note else []
    parts += [heading("How to make it again"), *_again(config)]
    if card:
        parts += [heading("Versions"), Table.of(dict(card.versions)).html()]
    parts.append(paragraph(f"Made by the ECG anomaly workbench. {RESEARCH_USE}", "quiet"))
    if config.source.label.startswith("MIT-BIH, "):
        parts.append(paragraph(ATTRIBUTION, "quiet"))
    return page(f"{summary.title}, run {run.id}", parts)


def _card(summary: RunSummary) -> tuple[Card | None, list[str]]:
    if not summary.run.has_model():
        return None, []
    try:
        return load_card(summary.run.folder), []
    except ModelError as error:
        return None, [str(error)]


def _about(summary: RunSummary, config: RunConfig, card: Card | None) -> dict[str, str]:
    ended = summary.result
    split = config.split
    rows = {
        "Kind": summary.title,
        "Works on": summary.unit,
        "State": summary.state,
        "Started (UTC)": config.created[:19].replace("T", " "),
        "Finished (UTC)": ended.finished[:19].replace("T", " ") if ended else "",
        "Duration": seconds(ended.seconds) if ended else "",
        "Data": config.source.label,
        "Trained on": _names(split.train),
        "Not trained on": _names(split.test),
        "Split": _placeless(split.note, config.source.folder),
        "Labels": config.layer,
    }
    if card:
        rows |= {"Leads": ", ".join(card.preparation.lead_names()) if card.preparation else ""}
        rows |= {"Data checksum": card.data.data_hash}
        unread = "; ".join(f"{name}: {_placeless(why)}" for name, why in card.unreadable.items())
        rows |= {"Left out": unread}
    return {name: text for name, text in rows.items() if text}


def _curves(summary: RunSummary) -> list[str]:
    epochs = summary.progress.epochs
    if not epochs:
        return []
    last = epochs[-1]
    said = f"Losses up to epoch {last.done} of {last.of}"
    parts = [heading("Curves"), drawing(loss_svg(epochs), said), paragraph(f"{said}.", "quiet")]
    if any(MACRO_F1 in row.figures for row in epochs):
        told = "Macro-F1 on the patients left out, a line a network, the last in colour"
        parts += [drawing(macro_f1_svg(epochs), told), paragraph(f"{told}.", "quiet")]
    return parts


def _again(config: RunConfig) -> list[str]:
    words = shlex.split(config.command)
    plain = [FOLDER if _BEGINS.match(word) else _placeless(word) for word in words]
    parts = [code(shlex.join(plain))]
    if FOLDER in plain:
        parts.append(paragraph(f"{FOLDER} stands for the folder of images.", "quiet"))
    if not config.source.images:
        parts.append(paragraph(f"With these recordings in use: {config.source.label}.", "quiet"))
    return parts


def _names(records: tuple[str, ...]) -> str:
    return f"{len(records)} records: {', '.join(records)}" if records else ""


def _placeless(text: str, folder: str = "") -> str:
    """`text` with the last part of every path only, and FOLDER for the folder of the data: a report is passed on."""
    text = text.replace(folder, FOLDER) if folder else text
    last: Callable[[re.Match[str]], str] = lambda found: found[1] or FOLDER  # noqa: E731
    return _PLACE.sub(last, text)
