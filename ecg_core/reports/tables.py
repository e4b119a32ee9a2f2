"""What a run came to, as headed tables: every kind of result and judgement in rows of text, supports and intervals with
them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ecg_core.evaluation.bootstrap import Change, FigureIntervals
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.evaluation.fidelity_report import ClassFidelity, Distances, FidelityReport
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.evaluation.figure import Figure, Interval
from ecg_core.evaluation.image_fidelity_report import ImageFidelityReport
from ecg_core.evaluation.image_fidelity_sentence import image_sentence
from ecg_core.evaluation.study import Spread
from ecg_core.reports.html_page import Table
from ecg_core.tasks.autoencoder.result import AutoencoderResult
from ecg_core.tasks.classifier.result import ClassifierResult
from ecg_core.tasks.gan.result import GanResult
from ecg_core.tasks.study.few_result import FewBeatsReport
from ecg_core.tasks.study.result import SplitComparison, StudyReport
from ecg_core.text import number, percent

DISTANCE_NAMES = {
    "mmd": "MMD",
    "frechet": "Fréchet distance",
    "precision": "Precision",
    "recall": "Recall",
    "density": "Density",
    "coverage": "Coverage",
    "two_sample_auc": "Two-sample AUC",
    "two_sample_auc_shape": "Two-sample AUC, shape only",
}
NO_INTERVALS = FigureIntervals(None, None, None)


@dataclass(frozen=True)
class Shown:
    """One table with its heading, and what is to be said with it."""

    title: str
    table: Table
    note: str = ""


def figures_table(parts: Mapping[str, Sequence[Figure]]) -> Table:
    """Figures by name, a column for each part they are of."""
    names = list(dict.fromkeys(figure.name for figures in parts.values() for figure in figures))
    texts = {part: {figure.name: _with_interval(figure) for figure in figures} for part, figures in parts.items()}
    return Table(["Figure", *parts], [[name, *(texts[part].get(name, "–") for part in parts)] for name in names])


def tables_of(report: object, part: str = "") -> Iterator[Shown]:
    """Every table that a result or a judgement has beyond its figures; none for a kind that has no more to say."""
    if isinstance(report, AutoencoderResult | ClassifierResult):
        yield from tables_of(report.validation, part)
    elif isinstance(report, ClassReport):
        yield from _classified(report, part or report.split)
    elif isinstance(report, DetectionReport):
        yield from _detected(report, part or report.split)
    elif isinstance(report, GanResult):
        yield from tables_of(report.fidelity)
    elif isinstance(report, FidelityReport):
        for row in report.classes.values():
            yield from tables_of(row)
    elif isinstance(report, ClassFidelity):
        yield _fidelity(report)
    elif isinstance(report, ImageFidelityReport):
        for name, images in report.classes.items():
            figures = {figure.name: _with_interval(figure) for figure in images.figures()}
            yield Shown(f"Synthetic images of class {name}", Table.of(figures, ("Figure", "")), image_sentence(images))
    elif isinstance(report, StudyReport):
        yield from _study(report)
    elif isinstance(report, FewBeatsReport):
        yield from _few(report)
    elif isinstance(report, SplitComparison):
        for name, split in report.lesson.items():
            yield from tables_of(split, f"split by {name}")


def _classified(report: ClassReport, part: str) -> Iterator[Shown]:
    intervals = report.intervals.classes if report.intervals else {}
    rows = []
    for name, row in report.classes.items():
        of = intervals.get(name, NO_INTERVALS)
        shown = [_both(row.sensitivity, of.sensitivity), _both(row.ppv, of.ppv), _both(row.f1, of.f1)]
        rows.append([name, f"{row.support:,}", f"{row.records:,}", f"{row.predicted:,}", *shown])
    units = report.units.capitalize()
    columns = ["Class", "Reference", f"{units} with it", "Called so", "Sensitivity", "+P", "F1"]
    yield Shown(f"Classes, {part}", Table(columns, rows), report.note)
    called = list(dict.fromkeys(name for row in report.confusion.values() for name in row))
    confusion = [
        [f"{name} (reference)", *(f"{row.get(one, 0):,}" for one in called)] for name, row in report.confusion.items()
    ]
    yield Shown(f"What was called what, {part}", Table(["", *(f"called {one}" for one in called)], confusion))
    if report.ec57:
        gross = [
            [kind, f"{row.gross.true_positives + row.gross.false_negatives:,}", percent(row.gross.sensitivity),
             percent(row.gross.ppv), percent(row.average.sensitivity), percent(row.average.ppv)]
            for kind, row in report.ec57.items()
        ]  # fmt: skip
        columns = ["Ectopic beats", "Reference", "Gross Se", "Gross +P", "Average Se", "Average +P"]
        yield Shown(f"By EC57, {part}", Table(columns, gross))
    records = [
        [name, f"{row.beats:,}", f"{row.wrong:,}", percent(row.accuracy)] for name, row in report.records.items()
    ]
    columns = [units.removesuffix("s"), "Judged", "Wrong", "Accuracy"]
    yield Shown(f"{units}, {part}", Table(columns, records), _left_out(report.left_out, report.unreadable))


def _detected(report: DetectionReport, part: str) -> Iterator[Shown]:
    point = report.threshold
    unit = report.unit.capitalize()
    threshold = {
        "Threshold": number(point.threshold, 2),
        f"Abnormal {report.unit}": f"{point.abnormal:,}",
        f"Normal {report.unit}": f"{point.normal:,}",
        "Flagged": f"{point.flagged:,}",
        "Sensitivity": percent(point.sensitivity),
        "Specificity": percent(point.specificity),
        "False alarms per hour": number(point.false_alarms_per_hour, 1),
        "Hours": number(point.hours, 1),
    }
    yield Shown(f"At the model's threshold, {part}", Table.of(threshold), report.note)
    classes = [
        [name, f"{row.beats:,}", f"{row.records:,}", f"{row.flagged:,}", percent(row.flagged_share),
         number(row.roc_auc), number(row.average_precision)]
        for name, row in report.classes.items()
    ]  # fmt: skip
    columns = ["Class", unit, "Records", "Flagged", "Share flagged", "ROC AUC against N", "Average precision against N"]
    yield Shown(f"Classes, {part}", Table(columns, classes))
    records = [
        [name, f"{row.beats:,}", f"{row.abnormal:,}", f"{row.flagged:,}", percent(row.sensitivity),
         percent(row.positive_predictivity), number(row.false_alarms_per_hour, 1), number(row.roc_auc)]
        for name, row in report.records.items()
    ]  # fmt: skip
    columns = ["Record", unit, "Abnormal", "Flagged", "Sensitivity", "+P", "False alarms per hour", "ROC AUC"]
    yield Shown(f"Records, {part}", Table(columns, records), _left_out(report.left_out, report.unreadable))


def _fidelity(row: ClassFidelity) -> Shown:
    shown: dict[str, Distances] = {
        "Synthetic to recorded": row.distances,
        "Between patients": row.between_patients,
        "Between halves": row.floor,
    }
    rows = [
        [said, *(number(getattr(one, name)) for one in shown.values())]
        for name, said in DISTANCE_NAMES.items()
        if any(getattr(one, name) is not None for one in shown.values())
    ]
    rows.append(["Copies of training beats", percent(row.copying_share), "", ""])
    note = (
        f"{sentence(row)} {row.n_synthetic:,} synthetic beats against {row.n_train:,} recorded ones of "
        f"{len(row.train_records)} records, {row.n_compared:,} at a time, {row.draws} draws. {row.note}"
    )
    return Shown(f"Synthetic beats of class {row.beat_class}", Table(["Figure", *shown], rows), note.strip())


def _study(report: StudyReport) -> Iterator[Shown]:
    rows = []
    for way, row in report.study.items():
        change = row.change.get("all", {}).get("macro_f1")
        f1 = (f"{name} {number(one.f1.mean)}" for name, one in row.classes.items())
        rows.append([way, _spread(row.macro_f1), _spread(row.accuracy), ", ".join(f1), _change(change)])
    columns = ["Way of training", "Macro-F1", "Accuracy", "F1 of classes", f"Change of macro-F1 against {report.plain}"]
    note = (
        f"Means over {report.seeds} seeds, lowest and highest in brackets; {report.steps:,} steps each. {report.note}"
    )
    yield Shown("Ways of training, on unseen records", Table(columns, rows), note)
    support = [[name, f"{one.beats:,}", f"{one.records:,}"] for name, one in report.support.items()]
    yield Shown("What there was to judge by", Table(["Class", "Beats", "Records"], support))


def _few(report: FewBeatsReport) -> Iterator[Shown]:
    for name, steps in report.few.items():
        rows = [
            [f"{step.beats:,} of {step.of:,}", way, _spread(row.figures.f1), _change(row.change.get("f1"))]
            for step in steps
            for way, row in step.ways.items()
        ]
        columns = ["Recorded beats", "Way of training", "F1", f"Change against {report.plain}"]
        support = report.support.get(name)
        on = f"Judged on {support.beats:,} beats in {support.records} records. " if support else ""
        yield Shown(f"Class {name}", Table(columns, rows), f"{on}{report.note}")


def _with_interval(figure: Figure) -> str:
    return figure.text + (f" ({figure.interval_text})" if figure.interval else "")


def _both(share: float | None, interval: Interval | None) -> str:
    return percent(share) + (f" ({percent(interval[0])} to {percent(interval[1])})" if interval else "")


def _spread(spread: Spread) -> str:
    return f"{number(spread.mean)} ({number(spread.lowest)} to {number(spread.highest)})"


def _change(change: Change | None) -> str:
    if change is None:
        return "–"
    return f"{number(change.change)} ({number(change.low)} to {number(change.high)}): {change.verdict}"


def _left_out(left_out: Mapping[str, int], unreadable: Mapping[str, str]) -> str:
    said = [f"{reason}: {n:,}" for reason, n in left_out.items() if n]
    parts = [f"Not judged: {'; '.join(said)}." if said else ""]
    parts.append(f"Could not be read: {', '.join(unreadable)}." if unreadable else "")
    return " ".join(filter(None, parts))
