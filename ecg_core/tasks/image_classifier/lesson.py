"""What an image classifier's networks are shown while they train. Needs torch."""

import numpy as np
import torch
from torch import Tensor

from ecg_core.learning.crossfit import Lesson, Rows
from ecg_core.networks.image_cnn import ImageCnn
from ecg_core.tasks.classifier.balancing import Labels, TrainingRows
from ecg_core.tasks.classifier.inputs import Inputs
from ecg_core.tasks.classifier.lesson import HeldOut, classification_lesson
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions

MOST_SHIFT_PX = 2


def image_lesson(
    options: ImageClassifierOptions,
    seed: int,
    rows: TrainingRows,
    every: Inputs,
    held_out: Rows | None,
    labels: Labels,
    n_classes: int,
) -> Lesson:
    """Images, moved by up to two pixels either way each time they are shown; judged on rows `held_out` of `every`."""
    images = torch.from_numpy(rows.inputs.signals)
    judged = np.zeros(0, np.int64) if held_out is None else held_out
    others, at = torch.from_numpy(every.signals), torch.from_numpy(judged)

    def show(chosen: Tensor) -> tuple[Tensor, ...]:
        down, right = (int(torch.randint(-MOST_SHIFT_PX, MOST_SHIFT_PX + 1, ())) for _ in range(2))
        shown = images[chosen]  # (batch, channels, size, size), a copy
        return (_scaled(torch.roll(shown, (down, right), (2, 3))),)

    return classification_lesson(
        lambda: ImageCnn(images.shape[1], options.size, n_classes),
        seed,
        rows,
        show,
        options.steps_per_epoch * options.batch_size,
        HeldOut(lambda some: (_scaled(others[at[some]]),), labels[judged]),
    )


def _scaled(pixels: Tensor) -> Tensor:
    return pixels.float() / 127.5 - 1
