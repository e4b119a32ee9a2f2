"""A checkpoint gives back what was put in, bit by bit, and is never half written."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save_file

from ecg_core.errors import RunError
from ecg_core.learning.checkpoint import (
    Arrays,
    Checkpoint,
    load_module,
    load_optimiser,
    module_arrays,
    optimiser_arrays,
    read_checkpoint,
    write_checkpoint,
)
from ecg_core.networks.dense_autoencoder import DenseAutoencoder

NAME = "checkpoint.safetensors"
X = torch.randn(64, 12, generator=torch.Generator().manual_seed(0))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)  # fmt: skip
arrays_of_any_kind = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.int16, np.uint8, np.bool_]), hnp.array_shapes(min_dims=0)
)


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.text("abc.0", min_size=1), arrays_of_any_kind, max_size=4),
    st.dictionaries(st.text(), json_values, max_size=4),
)
def test_arrays_and_values_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, arrays: Arrays, values: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("one") / NAME
    write_checkpoint(path, Checkpoint(arrays, values))
    found = read_checkpoint(path)
    assert found.values == values
    assert set(found.arrays) == set(arrays)
    for name, array in arrays.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (array.dtype, array.shape)
        assert np.array_equal(found.arrays[name], array, equal_nan=array.dtype.kind == "f")


def test_views_and_transposed_arrays_are_written_as_they_read(tmp_path: Path) -> None:
    whole = np.arange(24, dtype=np.float32).reshape(4, 6)
    write_checkpoint(tmp_path / NAME, Checkpoint({"turned": whole.T, "every second": whole[:, ::2]}, {}))
    found = read_checkpoint(tmp_path / NAME).arrays
    assert np.array_equal(found["turned"], whole.T)
    assert np.array_equal(found["every second"], whole[:, ::2])


def test_writing_again_replaces_the_file_and_leaves_no_other(tmp_path: Path) -> None:
    for epoch in (1, 2):
        write_checkpoint(tmp_path / NAME, Checkpoint({"w": np.full(3, epoch)}, {"epoch": epoch}))
    assert read_checkpoint(tmp_path / NAME).values == {"epoch": 2}
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (Checkpoint({}, {"loss": float("nan")}), ValueError),
        (Checkpoint({}, {"what": {1, 2}}), TypeError),
        (Checkpoint({"w": np.array([object()])}, {}), Exception),
    ],
)
def test_a_write_that_raises_leaves_the_old_file_and_no_other(
    tmp_path: Path, bad: Checkpoint, error: type[Exception]
) -> None:
    write_checkpoint(tmp_path / NAME, Checkpoint({"w": np.ones(3)}, {"epoch": 1}))
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(error):
        write_checkpoint(tmp_path / NAME, bad)
    assert (tmp_path / NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def good_bytes(folder: Path) -> bytes:
    write_checkpoint(folder / NAME, Checkpoint({"w": np.arange(1000.0)}, {"epoch": 1}))
    return (folder / NAME).read_bytes()


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 50, 100, -1])
def test_a_file_cut_off_anywhere_is_damaged(tmp_path: Path, kept: int) -> None:
    (tmp_path / NAME).write_bytes(good_bytes(tmp_path)[:kept])
    with pytest.raises(RunError, match=rf"^{NAME} is damaged \(.+\): train again from the start\.$"):
        read_checkpoint(tmp_path / NAME)


def test_a_pickle_or_other_bytes_are_damaged(tmp_path: Path) -> None:
    for content in (pickle.dumps({"w": [1, 2, 3]}), b"PK\x03\x04" + bytes(200), b"\xff" * 100):
        (tmp_path / NAME).write_bytes(content)
        with pytest.raises(RunError, match=f"^{NAME} is damaged"):
            read_checkpoint(tmp_path / NAME)


def test_a_declared_size_beyond_the_file_is_damaged_and_not_believed(tmp_path: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [10**10], "data_offsets": [0, 4 * 10**10]}}).encode()
    (tmp_path / NAME).write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))
    with pytest.raises(RunError, match=f"^{NAME} is damaged"):
        read_checkpoint(tmp_path / NAME)


def test_values_that_are_not_json_are_damaged(tmp_path: Path) -> None:
    save_file({"w": np.ones(2)}, tmp_path / NAME, metadata={"values": "{epoch: 1"})
    with pytest.raises(RunError, match=f"^{NAME} is damaged"):
        read_checkpoint(tmp_path / NAME)


def test_a_file_without_values_has_none(tmp_path: Path) -> None:
    save_file({"w": np.ones(2)}, tmp_path / NAME)
    assert read_checkpoint(tmp_path / NAME).values == {}


def made(kind: type[torch.optim.Optimizer], seed: int = 0) -> tuple[DenseAutoencoder, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    network = DenseAutoencoder(12, (8,), 3)
    return network, kind(network.parameters(), lr=1e-2)


def steps(network: DenseAutoencoder, optimiser: torch.optim.Optimizer, n: int) -> None:
    for _ in range(n):
        loss = torch.nn.functional.mse_loss(network(X), X)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()


@pytest.mark.parametrize("kind", [torch.optim.AdamW, torch.optim.Adam, torch.optim.RMSprop])
def test_going_on_after_reloading_equals_unbroken_steps(tmp_path: Path, kind: type[torch.optim.Optimizer]) -> None:
    network, optimiser = made(kind)
    steps(network, optimiser, 5)
    state = module_arrays(network, "network.") | optimiser_arrays(optimiser, "optimiser.")
    write_checkpoint(tmp_path / NAME, Checkpoint(state, {}))
    steps(network, optimiser, 5)

    other, its_optimiser = made(kind, seed=1)
    stored = read_checkpoint(tmp_path / NAME).arrays
    load_module(other, stored, "network.")
    load_optimiser(its_optimiser, stored, "optimiser.")
    steps(other, its_optimiser, 5)

    expected = module_arrays(network) | optimiser_arrays(optimiser, "o.")
    found = module_arrays(other) | optimiser_arrays(its_optimiser, "o.")
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].shape == array.shape
        assert np.array_equal(found[name], array), name


def test_without_the_optimisers_state_the_steps_differ(tmp_path: Path) -> None:
    network, optimiser = made(torch.optim.AdamW)
    steps(network, optimiser, 5)
    other, fresh = made(torch.optim.AdamW, seed=1)
    load_module(other, module_arrays(network))
    steps(network, optimiser, 3)
    steps(other, fresh, 3)
    assert not np.array_equal(module_arrays(network)["encoder.0.weight"], module_arrays(other)["encoder.0.weight"])


def test_the_learning_rate_stays_as_the_optimiser_was_made() -> None:
    network, optimiser = made(torch.optim.AdamW)
    steps(network, optimiser, 2)
    other = torch.optim.AdamW(network.parameters(), lr=0.5, weight_decay=0.25)
    load_optimiser(other, optimiser_arrays(optimiser, "o."), "o.")
    assert (other.param_groups[0]["lr"], other.param_groups[0]["weight_decay"]) == (0.5, 0.25)


def test_taken_arrays_are_copies_that_later_steps_cannot_change() -> None:
    network, optimiser = made(torch.optim.AdamW)
    steps(network, optimiser, 2)
    taken = module_arrays(network) | optimiser_arrays(optimiser, "o.")
    kept = {name: array.copy() for name, array in taken.items()}
    load_module(network, taken)
    load_optimiser(optimiser, taken, "o.")
    steps(network, optimiser, 3)
    for name, array in kept.items():
        assert np.array_equal(taken[name], array), name
    assert not np.array_equal(module_arrays(network)["encoder.0.bias"], kept["encoder.0.bias"])


def test_whoever_may_read_other_files_may_read_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_checkpoint(tmp_path / "a.safetensors", Checkpoint({"x": np.zeros(3)}, {}))
    assert (tmp_path / "a.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode
