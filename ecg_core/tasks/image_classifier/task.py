"""The image classifier as a task."""

from ecg_core.evaluation.class_report import ClassReport
from ecg_core.learning.card import Card
from ecg_core.tasks.classifier.result import ClassifierResult
from ecg_core.tasks.classifier.task import PAGE, said_of_classifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.material import ImageFolder, Recordings
from ecg_core.tasks.task import ModelFormat, Task


def _said(card: Card) -> tuple[str, ...]:
    return said_of_classifier(card, f"images {card.options.get('size', '?')} px")


IMAGE_CLASSIFIER = Task(
    kind="image-classifier",
    title="Image classifier",
    command=("train", "image-classifier"),
    help="that names the class of an image",
    options=ImageClassifierOptions,
    material=(Recordings, ImageFolder),
    check="ecg_core.tasks.image_classifier.training:check",
    carry_out="ecg_core.tasks.image_classifier.training:train",
    result=ClassifierResult,
    page=PAGE,
    icon="category",
    model=ModelFormat(
        noun="image classifier",
        load="ecg_core.tasks.image_classifier.model:load_image_classifier",
        report=ClassReport,
        evaluate="ecg_core.tasks.image_classifier.training:evaluate",
        evaluate_images="ecg_core.tasks.image_classifier.training:evaluate_images",
        said=_said,
    ),
    unit=lambda options: f"images, {options.size} px",
)
