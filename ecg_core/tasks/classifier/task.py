"""The beat classifier as a task."""

from ecg_core.evaluation.class_report import ClassReport
from ecg_core.learning.card import Card
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.result import ClassifierResult
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import ModelFormat, Task
from ecg_core.text import number

PAGE = "pages/4_Classifier.py"


def said_of_classifier(card: Card, unit: str) -> tuple[str, ...]:
    """What a classifier works on, how its training was balanced, its data, and macro-F1 on the part that says most."""
    ways = [card.options["balance"].replace("-", " ")] if card.options.get("balance", "none") != "none" else []
    ways += [f"{card.options['added'].upper()} beats"] if card.options.get("added", "none") != "none" else []
    part = next((name for name in card.figures if name != "validation"), "validation")
    report = card.figures.get(part)
    reached = [f"macro-F1 {number(ClassReport.from_json(report, part).macro_f1)} ({part})"] if report else []
    return f"{unit}, {' and '.join(ways) or 'no balancing'}", card.data.label, *reached


CLASSIFIER = Task(
    kind="classifier",
    title="Classifier",
    command=("train", "classifier"),
    help="that names the class of a beat",
    options=ClassifierOptions,
    material=(Recordings,),
    check="ecg_core.tasks.classifier.training:check",
    carry_out="ecg_core.tasks.classifier.training:train",
    result=ClassifierResult,
    page=PAGE,
    icon="category",
    model=ModelFormat(
        noun="beat classifier",
        load="ecg_core.tasks.classifier.model:load_classifier",
        report=ClassReport,
        evaluate="ecg_core.tasks.classifier.training:evaluate",
        said=lambda card: said_of_classifier(card, "beats"),
    ),
)
