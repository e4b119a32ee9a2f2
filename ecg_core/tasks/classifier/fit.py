"""What a beat classifier's networks are shown while they train. Needs torch."""

import torch
from torch import Tensor

from ecg_core.networks.beat_cnn import BeatCnn
from ecg_core.tasks.classifier.balancing import Labels, TrainingRows
from ecg_core.tasks.classifier.inputs import Inputs
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.stages import Lesson

NUMBER_NOISE, NUMBER_DROP = 0.1, 0.1
"""Noise on the numbers, in standard deviations, and the share of them that is hidden."""
AMPLITUDE_SPREAD, SIGNAL_NOISE = 0.1, 0.02
"""Classical augmentation: factor on each lead's amplitude (log-normal) and white noise, in QRS amplitudes."""


def beat_lesson(options: ClassifierOptions, rows: TrainingRows, held_out: Inputs, held_out_labels: Labels) -> Lesson:
    """Beats, varied anew each time they are shown, with numbers that are noisy and sometimes hidden."""
    signals, numbers = torch.from_numpy(rows.inputs.signals), torch.from_numpy(rows.inputs.numbers)
    held_signals, held_numbers = torch.from_numpy(held_out.signals), torch.from_numpy(held_out.numbers)

    def show(chosen: Tensor) -> tuple[Tensor, ...]:
        x, more = signals[chosen], numbers[chosen]
        if options.augment:
            x = x * torch.exp(AMPLITUDE_SPREAD * torch.randn(len(x), x.shape[1], 1))
            x = x + SIGNAL_NOISE * torch.randn_like(x)
        kept = torch.rand(more.shape) >= NUMBER_DROP
        return x, (more + NUMBER_NOISE * torch.randn_like(more)) * kept

    return Lesson(
        lambda: BeatCnn(signals.shape[1], numbers.shape[1], len(options.names)),
        rows,
        show,
        lambda some: (held_signals[some], held_numbers[some]),
        held_out_labels,
    )
