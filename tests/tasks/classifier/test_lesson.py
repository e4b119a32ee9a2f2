"""What a classifier's network is shown: the rows and weights it is given, each as often as they say."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.crossfit import Lesson, Schedule, crossfit
from ecg_core.learning.monitor import Monitor
from ecg_core.tasks.classifier.balancing import TrainingRows
from ecg_core.tasks.classifier.inputs import Inputs
from ecg_core.tasks.classifier.lesson import SECOND_LEAD_DROP, HeldOut, beat_lesson, classification_lesson
from ecg_core.tasks.classifier.options import ClassifierOptions
from tests.learning.listening import Listener

SCHEDULE = Schedule(epochs=3, batch_size=16, learning_rate=0.02, weight_decay=1e-2, seed=0)


class Linear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.last(x)
        return logits


def lesson(
    n: int = 40, shown: list[Tensor] | None = None, steps: int = 0, repeated: Any = None, **changes: Any
) -> Lesson:
    """Two clouds of `n` points in all, ten of which are judged; every batch shown is added to `shown`."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    points = (rng.standard_normal((n, 2)) + 3 * labels[:, None]).astype(np.float32)
    rows = TrainingRows(
        Inputs(points, np.zeros((n, 0), np.float32)), labels, np.arange(n), np.ones(2, np.float32), False
    )  # fmt: skip
    rows = dataclasses.replace(rows, shown=rows.shown if repeated is None else repeated, **changes)
    x = torch.from_numpy(points)

    def show(chosen: Tensor) -> tuple[Tensor, ...]:
        if shown is not None:
            shown.append(chosen)
        return (x[chosen],)

    held_out = HeldOut(lambda some: (x[:10][some],), labels[:10])
    return classification_lesson(Linear, 0, rows, show, steps * SCHEDULE.batch_size, held_out)


def run(schedule: Schedule = SCHEDULE, monitor: Monitor | None = None, **of_lesson: Any) -> Arrays:
    own = lesson(**of_lesson)
    return crossfit(
        [], 1, schedule, lambda *_: own, lambda *_: np.zeros((0, 2), np.float32), ("p", (0, 2)), lambda one: one,
        monitor or Monitor(),
    ).final[0]  # fmt: skip


def test_every_row_is_shown_once_an_epoch() -> None:
    shown: list[Tensor] = []
    run(n=40, shown=shown)
    assert len(shown) == 9, "three epochs of three batches"
    assert all(sorted(torch.cat(shown[k : k + 3]).tolist()) == list(range(40)) for k in (0, 3, 6))
    assert not torch.equal(shown[0], shown[3])


def test_rows_that_stand_twice_are_shown_twice() -> None:
    shown: list[Tensor] = []
    repeated = np.concatenate([np.arange(40), [7, 7, 8]])
    run(dataclasses.replace(SCHEDULE, epochs=1), n=40, shown=shown, repeated=repeated)
    assert np.bincount(torch.cat(shown).numpy())[[6, 7, 8]].tolist() == [1, 3, 2]


@pytest.mark.parametrize(("n", "steps"), [(40, 3), (40, 7), (500, 32)])
def test_a_fixed_number_of_steps_is_kept_whatever_there_is_to_show(n: int, steps: int) -> None:
    shown: list[Tensor] = []
    run(dataclasses.replace(SCHEDULE, epochs=1), n=n, steps=steps, shown=shown)
    assert [len(batch) for batch in shown] == [16] * steps
    times = np.bincount(torch.cat(shown).numpy(), minlength=n)
    assert np.ptp(times) <= 1, "each as often as any other, as far as it goes"


def test_steps_too_few_for_all_rows_show_others_in_each_epoch_and_the_last_rows_too() -> None:
    shown: list[Tensor] = []
    run(dataclasses.replace(SCHEDULE, epochs=30), n=200, steps=3, shown=shown)
    assert [len(batch) for batch in shown] == [16] * 90
    times = np.bincount(torch.cat(shown).numpy(), minlength=200)  # 7.2 on average
    assert times[:100].mean() == pytest.approx(times[100:].mean(), rel=0.15)
    assert (times > 0).mean() > 0.98


def test_balanced_batches_show_each_class_as_often() -> None:
    shown: list[Tensor] = []
    labels = (np.arange(400) >= 380).astype(np.int64)
    run(n=400, shown=shown, labels=labels, by_class=True)
    own = labels[torch.cat(shown).numpy()]
    assert len(own) == 3 * 400
    assert own.mean() == pytest.approx(0.5, abs=0.06)


def test_a_class_that_weighs_more_is_predicted_more_often() -> None:
    schedule = dataclasses.replace(SCHEDULE, epochs=20)
    usual, heavy = (run(schedule, class_weights=np.array([1, w], np.float32)) for w in (1, 30))
    assert np.diff(heavy["last.bias"])[0] > np.diff(usual["last.bias"])[0] + 0.2


def test_it_learns_and_says_how_well() -> None:
    monitor = Listener()
    run(dataclasses.replace(SCHEDULE, epochs=25, learning_rate=0.1), monitor)
    figures = [row.figures for row in monitor.rows]
    assert figures[-1]["train_loss"] < 0.6 * figures[0]["train_loss"]
    assert figures[-1]["macro_f1"] > 0.85
    assert figures[-1]["validation_loss"] < figures[0]["validation_loss"]


def test_a_lesson_that_leaves_nobody_out_has_no_figures_of_them() -> None:
    own = lesson()
    labels = np.zeros(0, np.int64)
    alone = classification_lesson(Linear, 0, _rows(), lambda chosen: (chosen,), 0, HeldOut(lambda _: (), labels))
    assert set(own.validate(Linear())) == {"validation_loss", "macro_f1"}
    assert alone.validate(Linear()) == {}
    assert classification_lesson(Linear, 0, _rows(), lambda chosen: (chosen,), 0, None).validate(Linear()) == {}


def _rows() -> TrainingRows:
    points = Inputs(np.zeros((4, 2), np.float32), np.zeros((4, 0), np.float32))
    return TrainingRows(points, np.array([0, 1, 0, 1]), np.arange(4), np.ones(2, np.float32), False)


class Recorder(nn.Module):
    """Remembers the signals it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []
        self.bias = nn.Parameter(torch.zeros(4))

    def forward(self, signals: Tensor, *_numbers: Tensor) -> Tensor:
        self.seen.append(signals)
        return self.bias.expand(len(signals), 4)


def test_some_beats_are_shown_without_their_second_lead_and_none_without_its_first() -> None:
    n = 1000
    signals = np.ones((n, 2, 144), np.float32)
    inputs = Inputs(signals, np.zeros((n, 5), np.float32))
    rows = TrainingRows(inputs, np.zeros(n, np.int64), np.arange(n), np.ones(4, np.float32), False)
    nothing = Inputs(signals[:0], inputs.numbers[:0])
    network = Recorder()
    torch.manual_seed(0)
    beat_lesson(ClassifierOptions(), 0, rows, nothing, np.zeros(0, np.int64)).loss(network, torch.arange(n))
    gone = (network.seen[0] == 0).all(dim=2).float().mean(dim=0)
    assert gone[0] == 0
    assert abs(float(gone[1]) - SECOND_LEAD_DROP) < 0.05
