"""The image network halves a picture down to 4 x 4, stays small, and is numpy's too."""

import numpy as np
import pytest
import torch
from torch import nn

from ecg_core.learning.checkpoint import module_arrays
from ecg_core.networks.image_cnn import ImageCnn, widths_for
from ecg_core.networks.image_cnn_numpy import classify_images
from ecg_core.networks.numpy_layers import folded


def made(channels: int = 1, size: int = 64, n_classes: int = 4) -> ImageCnn:
    torch.manual_seed(0)
    return ImageCnn(channels, size, n_classes).eval()


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize(("channels", "n_classes"), [(1, 2), (3, 4), (1, 7)])
def test_logits_have_a_column_a_class(size: int, channels: int, n_classes: int) -> None:
    logits = made(channels, size, n_classes)(torch.randn(3, channels, size, size))
    assert logits.shape == (3, n_classes)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("size", [64, 128])
def test_the_convolutions_end_at_4_x_4(size: int) -> None:
    network = made(size=size)
    x = torch.randn(2, 1, size, size)
    for k in range(network.n_stages):
        x = network.convolutions[str(k)](x)
        assert x.shape == (2, widths_for(size)[k], size >> k + 1, size >> k + 1)
    assert x.shape[2:] == (4, 4)


@pytest.mark.parametrize("size", [64, 128])
def test_it_is_small(size: int) -> None:
    assert 5_000 < sum(one.numel() for one in made(3, size).parameters()) < 60_000


def test_every_convolution_is_followed_by_its_normalisation() -> None:
    network = made()
    assert list(network.convolutions) == [name for k in range(4) for name in (str(k), f"{k}_norm")]
    assert all(network.convolutions[str(k)].bias is None for k in range(4))


def test_dropout_acts_only_while_it_trains_and_images_do_not_see_each_other() -> None:
    network, x = made(), torch.randn(4, 1, 64, 64)
    alone = torch.cat([network(x[k : k + 1]) for k in range(4)])
    assert torch.allclose(network(x), alone, atol=1e-6)
    network.dropout.train()
    assert not torch.allclose(network(x), alone, atol=1e-6)


def test_every_weight_gets_a_gradient() -> None:
    network = made().train()
    nn.functional.cross_entropy(network(torch.randn(16, 1, 64, 64)), torch.arange(16) % 4).backward()
    assert [name for name, one in network.named_parameters() if one.grad is None or not one.grad.any()] == []


def trained(channels: int, size: int, n_classes: int) -> ImageCnn:
    """A network after a few steps on noise, which move the running statistics of every normalisation."""
    torch.manual_seed(0)
    network = ImageCnn(channels, size, n_classes).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    for _ in range(6):
        loss = nn.functional.cross_entropy(
            network(torch.rand(8, channels, size, size) * 2 - 1), torch.arange(8) % n_classes
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize(("channels", "size", "n_classes"), [(1, 64, 2), (3, 64, 4), (1, 128, 4), (3, 128, 3)])
def test_numpy_classifies_as_torch_does_once_trained(channels: int, size: int, n_classes: int) -> None:
    network = trained(channels, size, n_classes)
    images = np.random.default_rng(size).integers(0, 256, (5, channels, size, size), np.uint8)
    images[0], images[1] = 0, 255
    probability = classify_images(folded(module_arrays(network)), images)
    expected = torch.softmax(network(torch.from_numpy(images) / 127.5 - 1), 1).numpy()
    assert (probability.shape, probability.dtype) == ((5, n_classes), np.float32)
    assert np.abs(probability - expected).max() < 2e-5
    assert np.ptp(probability, axis=0).max() > 1e-3


def test_a_network_from_before_it_saw_places_is_asked_by_mean_and_maximum() -> None:
    network = made()
    before = nn.Linear(2 * widths_for(64)[-1], network.last.in_features).requires_grad_(False)
    images = np.random.default_rng(0).integers(0, 256, (3, 1, 64, 64), np.uint8)
    with torch.no_grad():
        h = torch.from_numpy(images) / 127.5 - 1
        for k in range(network.n_stages):
            h = torch.relu(network.convolutions[f"{k}_norm"](network.convolutions[str(k)](h)))
        seen = torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], dim=1)
        expected = torch.softmax(network.last(torch.relu(before(seen))), 1).numpy()
    network.hidden = before
    assert np.abs(classify_images(folded(module_arrays(network)), images) - expected).max() < 2e-5


def test_numpy_leaves_images_alone_that_are_floats_already() -> None:
    images = np.full((2, 1, 64, 64), 200, np.float32)
    classify_images(folded(module_arrays(made())), images)
    assert (images == 200).all()
