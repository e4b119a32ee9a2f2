"""What the networks of a classifier learn from, whatever they classify. Needs torch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ecg_core.evaluation.classification import figures
from ecg_core.learning.crossfit import Lesson, no_figures
from ecg_core.networks.beat_cnn import BeatCnn
from ecg_core.tasks.classifier.balancing import Labels, TrainingRows
from ecg_core.tasks.classifier.inputs import Inputs
from ecg_core.tasks.classifier.options import ClassifierOptions

LABEL_SMOOTHING = 0.02
JUDGED_AT_ONCE = 2048
NUMBER_NOISE, NUMBER_DROP = 0.1, 0.1
"""Noise on the numbers, in standard deviations, and the share of them that is hidden."""
AMPLITUDE_SPREAD, SIGNAL_NOISE = 0.1, 0.02
"""Classical augmentation: factor on each lead's amplitude (log-normal) and white noise, in QRS amplitudes."""
SECOND_LEAD_DROP = 0.2
"""Share of beats shown without their second lead, so that recordings of one lead are classified too."""


@dataclass(frozen=True)
class HeldOut:
    """Rows left out, as the network is judged by them on the way."""

    inputs_of: Callable[[slice], tuple[Tensor, ...]]
    """Some of the rows as they are, not varied."""
    labels: Labels


def classification_lesson(
    build: Callable[[], nn.Module],
    seed: int,
    rows: TrainingRows,
    show: Callable[[Tensor], tuple[Tensor, ...]],
    n_rows: int,
    held_out: HeldOut | None,
) -> Lesson:
    """Name the class of rows; `show` gives some of `rows.inputs` as the network sees them this time.

    `n_rows` rows make an epoch, 0 for as many as show every row once. If they are fewer than there are, every epoch
    shows others, each as likely: what was added last must not be left out.
    """
    labels, shown = torch.from_numpy(rows.labels), torch.from_numpy(rows.shown)
    class_weights = torch.from_numpy(rows.class_weights)
    chances = torch.from_numpy(rows.chances()) if rows.by_class else None

    def drawn(batch: Tensor) -> Tensor:
        if chances is not None:
            return torch.multinomial(chances, len(batch), replacement=True)
        return torch.randint(len(shown), (len(batch),)) if 0 < n_rows < len(shown) else batch % len(shown)

    def loss(network: nn.Module, batch: Tensor) -> Tensor:
        chosen = shown[drawn(batch)]
        return nn.functional.cross_entropy(
            network(*show(chosen)), labels[chosen], class_weights, label_smoothing=LABEL_SMOOTHING
        )

    def validate(network: nn.Module) -> dict[str, float]:
        assert held_out is not None
        return _judged(network, held_out, class_weights)

    judged = held_out is not None and len(held_out.labels) > 0
    return Lesson(build, seed, n_rows or len(shown), loss, validate if judged else no_figures)


def beat_lesson(
    options: ClassifierOptions, seed: int, rows: TrainingRows, held_out: Inputs, held_out_labels: Labels
) -> Lesson:
    """Beats, varied anew each time they are shown, with numbers that are noisy and sometimes hidden."""
    signals, numbers = torch.from_numpy(rows.inputs.signals), torch.from_numpy(rows.inputs.numbers)
    held_signals, held_numbers = torch.from_numpy(held_out.signals), torch.from_numpy(held_out.numbers)

    def show(chosen: Tensor) -> tuple[Tensor, ...]:
        x, more = signals[chosen], numbers[chosen]
        if options.augment:
            x = x * torch.exp(AMPLITUDE_SPREAD * torch.randn(len(x), x.shape[1], 1))
            x = x + SIGNAL_NOISE * torch.randn_like(x)
        if x.shape[1] > 1:
            x = torch.cat([x[:, :1], x[:, 1:] * (torch.rand(len(x), 1, 1) >= SECOND_LEAD_DROP)], dim=1)
        kept = torch.rand(more.shape) >= NUMBER_DROP
        return x, (more + NUMBER_NOISE * torch.randn_like(more)) * kept

    return classification_lesson(
        lambda: BeatCnn(signals.shape[1], numbers.shape[1], len(options.names)),
        seed,
        rows,
        show,
        options.steps_per_epoch * options.batch_size,
        HeldOut(lambda some: (held_signals[some], held_numbers[some]), held_out_labels),
    )


def _judged(network: nn.Module, held_out: HeldOut, class_weights: Tensor) -> dict[str, float]:
    """Loss and macro-F1 of rows the network was not trained on."""
    network.eval()
    labels = held_out.labels
    with torch.no_grad():
        starts = range(0, len(labels), JUDGED_AT_ONCE)
        parts = [network(*held_out.inputs_of(slice(first, first + JUDGED_AT_ONCE))) for first in starts]
    logits = torch.cat(parts)
    loss = nn.functional.cross_entropy(logits, torch.from_numpy(labels), class_weights)
    confusion = np.zeros((logits.shape[1],) * 2, np.int64)
    np.add.at(confusion, (labels, logits.argmax(dim=1).numpy()), 1)
    return {"validation_loss": loss.item(), "macro_f1": float(figures(confusion).macro_f1)}
