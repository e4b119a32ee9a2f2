"""Groups left out in turn, then final networks: each from its own start, judged by what it has not seen, and a training
that was broken off ends as an unbroken one."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from ecg_core.learning.checkpoint import Arrays, Checkpoint
from ecg_core.learning.crossfit import CrossFitted, Lesson, Rows, Schedule, crossfit, no_figures
from ecg_core.learning.loop import Stopped
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.schedule import one_cycle
from tests.learning.listening import Listener

SCHEDULE = Schedule(epochs=3, batch_size=16, learning_rate=0.02, weight_decay=1e-2, seed=0)

NOBODY: Rows = np.zeros(0, np.int64)


class Linear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.last(x)
        return logits


@dataclass
class Clouds:
    """Two clouds of `n` points in all, in groups; `shown` are the rows of every batch, stage by stage."""

    n: int = 40
    groups: int = 2
    shown: dict[int, list[list[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(0)
        self.labels = np.arange(self.n) % 2
        self.points = (rng.standard_normal((self.n, 2)) + 3 * self.labels[:, None]).astype(np.float32)

    def held_out(self) -> list[Rows]:
        return [np.arange(self.n)[k * 5 :: self.groups * 5] for k in range(self.groups)]

    def lesson(self, stage: int, held_out: Rows | None) -> Lesson:
        known = np.setdiff1d(np.arange(self.n), [] if held_out is None else held_out)
        x, y, rows = torch.from_numpy(self.points), torch.from_numpy(self.labels), torch.from_numpy(known)
        batches = self.shown.setdefault(stage, [])

        def loss(network: nn.Module, batch: Tensor) -> Tensor:
            batches.append(rows[batch].tolist())
            noisy = x[rows[batch]] + 0.1 * torch.randn(len(batch), 2)  # randomness of torch's own too
            return nn.functional.cross_entropy(network(noisy), y[rows[batch]])

        def validate(network: nn.Module) -> dict[str, float]:
            with torch.no_grad():
                return {"validation_loss": float(nn.functional.cross_entropy(network(x[held_out]), y[held_out]))}

        return Lesson(Linear, 100 + stage, len(known), loss, no_figures if held_out is None else validate)

    def judge(self, _stage: int, weights: Arrays, rows: Rows) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = self.points[rows] @ weights["last.weight"].T + weights["last.bias"]
        return found

    def fit(self, schedule: Schedule = SCHEDULE, monitor: Monitor | None = None, n_final: int = 2) -> CrossFitted:
        return crossfit(
            self.held_out(), n_final, schedule, self.lesson, self.judge, ("logits", (self.n, 2)),
            lambda weights: weights, monitor or Monitor(),
        )  # fmt: skip


def same_arrays(a: Arrays, b: Arrays) -> bool:
    return set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a)


def same(a: CrossFitted, b: CrossFitted) -> bool:
    return (
        len(a.final) == len(b.final)
        and all(map(same_arrays, a.final, b.final))
        and np.array_equal(a.held_out, b.held_out)
    )


@pytest.mark.parametrize("stop_after", range(1, 12))
@pytest.mark.parametrize("n", [33, 40])
def test_a_stopped_training_goes_on_exactly_in_whatever_network_it_was(n: int, stop_after: int) -> None:
    whole, stopped = Listener(), Listener(stop_after)
    expected = Clouds(n).fit(monitor=whole)
    with pytest.raises(Stopped):
        Clouds(n).fit(monitor=stopped)
    resumed = Listener(resume=stopped.kept[-1])
    assert same(Clouds(n).fit(monitor=resumed), expected)
    losses = [[row.figures for row in one.rows] for one in (stopped, resumed, whole)]
    assert losses[0] + losses[1] == losses[2]


def test_a_training_stopped_again_and_again_ends_as_an_unbroken_one() -> None:
    resume: Checkpoint | None = None
    for _ in range(11):
        stopped = Listener(1, resume)
        with pytest.raises(Stopped):
            Clouds().fit(monitor=stopped)
        resume = stopped.kept[-1]
    assert same(Clouds().fit(monitor=Listener(resume=resume)), Clouds().fit())


def test_a_training_whose_last_epoch_was_kept_is_finished_without_another() -> None:
    whole = Listener()
    expected = Clouds().fit(monitor=whole)
    resumed = Listener(resume=whole.kept[-1])
    assert same(Clouds().fit(monitor=resumed), expected)
    assert not resumed.rows


def test_a_seed_reproduces_everything_and_another_deals_out_other_batches() -> None:
    one, other = Clouds(), Clouds()
    assert same(one.fit(), Clouds().fit())
    assert not same(other.fit(replace(SCHEDULE, seed=1)), Clouds().fit())
    assert one.shown != other.shown


def test_every_row_but_those_left_out_is_shown_once_an_epoch() -> None:
    clouds = Clouds()
    clouds.fit()
    for stage, held_out in enumerate([*clouds.held_out(), NOBODY, NOBODY]):
        batches, known = clouds.shown[stage], sorted(set(range(40)) - set(map(int, held_out)))
        assert len(batches) == 9, "three epochs of three batches"
        for k in (0, 3, 6):
            assert sorted(row for batch in batches[k : k + 3] for row in batch) == known
        assert batches[0] != batches[3]


def test_a_network_judges_the_rows_it_left_out_and_no_other() -> None:
    clouds = Clouds()
    judged: list[tuple[int, list[int], npt.NDArray[np.float32]]] = []

    class Recorded(Clouds):
        def judge(self, _stage: int, weights: Arrays, rows: Rows) -> npt.NDArray[np.float32]:
            judged.append((_stage, rows.tolist(), super().judge(_stage, weights, rows)))
            return judged[-1][2]

    found = Recorded().fit()
    assert [(stage, rows) for stage, rows, _ in judged] == list(
        enumerate([rows.tolist() for rows in clouds.held_out()])
    )
    for _, rows, values in judged:
        assert np.array_equal(found.held_out[rows], values)
    nobody = np.setdiff1d(np.arange(40), np.concatenate(clouds.held_out()))
    assert len(nobody)
    assert not found.held_out[nobody].any()


def test_each_network_starts_from_the_weights_of_its_lesson_s_seed() -> None:
    first, second = Clouds().fit().final
    assert not same_arrays(first, second)
    assert same_arrays(Clouds().fit(n_final=1).final[0], first), "whatever is trained after it"


def test_rows_of_progress_count_epochs_over_every_network_and_final_ones_have_no_validation() -> None:
    listener = Listener()
    Clouds().fit(monitor=listener)
    assert [(row.stage, row.stages, row.epoch, row.done, row.of) for row in listener.rows] == [
        (1 + stage, 4, epoch, 3 * stage + epoch, 12) for stage in range(4) for epoch in (1, 2, 3)
    ]
    assert [("validation_loss" in row.figures) for row in listener.rows] == [True] * 6 + [False] * 6
    assert [one.values["done"] for one in listener.kept] == list(range(1, 13))
    assert listener.rows[-1].eta_s == 0


def test_what_is_finished_and_judged_is_in_every_later_checkpoint() -> None:
    listener = Listener()
    found = Clouds().fit(monitor=listener)
    last = listener.kept[-1]
    assert last.values["finished"] == 1
    for name, array in found.final[0].items():
        assert np.array_equal(last.arrays[f"finished.0.{name}"], array)
    assert np.array_equal(last.arrays["logits"], found.held_out)
    assert not listener.kept[2].arrays["logits"].any(), "judged when the network is done"


def test_it_learns_and_says_how_well() -> None:
    listener = Listener()
    clouds = Clouds()
    found = clouds.fit(replace(SCHEDULE, epochs=25, learning_rate=0.1), listener)
    losses = [row.figures["train_loss"] for row in listener.rows if row.stage == 3]
    assert losses[-1] < 0.6 * losses[0]
    own = [row.figures["validation_loss"] for row in listener.rows if row.stage == 1]
    assert own[-1] < own[0]
    rows = np.concatenate(clouds.held_out())
    assert (found.held_out[rows].argmax(axis=1) == clouds.labels[rows]).mean() > 0.8


def test_the_learning_rate_is_that_of_the_step_also_after_going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, float]] = []

    def rate(step: int, steps: int, peak: float) -> float:
        asked.append((step, steps, peak))
        return one_cycle(step, steps, peak)

    monkeypatch.setattr("ecg_core.learning.crossfit.one_cycle", rate)
    stopped = Listener(4)
    with pytest.raises(Stopped):
        Clouds().fit(monitor=stopped)
    assert [step for step, _, _ in asked] == [*range(9), *range(4)], "a step of the next epoch, which does not count"
    asked.clear()
    Clouds().fit(monitor=Listener(resume=stopped.kept[-1]))
    assert [step for step, _, _ in asked] == [*range(3, 9), *range(9), *range(9)]
    assert {(steps, peak) for _, steps, peak in asked} == {(9, 0.02)}


def test_networks_trained_side_by_side_are_those_trained_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    alone, others = Listener(), Listener()
    expected = Clouds().fit(monitor=alone)
    monkeypatch.setenv("ECG_WORKERS", "2")
    assert same(Clouds().fit(monitor=others), expected)
    assert [row.done for row in others.rows] == list(range(1, 13))
    assert [row.figures for row in others.rows] == [row.figures for row in alone.rows]


@pytest.mark.parametrize("workers", [("", "2"), ("2", ""), ("2", "2")])
def test_a_training_goes_on_in_either_way_where_it_was_stopped_in_another(
    monkeypatch: pytest.MonkeyPatch, workers: tuple[str, str]
) -> None:
    expected = Clouds().fit()
    stopped = Listener(4)
    monkeypatch.setenv("ECG_WORKERS", workers[0])
    with pytest.raises(Stopped):
        Clouds().fit(monitor=stopped)
    monkeypatch.setenv("ECG_WORKERS", workers[1])
    assert same(Clouds().fit(monitor=Listener(resume=stopped.kept[-1])), expected)
