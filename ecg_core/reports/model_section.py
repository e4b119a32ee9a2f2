"""What a report says of the model it used: its card, its split, its figures after EC57, its limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecg_core.errors import ModelError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.learning.card import Card
from ecg_core.reports.finding import Answer, Finding, Line, decimals, hertz, listed, share, whole
from ecg_core.reports.report_inputs import ModelUsed
from ecg_core.tasks.evaluation import reports_of

MOST_PROBABLE = "none: each beat has its most probable class"
EC57_NOTE = (
    "After ANSI/AAMI EC57. Beats at given places, every annotated beat judged: no learning time is left out, and "
    "detection of beats is not in these figures. Gross: beats of all records pooled; average: mean over records."
)
NO_EC57 = "The model's card has no figures after EC57."
LIMITS = (
    "Classes are given to single beats. Runs, burdens and the urgent list follow from them and have not been judged "
    "against EC57 on this recording.",
    "The model knows the classes it was trained on and nothing else: paced beats and leads unlike those of its "
    "training are outside what its figures say.",
    "Beats that no R peak was found of are not counted; stretches that cannot be read are not analysed.",
    "ST segments, PR and QT intervals and P waves are not measured.",
)


@dataclass(frozen=True)
class ModelSection:
    """Made by `model_section`."""

    card: tuple[Line, ...]
    ec57: tuple[tuple[str, tuple[Line, ...]], ...]
    """Name and cells of each row, under `report_words.EC57_COLUMNS`."""
    notes: tuple[str, ...]
    limits: tuple[str, ...]

    def lines(self) -> Iterator[Line]:
        """Every line that holds a finding."""
        yield from self.card
        for _, cells in self.ec57:
            yield from cells


def model_section(used: ModelUsed) -> ModelSection:
    """What the card of a model says."""
    card, of = used.card, Answer.by(Card, "card", used.card)
    f1 = decimals(3)
    counted = Answer.by(reference_beats, "card", reference_beats(card))
    figures = Answer.by(class_reports, "card", class_reports(card))
    lines = [
        Line("Model", (Answer.by(ModelUsed, "model used", used).finding("Model", "id"),)),
        Line("Made", (of.finding("Made", "created", lambda text: text[:16].replace("T", " ")), " UTC")),
        Line("Data", (of.finding("Data", "data/label"),)),
        Line("Data hash", (of.finding("Data hash", "data/data_hash"),)),
        Line("Labels learned", (of.finding("Labels learned", "layer"),)),
        Line("Beats filtered", (of.finding("Beats filtered", "preparation/config/band_hz/0", hertz), " to ",
                                of.finding("Beats filtered", "preparation/config/band_hz/1", hertz))),
        Line("Split", (of.finding("Split", "split/name"), "; trained on ", of.finding("Split", "split/train/#", whole),
                       " records, not trained on ", of.finding("Split", "split/test/#", whole))),
        Line("Trained on", (of.finding("Trained on", "split/train", listed),)),
        Line("Threshold", _threshold(of)),
        Line("Seed", (of.finding("Seed", "seed"),)),
    ]  # fmt: skip
    for part in figures.value:
        lines.append(Line(f"Figures, {part}", (
            "accuracy ", figures.finding(part, f"{part}/accuracy", share), ", macro-F1 ",
            figures.finding(part, f"{part}/macro_f1", f1), " over ", figures.finding(part, f"{part}/scored", whole),
            " beats",
        )))  # fmt: skip
    rows = tuple(
        (f"{part}, {kind}", _ec57_cells(figures, counted, part, kind))
        for part, report in figures.value.items()
        for kind in report.ec57
    )
    notes = [used.caution, card.split.note, *(f"{part}: {one.note}" for part, one in figures.value.items() if one.note)]
    return ModelSection(tuple(lines), rows, (EC57_NOTE if rows else NO_EC57, *(note for note in notes if note)), LIMITS)


def class_reports(card: Card) -> Mapping[str, ClassReport]:
    """Part -> figures of a card, of the parts whose figures are of classes. None where they cannot be read."""
    try:
        reports = reports_of(card, "The model's card")
    except ModelError:
        return {}
    return {part: report for part, report in reports.items() if isinstance(report, ClassReport)}


def _threshold(of: Answer) -> tuple[Finding | str, ...]:
    found = of.finding("Threshold", "about/threshold", decimals(2))
    return (MOST_PROBABLE,) if found.value is None else (found,)


def reference_beats(card: Card) -> dict[str, dict[str, int]]:
    """Part -> kind of ectopic beat -> beats of it that the reference has."""
    return {
        part: {kind: row.gross.true_positives + row.gross.false_negatives for kind, row in report.ec57.items()}
        for part, report in class_reports(card).items()
    }


def _ec57_cells(figures: Answer, counted: Answer, part: str, kind: str) -> tuple[Line, ...]:
    def cell(path: str) -> Line:
        return Line(kind, (figures.finding(kind, f"{part}/ec57/{kind}/{path}", share),))

    paths = ("gross/sensitivity", "gross/ppv", "average/sensitivity", "average/ppv")
    return Line(kind, (counted.finding(kind, f"{part}/{kind}", whole),)), *map(cell, paths)
