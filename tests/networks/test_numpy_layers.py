"""Each layer in numpy gives what torch's gives; batch normalisation can be joined into the convolution before it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import nn
from torch.nn import functional

from ecg_core.learning.checkpoint import Arrays, module_arrays
from ecg_core.networks.numpy_layers import (
    BATCH_NORM_EPSILON,
    LEAKY_SLOPE,
    conv1d,
    conv2d,
    folded,
    in_batches,
    leaky_relu,
    linear,
    mean_and_max,
    numbered,
    relu_,
    softmax,
    unfolded,
    upsample,
)

seeds = st.integers(0, 2**31 - 1)
few = st.integers(1, 4)
rows = st.integers(0, 4)
odd = st.sampled_from([1, 3, 5, 7])


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def layer(seed: int, *shape: int) -> tuple[Arrays, list[torch.Tensor]]:
    """Weight and bias of a layer called `layer`, as numpy and as torch take them."""
    weights: Arrays = {"layer.weight": normal(seed, *shape), "layer.bias": normal(seed + 1, shape[0])}
    return weights, [torch.from_numpy(array) for array in weights.values()]


def channels_first(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))


def assert_equals(y: np.ndarray, expected: torch.Tensor) -> None:
    wanted = np.moveaxis(expected.numpy(), 1, -1)
    assert (y.shape, y.dtype) == (wanted.shape, np.float32)
    assert np.allclose(y, wanted, atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(seeds, rows, few, few)
def test_a_linear_layer(seed: int, n: int, n_in: int, n_out: int) -> None:
    weights, parameters = layer(seed, n_out, n_in)
    x = normal(seed, n, n_in)
    assert_equals(linear(weights, "layer", x), functional.linear(torch.from_numpy(x), *parameters))


@settings(deadline=None, max_examples=60)
@given(seeds, rows, st.integers(1, 20), few, few, odd, st.integers(1, 3))
def test_a_convolution_in_time_of_any_dilation(
    seed: int, n: int, length: int, n_in: int, n_out: int, taps: int, dilation: int
) -> None:
    weights, parameters = layer(seed, n_out, n_in, taps)
    x = normal(seed, n, length, n_in)
    expected = functional.conv1d(channels_first(x), *parameters, 1, dilation * (taps // 2), dilation)
    assert_equals(conv1d(weights, "layer", x, dilation), expected)


@settings(deadline=None, max_examples=40)
@given(seeds, rows, st.integers(1, 9), st.integers(1, 9), few, few, odd, st.integers(1, 3))
def test_a_convolution_of_images_of_any_stride(
    seed: int, n: int, high: int, wide: int, n_in: int, n_out: int, taps: int, stride: int
) -> None:
    weights, parameters = layer(seed, n_out, n_in, taps, taps)
    x = normal(seed, n, high, wide, n_in)
    assert_equals(
        conv2d(weights, "layer", x, stride), functional.conv2d(channels_first(x), *parameters, stride, taps // 2)
    )


@pytest.mark.parametrize("taps", [1, 3])
@pytest.mark.parametrize("n_in", [1, 2, 4])
def test_a_weight_for_other_channels_is_refused(taps: int, n_in: int) -> None:
    """Windows are made from strides: none may look beyond the array, or stand for channels that are not there."""
    with pytest.raises(ValueError, match="shape") as error:
        conv1d(layer(0, 5, 3, taps)[0], "layer", normal(0, 2, 9, n_in))
    assert str(error.value) == f"layer.weight is of shape (5, 3, {taps}): for 3 channels, not for {n_in}"
    with pytest.raises(ValueError, match=f"for 3 channels, not for {n_in}"):
        conv2d(layer(0, 5, 3, taps, taps)[0], "layer", normal(0, 2, 9, 9, n_in))


def test_activations() -> None:
    x = normal(0, 3, 5, 4)
    assert np.array_equal(leaky_relu(x), functional.leaky_relu(torch.from_numpy(x), LEAKY_SLOPE).numpy())
    assert (x < 0).any()
    assert relu_(x) is x
    assert np.array_equal(x, np.maximum(normal(0, 3, 5, 4), 0))


@pytest.mark.parametrize("shape", [(3, 5, 4), (3, 5, 6, 4), (0, 5, 4)])
def test_mean_and_maximum_over_everything_between_rows_and_channels(shape: tuple[int, ...]) -> None:
    x = normal(0, *shape)
    flat = x.reshape(shape[0], int(np.prod(shape[1:-1])), shape[-1])
    assert np.allclose(mean_and_max(x), np.hstack([flat.mean(axis=1), flat.max(axis=1)]), atol=1e-6)


def test_upsampling_repeats_each_value_four_times() -> None:
    x = normal(0, 2, 3, 5, 4)
    assert_equals(upsample(x), functional.interpolate(channels_first(x), scale_factor=2.0))


logits = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-1e4, 1e4, width=32)
)


@settings(deadline=None)
@given(logits)
def test_softmax_is_a_distribution_however_great_the_logits(x: np.ndarray) -> None:
    probability = softmax(x)
    assert np.isfinite(probability).all()
    assert probability.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(probability, torch.softmax(torch.from_numpy(x), 1).numpy(), atol=1e-6)


def test_layers_are_numbered_as_numbers_and_not_as_text() -> None:
    keys = [f"blocks.{k}.{part}" for k in (10, 2, 0) for part in ("first.weight", "first.bias")]
    assert numbered(dict.fromkeys([*keys, "blocks_2.1.weight", "last.weight"], np.zeros(1, np.float32)), "blocks") == [
        "blocks.0", "blocks.2", "blocks.10",
    ]  # fmt: skip


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(1, 8))
def test_batches_cover_every_row_once_and_are_never_larger_than_asked_for(n: int, size: int) -> None:
    lengths = []

    def forward(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        lengths.append(len(x))
        return x[:, None] * y

    x, y = normal(0, n), normal(1, n, 3)
    assert np.array_equal(in_batches(forward, size, x, y), x[:, None] * y)
    assert sum(lengths) == n
    assert max(lengths) <= size


def state_of_a_stem() -> tuple[nn.ModuleDict, Arrays]:
    torch.manual_seed(0)
    module = nn.ModuleDict({
        "stem": nn.Conv1d(2, 16, 7, bias=False), "stem_norm": nn.BatchNorm1d(16, BATCH_NORM_EPSILON),
        "picture": nn.Conv2d(2, 3, 5), "picture_norm": nn.BatchNorm2d(3, BATCH_NORM_EPSILON),
        "bare": nn.Conv1d(3, 4, 5, bias=False), "last": nn.Linear(3, 2),
    }).eval()  # fmt: skip
    for norm in (module["stem_norm"], module["picture_norm"]):
        for tensor in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
            tensor.uniform_(0.5, 2.0)
    return module.requires_grad_(False), module_arrays(module)


def test_folding_joins_every_normalisation_into_its_convolution() -> None:
    weights = folded(state_of_a_stem()[1])
    assert set(weights) == {f"{name}.{what}" for name in ("stem", "picture", "bare", "last")
                            for what in ("weight", "bias")}  # fmt: skip
    assert weights["stem.weight"].shape == (7, 2, 16), "taps, n_in, n_out"
    assert weights["picture.weight"].shape == (5, 5, 2, 3)
    assert weights["last.weight"].shape == (3, 2), "n_in, n_out"
    assert all(array.dtype == np.float32 and array.flags.c_contiguous for array in weights.values())
    assert weights["stem.bias"].any(), "though the convolution has none"


def test_folding_agrees_with_convolution_and_normalisation_one_after_the_other() -> None:
    module, state = state_of_a_stem()
    weights = {name: torch.from_numpy(array.copy()) for name, array in unfolded(folded(state)).items()}
    x, picture = torch.from_numpy(normal(0, 4, 2, 20)), torch.from_numpy(normal(0, 4, 2, 9, 9))
    at_once = functional.conv1d(x, weights["stem.weight"], weights["stem.bias"])
    assert torch.allclose(at_once, module["stem_norm"](module["stem"](x)), atol=1e-5)
    at_once = functional.conv2d(picture, weights["picture.weight"], weights["picture.bias"])
    assert torch.allclose(at_once, module["picture_norm"](module["picture"](picture)), atol=1e-5)


def test_what_has_no_normalisation_comes_back_as_it_was_and_a_missing_bias_as_zero() -> None:
    _, state = state_of_a_stem()
    weights = unfolded(folded(state))
    for name in ("last.weight", "last.bias", "bare.weight"):
        assert np.array_equal(weights[name], state[name])
    assert np.array_equal(weights["bare.bias"], np.zeros(4))


def test_unfolding_copies_nothing() -> None:
    weights = folded(state_of_a_stem()[1])
    assert all(np.shares_memory(array, weights[name]) for name, array in unfolded(weights).items())
