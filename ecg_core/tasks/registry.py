"""The only list of kinds there is. A new task is a package beside these and a line here."""

from ecg_core.errors import ModelError
from ecg_core.tasks.archive.task import ARCHIVE_SCORING
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.fidelity.task import FIDELITY, IMAGE_FIDELITY
from ecg_core.tasks.gan.task import GAN, IMAGE_GAN
from ecg_core.tasks.image_classifier.task import IMAGE_CLASSIFIER
from ecg_core.tasks.study.task import AUGMENTATION_STUDY, FEW_BEATS, IMAGE_STUDY, RANDOM_SPLIT
from ecg_core.tasks.task import AnyTask

REGISTRY: dict[str, AnyTask] = {
    task.kind: task
    for task in (
        AUTOENCODER,
        CLASSIFIER,
        IMAGE_CLASSIFIER,
        GAN,
        IMAGE_GAN,
        AUGMENTATION_STUDY,
        IMAGE_STUDY,
        FEW_BEATS,
        RANDOM_SPLIT,
        FIDELITY,
        IMAGE_FIDELITY,
        ARCHIVE_SCORING,
    )
}


def task_of_model(kind: str) -> AnyTask:
    """The task that makes models of a kind. Raises ModelError if there is none."""
    if kind not in REGISTRY or REGISTRY[kind].model is None:
        makers = ", ".join(name for name, task in REGISTRY.items() if task.model)
        raise ModelError(f"No task makes models of kind {kind[:40]!r}: expected {makers}.")
    return REGISTRY[kind]
