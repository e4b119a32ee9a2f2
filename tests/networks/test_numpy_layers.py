"""numpy classifies as torch does, after training has moved the running statistics of every normalisation."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from ecg_core.networks.beat_cnn_numpy import classify_beats
from ecg_core.networks.image_cnn_numpy import classify_images
from ecg_core.networks.numpy_layers import folded, softmax
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor, nn

from ecg_core.learning.checkpoint import Arrays, module_arrays
from ecg_core.networks import cnn_inference
from ecg_core.networks.beat_cnn import BeatCnn
from ecg_core.networks.image_cnn import ImageCnn

CLOSE = 2e-5


def trained(network: nn.Module, show: Callable[[], tuple[Tensor, ...]], n_classes: int) -> nn.Module:
    """A network after a few steps on noise of an odd mean and scale."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    network.train()
    for _ in range(6):
        shown = show()
        loss = nn.functional.cross_entropy(network(*shown), torch.arange(len(shown[0])) % n_classes)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval()


def beat_network(channels: int, points: int, n_numbers: int, n_classes: int) -> BeatCnn:
    torch.manual_seed(channels * 1000 + points)
    return trained(
        BeatCnn(channels, n_numbers, n_classes),
        lambda: (3 + 2 * torch.randn(12, channels, points), torch.randn(12, n_numbers)),
        n_classes,
    )


def image_network(channels: int, size: int, n_classes: int) -> ImageCnn:
    torch.manual_seed(channels * 1000 + size)
    return trained(
        ImageCnn(channels, size, n_classes), lambda: (torch.rand(8, channels, size, size) * 2 - 1,), n_classes
    )


def by_torch(network: nn.Module, *x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.softmax(network(*(torch.from_numpy(one) for one in x)), dim=1).numpy()


def some_beats(n: int, channels: int, points: int, n_numbers: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    signals = 3 + 2 * rng.standard_normal((n, channels, points), dtype=np.float32)
    return signals, rng.standard_normal((n, n_numbers), dtype=np.float32)


@pytest.fixture(scope="module")
def network() -> BeatCnn:
    return beat_network(2, 144, 5, 4)


@pytest.fixture(scope="module")
def weights(network: BeatCnn) -> Arrays:
    return folded(module_arrays(network))


@pytest.mark.parametrize("points", [144, 145, 131, 16, 17, 3, 1])
@pytest.mark.parametrize(("channels", "n_numbers", "n_classes"), [(1, 0, 2), (2, 5, 4), (3, 5, 5)])
def test_numpy_classifies_beats_as_torch_does_for_odd_and_even_lengths(
    points: int, channels: int, n_numbers: int, n_classes: int
) -> None:
    network = beat_network(channels, points, n_numbers, n_classes)
    norms = [one for one in network.modules() if isinstance(one, nn.BatchNorm1d)]
    assert all((one.running_mean.abs() > 1e-4).any() for one in norms)
    assert all(((one.running_var - 1).abs() > 0.01).any() for one in norms)
    x = some_beats(9, channels, points, n_numbers)
    found = classify_beats(folded(module_arrays(network)), *x)
    assert (found.shape, found.dtype) == ((9, n_classes), np.float32)
    assert np.abs(found - by_torch(network, *x)).max() < CLOSE
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert np.ptp(found, axis=0).max() > 1e-3, "beats differ, so a constant would not pass"


@pytest.mark.parametrize(("channels", "size", "n_classes"), [(1, 64, 2), (3, 64, 4), (1, 128, 4), (3, 128, 3)])
def test_numpy_classifies_images_as_torch_does(channels: int, size: int, n_classes: int) -> None:
    network = image_network(channels, size, n_classes)
    images = np.random.default_rng(size).integers(0, 256, (5, channels, size, size), np.uint8)
    images[0], images[1] = 0, 255
    found = classify_images(folded(module_arrays(network)), images)
    expected = by_torch(network, images.astype(np.float32) / 127.5 - 1)
    assert (found.shape, found.dtype) == ((5, n_classes), np.float32)
    assert np.abs(found - expected).max() < CLOSE
    assert np.ptp(found, axis=0).max() > 1e-3


def test_no_rows_give_no_probabilities_in_as_many_columns(weights: Arrays) -> None:
    assert classify_beats(weights, *some_beats(0, 2, 144, 5)).shape == (0, 4)
    of_images = folded(module_arrays(image_network(1, 64, 3)))
    assert classify_images(of_images, np.zeros((0, 1, 64, 64), np.uint8)).shape == (0, 3)


def test_batches_are_put_together_in_order_and_what_comes_in_is_left_alone(
    network: BeatCnn, weights: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals, numbers = some_beats(50, 2, 144, 5)
    before = signals.copy(), numbers.copy(), {name: array.copy() for name, array in weights.items()}
    whole = classify_beats(weights, signals, numbers)
    monkeypatch.setattr(cnn_inference, "BEATS_AT_ONCE", 7)
    assert np.allclose(classify_beats(weights, signals, numbers), whole, atol=1e-6)
    assert np.array_equal(signals, before[0])
    assert np.array_equal(numbers, before[1])
    assert all(np.array_equal(weights[name], array) for name, array in before[2].items())
    images = np.random.default_rng(0).integers(0, 256, (7, 1, 64, 64), np.uint8)
    of_images = folded(module_arrays(image_network(1, 64, 3)))
    together = classify_images(of_images, images)
    monkeypatch.setattr(cnn_inference, "IMAGES_AT_ONCE", 3)
    assert np.allclose(classify_images(of_images, images), together, atol=1e-6)


def test_signals_of_another_memory_order_give_the_same(weights: Arrays) -> None:
    signals, numbers = some_beats(20, 2, 144, 5)
    turned = np.asfortranarray(signals)[::-1]
    assert np.allclose(classify_beats(weights, turned, numbers[::-1])[::-1], classify_beats(weights, signals, numbers))


def test_folding_joins_every_normalisation_into_its_convolution(network: BeatCnn, weights: Arrays) -> None:
    layers = {name for name, one in network.named_modules() if isinstance(one, nn.Conv1d | nn.Linear)}
    assert set(weights) == {f"{name}.{what}" for name in layers for what in ("weight", "bias")}
    assert weights["stem.weight"].shape == (7, 2, 16), "taps, n_in, n_out"
    assert weights["squeeze.weight"].shape == (64, 24), "n_in, n_out"
    assert weights["blocks.1.shortcut.weight"].shape == (1, 16, 24)
    assert all(array.dtype == np.float32 and array.flags.c_contiguous for array in weights.values())
    assert weights["stem.bias"].any(), "though the convolution has none"


def test_folding_agrees_with_convolution_and_normalisation_one_after_the_other(
    network: BeatCnn, weights: Arrays
) -> None:
    x = torch.from_numpy(some_beats(4, 2, 144, 5)[0])
    kernel = torch.from_numpy(np.ascontiguousarray(weights["stem.weight"].transpose(2, 1, 0)))
    at_once = nn.functional.conv1d(x, kernel, torch.from_numpy(weights["stem.bias"]), stride=2, padding=3)
    with torch.no_grad():
        assert torch.allclose(at_once, network.stem_norm(network.stem(x)), atol=1e-4)


def test_a_linear_layer_keeps_its_bias_and_a_convolution_without_normalisation_gets_none() -> None:
    torch.manual_seed(0)
    state = module_arrays(nn.ModuleDict({"last": nn.Linear(3, 2), "stem": nn.Conv1d(3, 4, 5, bias=False)}))
    found = folded(state)
    assert np.array_equal(found["last.weight"], state["last.weight"].T)
    assert np.array_equal(found["last.bias"], state["last.bias"])
    assert np.array_equal(found["stem.bias"], np.zeros(4))


def test_more_than_ten_stages_keep_their_order_whatever_that_of_the_arrays() -> None:
    torch.manual_seed(0)
    widths = (4, 5, 6, 7, 6, 5, 4, 5, 6, 7, 6, 5, 4)
    network = trained(BeatCnn(2, 1, 3, widths), lambda: (torch.randn(12, 2, 9), torch.randn(12, 1)), 3)
    as_text = dict(sorted(folded(module_arrays(network)).items()))  # blocks.10 before blocks.2, as in a file
    x = some_beats(6, 2, 9, 1)
    assert np.abs(classify_beats(as_text, *x) - by_torch(network, *x)).max() < CLOSE


logits = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-1e4, 1e4, width=32)
)


@settings(deadline=None)
@given(logits)
def test_softmax_is_a_distribution_however_great_the_logits(x: np.ndarray) -> None:
    found = softmax(x)
    assert np.isfinite(found).all()
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(found, torch.softmax(torch.from_numpy(x), 1).numpy(), atol=1e-6)
