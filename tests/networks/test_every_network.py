"""What holds for every network: its shapes, and that numpy gives what torch gives. A network without a row fails."""

import importlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import ecg_core.networks
from ecg_core.networks.numpy_layers import Weights
from ecg_core.workspace import PROJECT
from tests.networks.every_network import NETWORKS, Array, Network

FOLDER = PROJECT / "ecg_core" / "networks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
TORCH_FREE = ["numpy_layers", *(name for name in NAMES if name.endswith("_numpy"))]
WITH_NUMPY = {kind: network for kind, network in NETWORKS.items() if network.numpy_pass}

each = pytest.mark.parametrize("network", NETWORKS.values(), ids=[kind.__name__ for kind in NETWORKS])
each_with_numpy = pytest.mark.parametrize("network", WITH_NUMPY.values(), ids=[kind.__name__ for kind in WITH_NUMPY])


def stored(network: Network) -> tuple[nn.Module, Weights]:
    module = network.random()
    assert network.numpy_pass
    return module, network.numpy_pass.weights(module)


def close(network: Network, outputs: list[Array], expected: list[Array]) -> bool:
    """Whether they differ by roundings only."""
    assert network.numpy_pass
    tolerance = network.numpy_pass.tolerance
    return all(
        np.abs(y - wanted).max() < tolerance * max(1.0, float(np.abs(wanted).max()))
        for y, wanted in zip(outputs, expected, strict=True)
    )


def in_smaller_batches(network: Network, size: int, weights: Weights, inputs: tuple[Array, ...]) -> list[Array]:
    assert network.numpy_pass
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network.numpy_pass.module, "BATCH_SIZE", size)
        return network.by_numpy(weights, inputs)


def test_every_network_has_a_row() -> None:
    """Layers that a network of a row consists of need none."""
    modules = [importlib.import_module(f"{ecg_core.networks.__name__}.{name}") for name in NAMES]
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, nn.Module) and kind.__module__ == module.__name__
    }
    layers = {type(layer) for network in NETWORKS.values() for layer in network.random().modules()}
    assert kinds - layers - set(NETWORKS) == set(), "no row in tests/networks/every_network.py"


def test_every_numpy_pass_has_a_row() -> None:
    tested = {network.numpy_pass.module.__name__.rpartition(".")[2] for network in WITH_NUMPY.values()}
    assert {name for name in NAMES if name.endswith("_numpy")} == tested


@each
@pytest.mark.parametrize("n", [1, 2, 9])
def test_rows_come_out_in_the_shape_of_the_network(network: Network, n: int) -> None:
    outputs = network.by_torch(network.random(), network.inputs(n))
    assert [tuple(y.shape) for y in outputs] == [(n, *shape) for shape in network.shapes]
    assert all(torch.isfinite(y).all() for y in outputs)


@each_with_numpy
@pytest.mark.parametrize("n", [1, 2, 70])
def test_numpy_gives_what_torch_gives(network: Network, n: int) -> None:
    module, weights = stored(network)
    inputs = network.inputs(n)
    outputs, expected = network.by_numpy(weights, inputs), [y.numpy() for y in network.by_torch(module, inputs)]
    assert [(y.shape, y.dtype) for y in outputs] == [(y.shape, np.float32) for y in expected]
    assert close(network, outputs, expected)
    assert n == 1 or all(np.ptp(y, axis=0).max() > 1e-3 for y in outputs), "rows differ: a constant would not pass"


@each_with_numpy
def test_no_rows_give_no_rows_of_the_usual_shape(network: Network) -> None:
    outputs = network.by_numpy(stored(network)[1], network.inputs(0))
    assert [(y.shape, y.dtype) for y in outputs] == [((0, *shape), np.float32) for shape in network.shapes]


@each_with_numpy
def test_batches_are_put_together_in_order_and_what_comes_in_is_left_alone(network: Network) -> None:
    weights, inputs = stored(network)[1], network.inputs(20)
    before = [x.copy() for x in (*inputs, *weights.values())]
    whole = network.by_numpy(weights, inputs)
    assert close(network, in_smaller_batches(network, 7, weights, inputs), whole)
    assert all(np.array_equal(x, old) for x, old in zip((*inputs, *weights.values()), before, strict=True))


@each_with_numpy
def test_rows_do_not_see_each_other(network: Network) -> None:
    weights, inputs = stored(network)[1], network.inputs(20)
    turned = network.by_numpy(weights, tuple(x[::-1] for x in inputs))
    assert close(network, [y[::-1] for y in turned], network.by_numpy(weights, inputs))


@each_with_numpy
def test_inputs_of_another_memory_order_give_the_same(network: Network) -> None:
    weights, inputs = stored(network)[1], network.inputs(5)
    turned = network.by_numpy(weights, tuple(map(np.asfortranarray, inputs)))
    assert close(network, turned, network.by_numpy(weights, inputs))


@each_with_numpy
def test_the_order_of_the_arrays_in_a_file_plays_no_part(network: Network) -> None:
    weights, inputs = stored(network)[1], network.inputs(3)
    turned = dict(sorted(weights.items(), reverse=True))
    for y, z in zip(network.by_numpy(weights, inputs), network.by_numpy(turned, inputs), strict=True):
        assert np.array_equal(y, z)


@each_with_numpy
def test_every_stored_array_and_every_input_counts(network: Network) -> None:
    weights, inputs = stored(network)[1], network.inputs(6)
    usual = network.by_numpy(weights, inputs)

    def changed(outputs: list[Array]) -> bool:
        return any(not np.array_equal(y, z) for y, z in zip(usual, outputs, strict=True))

    for name, array in weights.items():
        assert changed(network.by_numpy({**weights, name: 3 * array + 1}, inputs)), name
    for k, x in enumerate(inputs):
        others = (*inputs[:k], np.roll(x, 1, axis=0), *inputs[k + 1 :])
        assert changed(network.by_numpy(weights, others)), f"input {k}"


@pytest.mark.parametrize("name", TORCH_FREE)
def test_what_a_page_scores_with_does_not_import_torch(name: str) -> None:
    program = f"import sys, ecg_core.networks.{name}\nassert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
