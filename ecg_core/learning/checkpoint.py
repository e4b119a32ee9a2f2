"""Everything needed to go on training, as one safetensors file: arrays, and a few plain values in its metadata."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ecg_core.errors import RunError
from ecg_core.files import write_bytes

if TYPE_CHECKING:
    from torch import nn, optim

Arrays = dict[str, npt.NDArray[Any]]
MOST_BYTES = 2 << 30  # the largest written here has 5 MB; a file that only claims gigabytes is never mapped


MOST_BYTES = 2 << 30
"""The largest written here has some 10 MB."""


@dataclass(frozen=True)
class Checkpoint:
    """Named arrays, and values that JSON can hold."""

    arrays: Arrays = field(repr=False)
    values: dict[str, Any]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically: after a kill at any moment the file is the old one or the new one."""
    contiguous = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
    # not save_file, which makes a file that only its owner may read: other users of the machine share runs and models
    write_bytes(path, save(contiguous, metadata={"values": json.dumps(checkpoint.values, allow_nan=False)}))


def read_checkpoint(path: Path) -> Checkpoint:
    """Read what `write_checkpoint` wrote. Raises FileNotFoundError if there is none, RunError if it is damaged."""
    if not path.is_file():  # opening a pipe would wait for ever
        if path.exists():
            raise RunError(f"{path.name} is not a file.")
        raise FileNotFoundError(path)
    if (size := path.stat().st_size) > MOST_BYTES:
        raise RunError(f"{path.name} is damaged ({size:,} bytes, more than any model): train again from the start.")
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ValueError(f"{size:,} bytes, more than {MOST_BYTES:,}")
        with safe_open(path, framework="np") as file:
            values = json.loads((file.metadata() or {}).get("values", "{}"))
            if not isinstance(values, dict):
                raise ValueError("its values are no object")
            return Checkpoint({name: file.get_tensor(name) for name in file.keys()}, values)  # noqa: SIM118
    except RecursionError:
        raise RunError(f"{path.name} is damaged (nested too deeply): train again from the start.") from None
    except (SafetensorError, ValueError, TypeError, OSError) as error:  # a type numpy lacks is a TypeError
        raise RunError(f"{path.name} is damaged ({error}): train again from the start.") from None


def module_arrays(module: "nn.Module", prefix: str = "") -> Arrays:
    """A copy of a module's state, so that later steps cannot change it."""
    return {prefix + name: tensor.detach().numpy().copy() for name, tensor in module.state_dict().items()}


def load_module(module: "nn.Module", arrays: Mapping[str, npt.NDArray[Any]], prefix: str = "") -> None:
    """Put back what `module_arrays` took."""
    import torch

    module.load_state_dict({name: torch.from_numpy(arrays[prefix + name].copy()) for name in module.state_dict()})


def optimiser_arrays(optimiser: "optim.Optimizer", prefix: str) -> Arrays:
    """A copy of an optimiser's running averages and step counts."""
    state = optimiser.state_dict()["state"]
    return {f"{prefix}{k}.{key}": value.numpy().copy() for k, entry in state.items() for key, value in entry.items()}


def load_optimiser(optimiser: "optim.Optimizer", arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> None:
    """Put back what `optimiser_arrays` took; learning rates and the like stay as the optimiser was made."""
    import torch

    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, array in arrays.items():
        if name.startswith(prefix):
            number, key = name.removeprefix(prefix).split(".")
            state.setdefault(int(number), {})[key] = torch.from_numpy(array.copy())
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
