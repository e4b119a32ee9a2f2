"""One step of generator and critic: what it changes, when it is penalised, how it goes on, and that it learns."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ecg_core.learning.checkpoint import Arrays, module_arrays
from ecg_core.tasks.gan import adversarial
from ecg_core.tasks.gan.adversarial import LAZY, Adversaries, Items

B = 32


class Shifted(nn.Module):
    """Noise scaled and moved: a generator of two numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.centre = nn.Parameter(torch.ones(1)), nn.Parameter(torch.zeros(1))

    def forward(self, noise: Tensor) -> Tensor:
        return noise * self.scale + self.centre


class Judge(nn.Module):
    """A critic of single numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(1, 24), nn.LeakyReLU(0.2), nn.Linear(24, 24), nn.LeakyReLU(0.2),
                                    nn.Linear(24, 1))  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layers(x)
        return found[:, 0]


def made(seed: int = 0, rate: float = 1e-2, penalty: float = 0.1, steps: int = 1000) -> Adversaries:
    torch.manual_seed(seed)
    return Adversaries(Shifted(), Judge(), rate, penalty, steps)


def numbers(module: nn.Module) -> tuple[float, float]:
    """Scale and centre of a generator."""
    scale, centre = (float(parameter.detach()) for parameter in module.parameters())
    return scale, centre


def make(network: nn.Module) -> Items:
    return (network(torch.randn(B, 1)),)


def real() -> Items:
    return (3 + torch.randn(B, 1),)


def steps(adversaries: Adversaries, n: int, seed: int) -> list[dict[str, float]]:
    torch.manual_seed(seed)
    return [adversaries.step(real(), make) for _ in range(n)]


def changed(before: Arrays, module: nn.Module) -> list[bool]:
    return [not np.array_equal(before[name], array) for name, array in module_arrays(module).items()]


def test_one_step_changes_every_weight_of_both_and_returns_finite_losses() -> None:
    adversaries = made()
    generator, critic = module_arrays(adversaries.generator), module_arrays(adversaries.critic)
    (losses,) = steps(adversaries, 1, 0)
    assert set(losses) == {"generator_loss", "critic_loss"}
    assert all(np.isfinite(value) and value > 0 for value in losses.values())
    assert all(changed(generator, adversaries.generator))
    # the critic's last bias moves real and made items alike and cancels out in the pairing
    assert changed(critic, adversaries.critic) == [True] * 5 + [False]
    assert adversaries.taken == 1


def test_after_a_step_all_weights_can_still_be_trained_and_none_of_the_average() -> None:
    adversaries = made()
    steps(adversaries, 2, 0)
    for module in (adversaries.generator, adversaries.critic):
        assert all(parameter.requires_grad for parameter in module.parameters())
    assert not any(parameter.requires_grad for parameter in adversaries.average.parameters())


def test_going_on_from_the_arrays_equals_unbroken_steps() -> None:
    unbroken = made(steps=12)
    steps(unbroken, 5, 1)
    arrays = unbroken.arrays()
    last = steps(unbroken, 6, 2)

    other = made(seed=9, steps=12)
    other.load(arrays, 5)
    assert steps(other, 6, 2) == last
    found, expected = other.arrays(), unbroken.arrays()
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert np.array_equal(found[name], array), name


@pytest.mark.parametrize("prefix", ["generator.", "critic.", "average.", "of_generator.", "of_critic."])
def test_every_part_of_the_arrays_is_needed(prefix: str) -> None:
    unbroken = made()
    steps(unbroken, 5, 1)
    arrays = unbroken.arrays()
    assert any(name.startswith(prefix) for name in arrays)
    changes = {name: np.asarray(array + 1) if name.startswith(prefix) else array for name, array in arrays.items()}
    other = made(seed=9)
    other.load(changes, 5)
    steps(unbroken, 3, 2)
    steps(other, 3, 2)
    found = other.arrays()
    assert not all(np.array_equal(found[name], array) for name, array in unbroken.arrays().items())


def test_taken_arrays_are_copies_that_later_steps_cannot_change() -> None:
    adversaries = made()
    steps(adversaries, 2, 0)
    arrays = adversaries.arrays()
    kept = {name: array.copy() for name, array in arrays.items()}
    steps(adversaries, 3, 1)
    assert all(np.array_equal(arrays[name], array) for name, array in kept.items())


def penalised_steps(monkeypatch: pytest.MonkeyPatch, adversaries: Adversaries, n: int) -> list[int]:
    """At which of `n` steps the critic's slope was taken, twice each."""
    found: list[int] = []
    usual = adversarial._with_slope

    def noted(critic: nn.Module, items: Items) -> tuple[Tensor, Tensor]:
        found.append(adversaries.taken)
        return usual(critic, items)

    monkeypatch.setattr(adversarial, "_with_slope", noted)
    steps(adversaries, n, 0)
    return found


def test_the_penalties_are_taken_at_every_fourth_step_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    every = [k for k in range(2 * LAZY + 1) if k % LAZY == 0]
    assert penalised_steps(monkeypatch, made(), 2 * LAZY + 1) == sorted(every * 2)  # on real and on made items


def test_without_a_penalty_no_slope_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert penalised_steps(monkeypatch, made(penalty=0.0), LAZY + 1) == []


def slope_of_critic(penalty: float) -> float:
    adversaries = made(penalty=penalty)
    steps(adversaries, 150, 0)
    x = torch.linspace(-2, 5, 50)[:, None].requires_grad_()
    (slope,) = torch.autograd.grad(adversaries.critic(x).sum(), x)
    return float(slope.square().mean())


def test_a_heavier_penalty_holds_the_slope_of_the_critic_smaller() -> None:
    assert slope_of_critic(100.0) < 0.2 * slope_of_critic(0.0)


def test_both_learning_rates_rise_stay_and_fall_together() -> None:
    adversaries, rates, ratios = made(rate=1e-3, steps=400), [], set()
    torch.manual_seed(0)
    for _ in range(400):
        adversaries.step(real(), make)
        rates.append(adversaries.of_generator.param_groups[0]["lr"])
        ratios.add(round(adversaries.of_critic.param_groups[0]["lr"] / rates[-1], 6))
    assert len(ratios) == 1
    assert rates[0] < rates[50] < rates[99] == pytest.approx(1e-3)
    assert rates[100:200] == pytest.approx([1e-3] * 100)
    assert all(a > b for a, b in pairwise(rates[201:]))
    assert 5e-5 <= rates[-1] < 6e-5


def test_the_average_follows_the_generator_ever_more_slowly() -> None:
    adversaries = made()
    shares = []
    torch.manual_seed(0)
    for _ in range(60):
        _, before = numbers(adversaries.average)
        adversaries.step(real(), make)
        (_, now), (_, after) = numbers(adversaries.generator), numbers(adversaries.average)
        shares.append((after - before) / (now - before))
    assert all(0 < share < 1 for share in shares)
    assert shares[0] > 0.7
    assert shares[-1] < 0.2
    assert shares == pytest.approx(sorted(shares, reverse=True), abs=1e-3)


def test_the_average_is_no_alias_of_the_generator() -> None:
    adversaries = made()
    steps(adversaries, 3, 0)
    own = {parameter.data_ptr() for parameter in adversaries.generator.parameters()}
    assert not own & {parameter.data_ptr() for parameter in adversaries.average.parameters()}
    assert numbers(adversaries.average) != numbers(adversaries.generator)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_gaussian_three_away_is_learned(seed: int) -> None:
    adversaries = made(seed, rate=2e-2, penalty=0.2, steps=600)
    assert numbers(adversaries.average) == (1, 0)
    steps(adversaries, 600, seed)
    assert abs(numbers(adversaries.average)[1] - 3) < 0.3
