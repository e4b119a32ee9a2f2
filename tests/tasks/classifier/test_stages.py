"""Networks are trained one by one, at the learning rate of their step, on the rows and weights they are given."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ecg_core.learning.checkpoint import Arrays, Checkpoint
from ecg_core.learning.loop import Stopped
from ecg_core.learning.monitor import Monitor
from ecg_core.tasks.classifier.balancing import TrainingRows
from ecg_core.tasks.classifier.inputs import Inputs
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.stages import Lesson, StageTrainer

OPTIONS = ClassifierOptions(epochs=3, batch_size=16, learning_rate=0.02)


class Listener(Monitor):
    """Keeps every checkpoint, asks to stop after some epochs, and gives back the checkpoint it was made with."""

    def __init__(self, stop_after: int | None = None, resume: Checkpoint | None = None) -> None:
        self.stop_after, self.resume = stop_after, resume
        self.rows: list[dict[str, Any]] = []
        self.kept: list[Checkpoint] = []

    def epoch(self, row: dict[str, Any]) -> None:
        self.rows.append(row)

    def save(self, checkpoint: Checkpoint) -> None:
        self.kept.append(checkpoint)

    def should_stop(self) -> bool:
        return self.stop_after is not None and len(self.rows) >= self.stop_after

    def load(self) -> Checkpoint | None:
        return self.resume


class Linear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.last(x)
        return logits


def lesson(n: int = 40, shown: list[Tensor] | None = None, **changes: Any) -> Lesson:
    """Two clouds of `n` points in all; every batch shown is added to `shown`."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    points = (rng.standard_normal((n, 2)) + 3 * labels[:, None]).astype(np.float32)
    rows = TrainingRows(
        Inputs(points, np.zeros((n, 0), np.float32)), labels, np.arange(n), np.ones(2, np.float32), False
    )  # fmt: skip
    rows = dataclasses.replace(rows, **changes)
    x = torch.from_numpy(points)

    def show(chosen: Tensor) -> tuple[Tensor, ...]:
        if shown is not None:
            shown.append(chosen)
        return (x[chosen],)

    return Lesson(Linear, rows, show, lambda some: (x[:10][some],), labels[:10])


def run(options: ClassifierOptions = OPTIONS, monitor: Monitor | None = None, **of_lesson: Any) -> Arrays:
    return StageTrainer(options, (10, 2), 1, monitor or Monitor()).run(0, lesson(**of_lesson))


def same(a: Arrays, b: Arrays) -> bool:
    return all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("stop_after", [1, 2])
@pytest.mark.parametrize("n", [33, 40, 48])
def test_a_stopped_network_goes_on_exactly_whatever_the_size_of_the_last_batch(n: int, stop_after: int) -> None:
    stopped = Listener(stop_after)
    with pytest.raises(Stopped):
        run(monitor=stopped, n=n)
    assert same(run(monitor=Listener(resume=stopped.kept[-1]), n=n), run(n=n))


def test_every_row_is_shown_once_an_epoch() -> None:
    shown: list[Tensor] = []
    run(n=40, shown=shown)
    assert len(shown) == 9, "three epochs of three batches"
    assert all(sorted(torch.cat(shown[k : k + 3]).tolist()) == list(range(40)) for k in (0, 3, 6))
    assert not torch.equal(shown[0], shown[3])


def test_rows_that_stand_twice_are_shown_twice() -> None:
    shown: list[Tensor] = []
    repeated = np.concatenate([np.arange(40), [7, 7, 8]])
    rows = lesson(40, shown)
    rows = dataclasses.replace(rows, rows=dataclasses.replace(rows.rows, shown=repeated))
    StageTrainer(dataclasses.replace(OPTIONS, epochs=1), (10, 2), 1, Monitor()).run(0, rows)
    assert np.bincount(torch.cat(shown).numpy())[[6, 7, 8]].tolist() == [1, 3, 2]


@pytest.mark.parametrize(("n", "steps"), [(40, 2), (40, 7), (500, 3)])
def test_a_fixed_number_of_steps_is_kept_whatever_there_is_to_show(n: int, steps: int) -> None:
    shown: list[Tensor] = []
    run(dataclasses.replace(OPTIONS, epochs=1, steps_per_epoch=steps), n=n, shown=shown)
    assert [len(batch) for batch in shown] == [16] * steps
    times = np.bincount(torch.cat(shown).numpy(), minlength=n)
    assert np.ptp(times) <= 1, "each as often as any other, as far as it goes"


def test_balanced_batches_show_each_class_as_often() -> None:
    shown: list[Tensor] = []
    labels = (np.arange(400) >= 380).astype(np.int64)
    rows = lesson(400, shown, labels=labels, by_class=True)
    StageTrainer(OPTIONS, (10, 2), 1, Monitor()).run(0, rows)
    own = labels[torch.cat(shown).numpy()]
    assert len(own) == 3 * 400
    assert own.mean() == pytest.approx(0.5, abs=0.06)


def test_a_class_that_weighs_more_is_predicted_more_often() -> None:
    options = dataclasses.replace(OPTIONS, epochs=20)
    usual, heavy = (run(options, class_weights=np.array([1, w], np.float32)) for w in (1, 30))
    assert np.diff(heavy["last.bias"])[0] > np.diff(usual["last.bias"])[0] + 0.2


def test_it_learns_and_says_how_well() -> None:
    monitor = Listener()
    run(dataclasses.replace(OPTIONS, epochs=25, learning_rate=0.1), monitor)
    losses = [row["train_loss"] for row in monitor.rows]
    assert losses[-1] < 0.6 * losses[0]
    assert monitor.rows[-1]["macro_f1"] > 0.85
    assert monitor.rows[-1]["validation_loss"] < monitor.rows[0]["validation_loss"]


def test_each_stage_starts_from_other_weights_and_a_seed_from_the_same() -> None:
    trainer = StageTrainer(OPTIONS, (10, 2), 2, Monitor())
    first, second = trainer.run(0, lesson()), trainer.run(1, lesson())
    assert not same(first, second)
    assert same(StageTrainer(OPTIONS, (10, 2), 2, Monitor()).run(1, lesson()), second)


def test_what_is_finished_and_judged_is_in_every_checkpoint() -> None:
    monitor = Listener()
    trainer = StageTrainer(OPTIONS, (10, 2), 2, monitor)
    trainer.probability[3] = 0.5
    trainer.finished.append(trainer.run(0, lesson()))
    trainer.run(1, lesson())
    again = StageTrainer(OPTIONS, (10, 2), 2, Listener(resume=monitor.kept[-1]))
    assert again.stage == 1
    assert same(again.finished[0], trainer.finished[0])
    assert np.array_equal(again.probability, trainer.probability)
