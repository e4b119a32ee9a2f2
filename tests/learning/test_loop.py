"""The loop depends on seed and epoch alone, goes on where it stopped, and leaves no row of a bad epoch."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ecg_core.errors import RunError
from ecg_core.learning.loop import Stopped, batches, n_batches, train
from ecg_core.learning.progress import EpochRow

X = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))


class Tiny:
    """A network of one layer with noise on its input, trained on 50 rows."""

    def __init__(self) -> None:
        torch.manual_seed(7)
        self.net = nn.Linear(6, 6)
        self.optimiser = torch.optim.SGD(self.net.parameters(), lr=0.1)
        self.seen: list[list[int]] = []
        self.rows: list[EpochRow] = []

    def step(self, batch: torch.Tensor) -> dict[str, float]:
        self.seen.append(batch.tolist())
        x = X[batch]
        loss = nn.functional.mse_loss(self.net(x + 0.1 * torch.randn_like(x)), x)  # randomness of torch's own too
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return {"train_loss": loss.item()}

    def train(self, *, epochs: int = 3, batch_size: int = 16, seed: int = 0, **more: Any) -> "Tiny":
        train(self.step, len(X), epochs=epochs, batch_size=batch_size, seed=seed, after_epoch=self.rows.append, **more)
        return self

    @property
    def losses(self) -> list[EpochRow]:
        return [replace(row, seconds=0, usual_s=0, eta_s=0) for row in self.rows]


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 64), st.integers(0, 2**40))
def test_batches_hold_every_row_once_but_a_lone_last_one(n: int, batch_size: int, seed: int) -> None:
    made = [batch.tolist() for batch in batches(n, batch_size, torch.Generator().manual_seed(seed))]
    rows = [row for batch in made for row in batch]
    assert len(set(rows)) == len(rows)
    assert set(rows) <= set(range(n))
    if n == 1:
        assert made == [[0]]
    elif batch_size > 1:
        assert len(rows) == n - (n % batch_size == 1)
        assert all(2 <= len(batch) <= batch_size for batch in made)
    again = [batch.tolist() for batch in batches(n, batch_size, torch.Generator().manual_seed(seed))]
    assert again == made


def test_the_order_depends_on_seed_and_epoch_and_on_nothing_drawn_before() -> None:
    first = Tiny().train()
    torch.rand(1000)
    assert Tiny().train().seen == first.seen
    assert Tiny().train(seed=1).seen != first.seen
    epochs = [first.seen[k : k + 4] for k in (0, 4, 8)]
    assert epochs[0] != epochs[1] != epochs[2]
    longer = Tiny().train(epochs=5)
    assert longer.seen[:12] == first.seen


@pytest.mark.parametrize("done", [1, 2, 3])
def test_going_on_after_an_epoch_gives_the_rows_of_an_unbroken_run(done: int) -> None:
    whole = Tiny().train(epochs=4)
    broken = Tiny().train(epochs=done)
    torch.rand(17)
    broken.train(epochs=4, done=done)
    without_of = [replace(row, epochs=4, of=4) for row in broken.losses]
    assert without_of == whole.losses
    assert torch.equal(broken.net.weight, whole.net.weight)


def test_rows_count_the_epochs_and_hold_mean_losses_weighted_by_batch() -> None:
    rows: list[EpochRow] = []
    train(
        lambda batch: {"size": float(len(batch)), "one": 1.0},
        50,
        epochs=2,
        batch_size=16,
        seed=0,
        validate=lambda: {"validation_loss": 0.25},
        after_epoch=rows.append,
    )
    assert [(row.epoch, row.epochs, row.done, row.of) for row in rows] == [(1, 2, 1, 2), (2, 2, 2, 2)]
    for row in rows:
        assert row.figures["size"] == pytest.approx((3 * 16 * 16 + 2 * 2) / 50)
        assert (row.figures["one"], row.figures["validation_loss"]) == (1.0, 0.25)
        assert row.seconds >= 0
    assert rows[-1].eta_s == 0


def test_nothing_is_left_to_do_when_all_epochs_are_done() -> None:
    assert Tiny().train(epochs=3, done=3).rows == []


def bad_after(calls: int, value: float) -> Callable[[torch.Tensor], dict[str, float]]:
    count = 0

    def step(batch: torch.Tensor) -> dict[str, float]:
        nonlocal count
        count += 1
        return {"train_loss": value if count > calls else 1.0}

    return step


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_a_number_stops_and_names_the_epoch_without_a_row_of_it(value: float) -> None:
    rows: list[EpochRow] = []
    with pytest.raises(RunError) as caught:
        train(bad_after(9, value), 50, epochs=5, batch_size=16, seed=0, after_epoch=rows.append)
    assert str(caught.value) == (
        "train_loss is not a number in epoch 3: training stopped, the checkpoint of epoch 2 is kept. "
        "Try a lower learning rate."
    )
    assert [row.epoch for row in rows] == [1, 2]


def test_a_validation_loss_that_is_not_a_number_stops_too() -> None:
    rows: list[EpochRow] = []
    with pytest.raises(
        RunError, match=r"^validation_loss is not a number in epoch 1: .* checkpoint of epoch 0 is kept"
    ):
        train(bad_after(99, 0), 50, epochs=5, batch_size=16, seed=0, after_epoch=rows.append,
              validate=lambda: {"validation_loss": math.nan})  # fmt: skip
    assert not rows


def test_a_network_that_diverges_is_stopped() -> None:
    tiny = Tiny()
    tiny.optimiser = torch.optim.SGD(tiny.net.parameters(), lr=1e6)
    with pytest.raises(RunError, match="train_loss is not a number in epoch"):
        tiny.train(epochs=50)
    assert all(math.isfinite(row.figures["train_loss"]) for row in tiny.rows)


def test_stopping_between_batches_leaves_no_row_of_the_unfinished_epoch() -> None:
    tiny = Tiny()
    with pytest.raises(Stopped):
        tiny.train(should_stop=lambda: len(tiny.seen) == 6)
    assert [row.epoch for row in tiny.rows] == [1]
    assert len(tiny.seen) == 6


def test_a_stopped_training_goes_on_as_an_unbroken_one_from_its_last_row() -> None:
    whole, tiny = Tiny().train(), Tiny()
    kept: dict[str, torch.Tensor] = {}

    def keep(row: EpochRow) -> None:
        tiny.rows.append(row)
        kept.update({name: value.clone() for name, value in tiny.net.state_dict().items()})

    with pytest.raises(Stopped):
        train(tiny.step, len(X), epochs=3, batch_size=16, seed=0, after_epoch=keep,
              should_stop=lambda: len(tiny.seen) == 6)  # fmt: skip
    tiny.net.load_state_dict(kept)
    tiny.train(done=1)
    assert tiny.losses == whole.losses
    assert torch.equal(tiny.net.weight, whole.net.weight)


@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 32, 33])
def test_batches_are_as_many_as_a_schedule_counts(n: int) -> None:
    assert n_batches(n, 16) == len(list(batches(n, 16, torch.Generator())))
