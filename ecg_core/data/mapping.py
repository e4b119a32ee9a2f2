"""Memory of arrays that are mapped from files."""

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt


def release(values: npt.NDArray[Any]) -> None:
    """Give back the memory that a mapped array was read or written through; any other array stays as it is.

    What was written goes to its file first. Reading again maps the same values anew.
    """
    mapping: Any = values
    while isinstance(mapping, np.ndarray):
        mapping = mapping.base
    if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        if values.flags.writeable:
            mapping.flush()
        mapping.madvise(mmap.MADV_DONTNEED)
