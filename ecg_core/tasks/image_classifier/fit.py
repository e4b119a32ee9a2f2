"""What an image classifier's networks are shown while they train. Needs torch."""

import torch
from torch import Tensor

from ecg_core.networks.image_cnn import ImageCnn
from ecg_core.tasks.classifier.balancing import Labels, TrainingRows
from ecg_core.tasks.classifier.inputs import Inputs, Rows
from ecg_core.tasks.classifier.stages import Lesson

MOST_SHIFT_PX = 2


def image_lesson(rows: TrainingRows, every: Inputs, judged: Rows, labels: Labels, n_classes: int, size: int) -> Lesson:
    """Images, moved by up to two pixels either way each time they are shown."""
    images = torch.from_numpy(rows.inputs.signals)
    others, at = torch.from_numpy(every.signals), torch.from_numpy(judged)

    def show(chosen: Tensor) -> tuple[Tensor, ...]:
        down, right = (int(torch.randint(-MOST_SHIFT_PX, MOST_SHIFT_PX + 1, ())) for _ in range(2))
        return (_scaled(torch.roll(images[chosen], (down, right), (2, 3))),)

    return Lesson(
        lambda: ImageCnn(images.shape[1], size, n_classes),
        rows,
        show,
        lambda some: (_scaled(others[at[some]]),),
        labels[judged],
    )


def _scaled(pixels: Tensor) -> Tensor:
    return pixels.float() / 127.5 - 1
