"""The dense autoencoder keeps its shapes, and numpy draws what torch draws."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ecg_core.learning.checkpoint import Arrays, load_module, module_arrays
from ecg_core.networks import dense_inference
from ecg_core.networks.dense_autoencoder import DenseAutoencoder
from ecg_core.networks.dense_autoencoder_numpy import reconstruct

widths = st.integers(1, 40)


def made(seed: int, n_inputs: int, hidden: tuple[int, ...], n_code: int) -> DenseAutoencoder:
    torch.manual_seed(seed)
    return DenseAutoencoder(n_inputs, hidden, n_code)


def drawn_by_torch(network: nn.Module, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return network(torch.from_numpy(x)).numpy()


def test_the_default_narrows_288_numbers_to_8_and_widens_them_again() -> None:
    network = DenseAutoencoder(288)
    shapes = [tuple(layer.weight.shape) for layer in network.modules() if isinstance(layer, nn.Linear)]
    assert shapes == [(128, 288), (64, 128), (8, 64), (64, 8), (128, 64), (288, 128)]
    assert network.encoder(torch.zeros(5, 288)).shape == (5, 8)
    assert network(torch.zeros(5, 288)).shape == (5, 288)


def test_the_code_and_the_output_are_linear_so_that_both_can_be_negative() -> None:
    network = DenseAutoencoder(20, (10,), 4)
    assert [type(layer) for layer in network.encoder] == [nn.Linear, nn.ReLU, nn.Linear]
    assert [type(layer) for layer in network.decoder] == [nn.Linear, nn.ReLU, nn.Linear]
    x = torch.randn(200, 20)
    assert (network.encoder(x) < 0).any()
    assert (network(x) < 0).any()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31 - 1), widths, st.lists(widths, max_size=4), widths, st.integers(0, 30))
def test_numpy_draws_what_torch_draws(seed: int, n_inputs: int, hidden: list[int], n_code: int, n: int) -> None:
    network = made(seed, n_inputs, tuple(hidden), n_code)
    x = np.random.default_rng(seed).normal(0, 3, (n, n_inputs)).astype(np.float32)
    found = reconstruct(module_arrays(network), x)
    assert (found.shape, found.dtype) == ((n, n_inputs), np.float32)
    assert np.abs(found - drawn_by_torch(network, x)).max(initial=0) < 1e-5


def test_more_than_ten_layers_keep_their_order_whatever_that_of_the_arrays() -> None:
    network = made(0, 6, (7,) * 12, 3)
    x = np.random.default_rng(0).normal(0, 3, (4, 6)).astype(np.float32)
    as_text = dict(sorted(module_arrays(network).items()))  # encoder.10 before encoder.2, as a file may list them
    assert np.abs(reconstruct(as_text, x) - drawn_by_torch(network, x)).max() < 1e-5


def test_batches_are_put_together_in_order_and_the_input_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    network = made(1, 12, (9,), 2)
    x = np.random.default_rng(1).normal(size=(50, 12)).astype(np.float32)
    before, whole = x.copy(), reconstruct(module_arrays(network), x)
    monkeypatch.setattr(dense_inference, "BATCH", 7)
    assert np.allclose(reconstruct(module_arrays(network), x), whole, atol=1e-6)
    assert np.array_equal(x, before)


def test_the_state_survives_a_round_trip_through_arrays() -> None:
    first, second = made(0, 30, (16,), 4), made(1, 30, (16,), 4)
    arrays: Arrays = module_arrays(first, "network.")
    assert set(arrays) == {f"network.{half}.{k}.{what}" for half in ("encoder", "decoder") for k in (0, 2)
                           for what in ("weight", "bias")}  # fmt: skip
    load_module(second, arrays, "network.")
    x = torch.randn(8, 30)
    assert torch.equal(first(x), second(x))
