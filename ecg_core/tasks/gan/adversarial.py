"""One step of a generator against a critic, whatever they make and see.

The loss is R3GAN's: each real item is compared with a made one, and the critic's gradient is held small on both.

Huang, Gokaslan, Kuleshov, Tompkin 2024, "The GAN is dead; long live the GAN! A modern GAN baseline"
(arXiv:2501.05441), after Jolicoeur-Martineau 2018 (arXiv:1807.00734) for the pairing and Mescheder, Geiger, Nowozin
2018 (arXiv:1801.04406) for the penalties R1 and R2. Against WGAN-GP (Gulrajani 2017, arXiv:1704.00028) it needs one
step of the critic for each of the generator, not five, and provably comes to rest.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ecg_core.learning.checkpoint import Arrays, load_module, load_optimiser, module_arrays, optimiser_arrays

BETAS = (0.0, 0.99)
LAZY = 4
"""The penalties are taken at every fourth step, four times as strong (Karras 2020, arXiv:1912.04958)."""
AVERAGE = 0.999
"""The generator that is kept is a running average of the one that trains: its samples jump about less."""
WARM_UP_STEPS = 100
STEADY = 0.5
"""Share of the steps at the full learning rate; it then falls in a straight line to a twentieth."""
LEAST_RATE = 0.05

Items = tuple[Tensor, ...]


class Adversaries:
    """Generator and critic with their optimisers and the running average; everything a checkpoint must hold."""

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        rate: float,
        penalty: float,
        steps: int,
    ) -> None:
        self.generator, self.critic = generator, critic
        self.average = copy.deepcopy(generator).requires_grad_(False)
        trained = [one for one in generator.parameters() if one.requires_grad]
        self.of_generator = torch.optim.Adam(trained, rate, BETAS)
        self.of_critic = torch.optim.Adam(critic.parameters(), rate, BETAS)
        self.rate, self.penalty, self.steps, self.taken = rate, penalty, steps, 0

    def step(self, real: Items, make: Callable[[nn.Module], Items]) -> dict[str, float]:
        """One step of each, on a batch of real items and as many that `make(generator)` makes; returns both losses."""
        rate = self.rate * _schedule(self.taken, self.steps)
        for group in [*self.of_generator.param_groups, *self.of_critic.param_groups]:
            group["lr"] = rate
        with torch.no_grad():
            made = make(self.generator)
        if self.penalty and self.taken % LAZY == 0:
            on_real, slope_real = _with_slope(self.critic, real)
            on_made, slope_made = _with_slope(self.critic, made)
            held = self.penalty * LAZY / 2 * (slope_real + slope_made).mean()
        else:
            on_real, on_made = self.critic(*real), self.critic(*made)
            held = torch.zeros(())
        critic_loss = softplus(on_made - on_real).mean()
        self.of_critic.zero_grad(set_to_none=True)
        (critic_loss + held).backward()  # type: ignore[no-untyped-call]
        self.of_critic.step()
        with torch.no_grad():
            on_real = self.critic(*real)
        self.critic.requires_grad_(False)
        generator_loss = softplus(on_real - self.critic(*make(self.generator))).mean()
        self.of_generator.zero_grad(set_to_none=True)
        generator_loss.backward()  # type: ignore[no-untyped-call]
        self.of_generator.step()
        self.critic.requires_grad_(True)
        self.taken += 1
        self._average()
        return {"generator_loss": generator_loss.item(), "critic_loss": critic_loss.item()}

    def arrays(self) -> Arrays:
        """Everything needed to go on exactly as before, but `taken`."""
        parts = {"generator.": self.generator, "critic.": self.critic, "average.": self.average}
        found: Arrays = {}
        for prefix, module in parts.items():
            found |= module_arrays(module, prefix)
        found |= optimiser_arrays(self.of_generator, "of_generator.") | optimiser_arrays(self.of_critic, "of_critic.")
        return found

    def load(self, arrays: Arrays, taken: int) -> None:
        """Put back what `arrays` gave after `taken` steps."""
        load_module(self.generator, arrays, "generator.")
        load_module(self.critic, arrays, "critic.")
        load_module(self.average, arrays, "average.")
        load_optimiser(self.of_generator, arrays, "of_generator.")
        load_optimiser(self.of_critic, arrays, "of_critic.")
        self.taken = taken

    def _average(self) -> None:
        share = 1 - min(AVERAGE, (1 + self.taken) / (10 + self.taken))  # follows closely at first
        with torch.no_grad():
            for kept, now in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                kept.lerp_(now, share)


def _schedule(taken: int, steps: int) -> float:
    rise = min(1.0, (taken + 1) / WARM_UP_STEPS)
    past = max(0.0, taken / steps - STEADY) / (1 - STEADY)
    return rise * (1 - (1 - LEAST_RATE) * min(past, 1.0))


def _with_slope(critic: nn.Module, items: Items) -> tuple[Tensor, Tensor]:
    """The critic's numbers, (B,), and the squared length of its gradient at each item, (B,). Whole numbers, on which an
    item may be conditioned, have none."""
    watched = tuple(one.detach().requires_grad_() if one.is_floating_point() else one for one in items)
    on_items: Tensor = critic(*watched)
    slopes = torch.autograd.grad(on_items.sum(), [one for one in watched if one.requires_grad], create_graph=True)
    return on_items, sum((slope.flatten(1).square().sum(1) for slope in slopes), torch.zeros(len(on_items)))
