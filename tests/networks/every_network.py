"""The networks of `ecg_core.networks`, one row each: how to build it, what to show it, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ecg_core.learning.checkpoint import Arrays, module_arrays
from ecg_core.networks import beat_cnn_numpy, beat_gan_numpy, dense_autoencoder_numpy, image_cnn_numpy, image_gan_numpy
from ecg_core.networks.beat_cnn import BeatCnn
from ecg_core.networks.beat_gan import BeatCritic, BeatGenerator, Texture, low_pass, n_textures
from ecg_core.networks.dense_autoencoder import DenseAutoencoder
from ecg_core.networks.image_cnn import ImageCnn
from ecg_core.networks.image_gan import ImageCritic, ImageGenerator
from ecg_core.networks.numpy_layers import folded

Array = np.ndarray[Any, Any]
LEADS, POINTS, CLASSES, NUMBERS, COMPONENTS, SIZE = 2, 144, 4, 5, 3, 64


@dataclass(frozen=True)
class NumpyPass:
    """The same forward pass in numpy."""

    module: ModuleType
    """Has the `BATCH_SIZE`."""
    function: Callable[..., Any]
    weights: Callable[[nn.Module], Arrays] = module_arrays
    """What is stored of a trained network."""
    shown_to_torch: Callable[[Tensor], Tensor] = lambda x: x
    """What a page does not do beforehand."""
    from_torch: Callable[[Tensor], Tensor] = lambda y: y
    """What a page does not do afterwards."""
    tolerance: float = 2e-5


@dataclass(frozen=True)
class Network:
    """One network with random weights."""

    build: Callable[[], nn.Module]
    inputs: Callable[[int], tuple[Array, ...]]
    """Of n rows; the same for the same n."""
    shapes: tuple[tuple[int, ...], ...]
    """Of the outputs, without their rows."""
    numpy_pass: NumpyPass | None = None
    """None: the network is needed for training only."""

    def random(self) -> nn.Module:
        """The network, ready to be asked, with weights and running statistics as different as a trained one's."""
        torch.manual_seed(0)
        network = self.build().eval()
        for name, tensor in network.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2.0)
            elif tensor.is_floating_point():
                tensor.add_(0.1 * torch.randn_like(tensor))
        return network.requires_grad_(False)

    def by_torch(self, network: nn.Module, inputs: tuple[Array, ...]) -> list[Tensor]:
        prepare, finish = (
            (self.numpy_pass.shown_to_torch, self.numpy_pass.from_torch) if self.numpy_pass else (None, None)
        )
        tensors = [torch.from_numpy(x.copy()) for x in inputs]
        y = network(*(prepare(x) for x in tensors) if prepare else tensors)
        return [finish(each) if finish else each for each in (y if isinstance(y, tuple) else (y,))]

    def by_numpy(self, weights: Arrays, inputs: tuple[Array, ...]) -> list[Array]:
        assert self.numpy_pass
        y = self.numpy_pass.function(weights, *inputs)
        return list(y) if isinstance(y, tuple) else [y]


def normal(n: int, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    rng = np.random.default_rng(n)
    return tuple(rng.standard_normal((n, *shape), dtype=np.float32) for shape in shapes)


def beats_to_add_to(n: int) -> tuple[Array, ...]:
    start, rhythm, noise = normal(n, (LEADS, POINTS), (beat_gan_numpy.N_RHYTHM,), (beat_gan_numpy.N_NOISE,))
    return start, rhythm, np.random.default_rng(n).integers(0, COMPONENTS, n), noise


def images(n: int) -> tuple[Array, ...]:
    return (np.random.default_rng(n).integers(0, 256, (n, 1, SIZE, SIZE), np.uint8),)


def probabilities(logits: Tensor) -> Tensor:
    return torch.softmax(logits, 1)


def folded_state(network: nn.Module) -> Arrays:
    return folded(module_arrays(network))


def generator_state(network: nn.Module) -> Arrays:
    return module_arrays(network) | {"filter": low_pass()}


NETWORKS: dict[type[nn.Module], Network] = {
    BeatCnn: Network(
        lambda: BeatCnn(LEADS, NUMBERS, CLASSES),
        lambda n: normal(n, (LEADS, POINTS), (NUMBERS,)),
        ((CLASSES,),),
        NumpyPass(beat_cnn_numpy, beat_cnn_numpy.classify_beats, folded_state, from_torch=probabilities),
    ),
    ImageCnn: Network(
        lambda: ImageCnn(1, SIZE, CLASSES),
        images,
        ((CLASSES,),),
        NumpyPass(
            image_cnn_numpy,
            image_cnn_numpy.classify_images,
            folded_state,
            shown_to_torch=lambda pixels: pixels / 127.5 - 1,
            from_torch=probabilities,
        ),
    ),
    BeatGenerator: Network(
        lambda: BeatGenerator(LEADS, COMPONENTS),
        beats_to_add_to,
        ((LEADS, POINTS), (beat_gan_numpy.N_RHYTHM,)),
        NumpyPass(beat_gan_numpy, beat_gan_numpy.add_to_beats, generator_state, tolerance=1e-4),
    ),
    BeatCritic: Network(
        lambda: BeatCritic(LEADS, POINTS, COMPONENTS),
        lambda n: (
            *normal(n, (LEADS, POINTS), (beat_gan_numpy.N_RHYTHM,), (n_textures(LEADS, POINTS),)),
            np.arange(n) % COMPONENTS,
        ),
        ((),),
    ),
    Texture: Network(
        lambda: Texture(torch.randn(20, LEADS, POINTS)),
        lambda n: normal(n, (LEADS, POINTS)),
        ((n_textures(LEADS, POINTS),),),
    ),
    ImageGenerator: Network(
        lambda: ImageGenerator(SIZE, 1),
        lambda n: normal(n, (image_gan_numpy.N_NOISE,)),
        ((1, SIZE, SIZE),),
        NumpyPass(image_gan_numpy, image_gan_numpy.draw_images, tolerance=1e-4),
    ),
    ImageCritic: Network(lambda: ImageCritic(SIZE, 1), lambda n: normal(n, (1, SIZE, SIZE)), ((),)),
    DenseAutoencoder: Network(
        lambda: DenseAutoencoder(LEADS * POINTS),
        lambda n: normal(n, (LEADS * POINTS,)),
        ((LEADS * POINTS,),),
        NumpyPass(dense_autoencoder_numpy, dense_autoencoder_numpy.reconstruct),
    ),
}  # fmt: skip
