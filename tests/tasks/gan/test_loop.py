"""The loop of a GAN's training: frames, checkpoints, going on, stopping, failing, and fairness to every row."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ecg_core.errors import RunError
from ecg_core.learning.checkpoint import Arrays, Checkpoint
from ecg_core.learning.loop import Stopped
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow
from ecg_core.tasks.gan import loop as gan_loop
from ecg_core.tasks.gan.adversarial import Adversaries, Items
from ecg_core.tasks.gan.loop import FRAMES, frame_epochs, train_gan
from ecg_core.tasks.gan.options import GanOptions

STEPS = 5
ROWS = 40
Real = Callable[[Tensor], Items]


@pytest.fixture(autouse=True)
def short_epochs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gan_loop, "STEPS_PER_EPOCH", STEPS)
        yield


class Listener(Monitor):
    """Keeps everything in the order it was told, and gives back the checkpoint it was made with."""

    def __init__(self, resume: Checkpoint | None = None, stop_after: int | None = None) -> None:
        self.resume, self.stop_after = resume, stop_after
        self.told: list[tuple[str, int]] = []
        self.rows: list[EpochRow] = []
        self.frames: list[npt.NDArray[Any]] = []
        self.kept: list[Checkpoint] = []

    def epoch(self, row: EpochRow) -> None:
        self.rows.append(row)
        self.told.append(("epoch", row.done))

    def frame(self, epoch: int, samples: npt.NDArray[np.generic]) -> None:
        self.frames.append(samples)
        self.told.append(("frame", epoch))

    def save(self, checkpoint: Checkpoint) -> None:
        self.kept.append(checkpoint)
        self.told.append(("save", checkpoint.values["done"]))

    def should_stop(self) -> bool:
        return self.stop_after is not None and len(self.rows) >= self.stop_after

    def load(self) -> Checkpoint | None:
        return self.resume


class OneNumber(nn.Linear):
    """A critic of single numbers."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[:, 0]


def networks(epochs: int) -> Adversaries:
    torch.manual_seed(0)
    return Adversaries(nn.Linear(1, 1), OneNumber(1, 1), 1e-2, 0.1, epochs * STEPS)


X = torch.linspace(0, 3, ROWS)[:, None]


def real_rows(batch: Tensor) -> Items:
    return (X[batch],)


def trained(
    epochs: int,
    monitor: Monitor,
    real: Real = real_rows,
    kept: Arrays | None = None,
    *,
    adversaries: Adversaries | None = None,
    n: int = ROWS,
    batch: int = 16,
) -> Adversaries:
    adversaries = adversaries or networks(epochs)
    train_gan(
        adversaries,
        n,
        real,
        lambda network, rows: (network(torch.randn(len(rows), 1)),),
        lambda: adversaries.average(torch.ones(2, 1)).detach().numpy(),
        GanOptions(epochs=epochs, batch_size=batch),
        monitor,
        kept or {},
    )
    return adversaries


@settings(deadline=None)
@given(st.integers(1, 1000))
def test_about_ten_frames_are_kept_the_first_and_the_last_epochs_among_them(epochs: int) -> None:
    found = frame_epochs(epochs)
    assert {1, epochs} <= found <= set(range(1, epochs + 1))
    assert len(found) <= FRAMES
    assert epochs < 40 or len(found) >= FRAMES - 2
    early = {epoch for epoch in found if epoch <= epochs / 2}
    assert epochs < 20 or len(early) > 0.6 * len(found)


def test_frames_come_at_their_epochs_before_the_row_and_the_checkpoint_after() -> None:
    listener = Listener()
    trained(30, listener)
    expected = [
        (what, epoch)
        for epoch in range(1, 31)
        for what in ("frame", "epoch", "save")
        if what != "frame" or epoch in frame_epochs(30)
    ]
    assert listener.told == [("frame", 0), *expected], "untrained first"
    assert not np.array_equal(listener.frames[1], listener.frames[-1])


def test_a_row_tells_both_losses_and_how_far_the_training_is() -> None:
    listener = Listener()
    trained(3, listener)
    assert [(row.epoch, row.done, row.of) for row in listener.rows] == [(1, 1, 3), (2, 2, 3), (3, 3, 3)]
    for row in listener.rows:
        assert set(row.figures) == {"generator_loss", "critic_loss"}


def test_a_checkpoint_holds_done_the_networks_and_what_must_be_kept_besides() -> None:
    listener, mixture = Listener(), {"mixture.mean": np.arange(3.0)}
    adversaries = trained(3, listener, kept=mixture)
    assert [one.values for one in listener.kept] == [{"done": 1}, {"done": 2}, {"done": 3}]
    last, expected = listener.kept[-1].arrays, {**mixture, **adversaries.arrays()}
    assert set(last) == set(expected)
    assert all(np.array_equal(last[name], array) for name, array in expected.items())


@pytest.mark.parametrize("done", [1, 3])
def test_going_on_from_a_checkpoint_ends_with_the_weights_of_an_unbroken_training(done: int) -> None:
    unbroken = Listener()
    expected = trained(4, unbroken).arrays()
    resumed = Listener(resume=unbroken.kept[done - 1])
    found = trained(4, resumed).arrays()
    assert all(np.array_equal(found[name], array) for name, array in expected.items())
    assert [row.epoch for row in resumed.rows] == list(range(done + 1, 5))
    losses = [row.figures for row in (*unbroken.rows[done:], *resumed.rows)]
    assert losses[: 4 - done] == losses[4 - done :]


def test_asked_to_stop_it_stops_and_the_last_epoch_stands() -> None:
    listener = Listener(stop_after=2)
    with pytest.raises(Stopped):
        trained(5, listener)
    assert [one.values["done"] for one in listener.kept] == [1, 2]


def broken_at(step: int, spoilt: nn.Module) -> Real:
    """Real rows that turn a network's weights into NaN when they are asked for after `step` times."""
    calls = 0

    def real(batch: Tensor) -> Items:
        nonlocal calls
        if calls == step:
            for parameter in spoilt.parameters():
                nn.init.constant_(parameter, float("nan"))
        calls += 1
        return real_rows(batch)

    return real


@pytest.mark.parametrize("step", [2 * STEPS, 2 * STEPS + 2, 3 * STEPS - 1])
def test_a_critic_that_turns_nan_ends_the_training_with_a_reason_and_the_last_good_checkpoint(
    step: int,
) -> None:
    adversaries, listener = networks(6), Listener()
    with pytest.raises(RunError) as caught:
        trained(6, listener, broken_at(step, adversaries.critic), adversaries=adversaries)
    assert str(caught.value) == (
        "generator_loss is not a number in epoch 3: training stopped, the checkpoint of epoch 2 is kept. "
        "Try a lower learning rate."
    )
    assert [one.values["done"] for one in listener.kept] == [1, 2]
    assert all(np.isfinite(array).all() for array in listener.kept[-1].arrays.values())
    assert [epoch for what, epoch in listener.told if what == "frame"] == [0, 1, 2]


def times_seen(n: int, batch: int, epochs: int) -> npt.NDArray[np.int64]:
    seen = np.zeros(n, np.int64)

    def real(rows: Tensor) -> Items:
        np.add.at(seen, rows.numpy(), 1)
        return (rows[:, None].float() / n,)

    trained(epochs, Monitor(), real, n=n, batch=batch)
    return seen


@pytest.mark.parametrize("n", [50, 60, 100])
def test_every_row_is_seen_about_as_often_as_any_other_whatever_the_number_of_rows(n: int) -> None:
    seen = times_seen(n, 16, 100)  # 80 rows an epoch
    assert seen.sum() == 100 * STEPS * 16
    usual = seen.sum() / n
    first, last = seen[: n // 5].mean() / usual, seen[-(n // 5) :].mean() / usual
    assert 0.9 < first < 1.1, f"the first fifth of the rows is seen {first:.2f} times as often as all are on average"
    assert 0.9 < last < 1.1, f"the last fifth of the rows is seen {last:.2f} times as often as all are on average"
    assert seen.min() > 0.5 * usual
