"""Recorded ECG images with whose they are: what synthetic images are judged against."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.errors import DataError

Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class RecordedImages:
    """Images drawn from recorded beats, or images of a folder; no synthetic one may be among them."""

    images: Pixels = field(repr=False)
    """(n, size, size) uint8 grey, 0 ink and 255 white, or (n, size, size, 3) uint8 RGB."""
    beat_class: Labels = field(repr=False)
    """(n,)"""
    record: Labels = field(repr=False)
    """(n,); empty texts where nobody says."""
    patient: Labels = field(repr=False)
    """(n,); empty texts where nobody says."""
    seen: npt.NDArray[np.bool_] | None = field(default=None, repr=False)
    """(n,) which of them the generator learned from; None: all of its class may be."""

    def __post_init__(self) -> None:
        lengths = {len(self.images), len(self.beat_class), len(self.record), len(self.patient)}
        if self.seen is not None:
            lengths.add(len(self.seen))
        if len(lengths) > 1:
            raise DataError(f"Recorded images whose parts have {', '.join(map(str, sorted(lengths)))} rows.")

    def __len__(self) -> int:
        return len(self.images)

    def rows_of(self, label: str) -> npt.NDArray[np.int64]:
        """Rows of a class."""
        return np.flatnonzero(self.beat_class == label)

    @property
    def patients_known(self) -> bool:
        """Whether somebody says whose the images are."""
        return bool((self.patient != "").all())
