"""The beat network keeps its shapes for any length, uses both of its inputs, stays small, and is numpy's too."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import nn

from ecg_core.learning.checkpoint import module_arrays
from ecg_core.networks.beat_cnn import HIDDEN, SQUEEZED, WIDTHS, BeatCnn, Block
from ecg_core.networks.beat_cnn_numpy import classify_beats
from ecg_core.networks.numpy_layers import folded


def made(channels: int = 2, n_numbers: int = 5, n_classes: int = 4, seed: int = 0) -> BeatCnn:
    torch.manual_seed(seed)
    return BeatCnn(channels, n_numbers, n_classes).eval()


@pytest.mark.parametrize("points", [1, 2, 15, 144, 145])
@pytest.mark.parametrize(("channels", "n_numbers", "n_classes"), [(1, 0, 2), (2, 5, 4), (3, 1, 5)])
def test_logits_have_a_column_a_class_whatever_the_length(
    points: int, channels: int, n_numbers: int, n_classes: int
) -> None:
    network = made(channels, n_numbers, n_classes)
    logits = network(torch.randn(7, channels, points), torch.randn(7, n_numbers))
    assert logits.shape == (7, n_classes)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize(("points", "half"), [(72, 36), (73, 37), (1, 1)])
def test_a_block_halves_the_length_rounding_up_and_its_shortcut_fits(points: int, half: int) -> None:
    assert Block(3, 8)(torch.randn(4, 3, points)).shape == (4, 8, half)


def test_a_block_whose_convolutions_are_zero_passes_on_its_shortcut() -> None:
    block = Block(4, 4).eval()
    nn.init.zeros_(block.second.weight)
    x = torch.rand(2, 4, 20)
    assert torch.equal(block(x), torch.relu(block.shortcut_norm(block.shortcut(x))))


def test_there_are_fewer_weights_than_the_beats_it_learns_from() -> None:
    weights = sum(one.numel() for one in made().parameters())
    assert 10_000 < weights < 40_000
    assert (len(made().blocks), made().squeeze.out_features) == (len(WIDTHS) - 1, SQUEEZED)
    assert [layer.out_features for layer in made().head] == list(HIDDEN)


def test_both_signal_and_numbers_count() -> None:
    network, x, numbers = made(), torch.randn(3, 2, 144), torch.randn(3, 5)
    first = network(x, numbers)
    assert not torch.allclose(network(x + torch.randn_like(x), numbers), first)
    for k in range(5):
        other = numbers.clone()
        other[:, k] += 3
        assert not torch.allclose(network(x, other), first)


def test_beats_in_a_batch_do_not_see_each_other_once_trained() -> None:
    network, x, numbers = made(), torch.randn(6, 2, 144), torch.randn(6, 5)
    alone = torch.cat([network(x[k : k + 1], numbers[k : k + 1]) for k in range(6)])
    assert torch.allclose(network(x, numbers), alone, atol=1e-6)


def test_dropout_acts_only_while_it_trains() -> None:
    network, x, numbers = made(), torch.randn(6, 2, 144), torch.randn(6, 5)
    assert torch.equal(network(x, numbers), network(x, numbers))
    network.dropout.train()
    assert not torch.equal(network(x, numbers), network(x, numbers))


def test_every_weight_gets_a_gradient() -> None:
    network = made().train()
    nn.functional.cross_entropy(network(torch.randn(32, 2, 144), torch.randn(32, 5)), torch.arange(32) % 4).backward()
    assert [name for name, one in network.named_parameters() if one.grad is None or not one.grad.any()] == []


def test_a_seed_makes_the_same_network() -> None:
    states = [made(seed=seed).state_dict() for seed in (3, 3, 4)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["stem.weight"], states[2]["stem.weight"])


def trained(channels: int, points: int, n_numbers: int, n_classes: int, widths: Sequence[int] = WIDTHS) -> BeatCnn:
    """A network after a few steps on noise, which move the running statistics of every normalisation."""
    torch.manual_seed(0)
    network = BeatCnn(channels, n_numbers, n_classes, widths).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    for _ in range(6):
        loss = nn.functional.cross_entropy(
            network(3 + 2 * torch.randn(12, channels, points), torch.randn(12, n_numbers)), torch.arange(12) % n_classes
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize("points", [144, 145, 131, 16, 17, 3, 1])
@pytest.mark.parametrize(("channels", "n_numbers", "n_classes"), [(1, 0, 2), (2, 5, 4), (3, 5, 5)])
def test_numpy_classifies_as_torch_does_once_trained_for_odd_and_even_lengths(
    points: int, channels: int, n_numbers: int, n_classes: int
) -> None:
    network = trained(channels, points, n_numbers, n_classes)
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm1d)]
    assert all((norm.running_mean.abs() > 1e-4).any() for norm in norms)
    assert all(((norm.running_var - 1).abs() > 0.01).any() for norm in norms)
    x, numbers = 3 + 2 * torch.randn(9, channels, points), torch.randn(9, n_numbers)
    probability = classify_beats(folded(module_arrays(network)), x.numpy(), numbers.numpy())
    assert (probability.shape, probability.dtype) == ((9, n_classes), np.float32)
    assert np.abs(probability - torch.softmax(network(x, numbers), 1).numpy()).max() < 2e-5
    assert probability.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert np.ptp(probability, axis=0).max() > 1e-3, "beats differ, so a constant would not pass"


def test_numpy_keeps_the_order_of_more_than_ten_blocks() -> None:
    network = trained(2, 9, 1, 3, widths=(4, 5, 6, 7, 6, 5, 4, 5, 6, 7, 6, 5, 4))
    as_text = dict(sorted(folded(module_arrays(network)).items()))  # blocks.10 before blocks.2, as in a file
    x, numbers = torch.randn(6, 2, 9), torch.randn(6, 1)
    expected = torch.softmax(network(x, numbers), 1).numpy()
    assert np.abs(classify_beats(as_text, x.numpy(), numbers.numpy()) - expected).max() < 2e-5
