"""Beats of several records as one array, each record's where it lies: in a memory-mapped file of its own."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


class StackedSignals:
    """(n_beats, n_leads, n_points) float32 over several arrays that follow each other, none of them copied.

    Indexed as the array it stands for: a slice within one part is a view; rows from several parts, and whatever
    `np.asarray` is given, are copied. It cannot be written to.
    """

    dtype = np.dtype(np.float32)
    ndim = 3

    def __init__(self, parts: Sequence[Array]) -> None:
        """`parts`: at least one, (n, n_leads, n_points) each, of one (n_leads, n_points)."""
        if len({part.shape[1:] for part in parts}) != 1:
            raise ValueError(f"{[part.shape for part in parts]}: expected parts that differ in their first axis only")
        self.parts = tuple(parts)
        self._starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])  # (n_parts + 1,)
        self.shape: tuple[int, ...] = (int(self._starts[-1]), *parts[0].shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"StackedSignals{self.shape} of {len(self.parts)} records"

    def __iter__(self) -> Iterator[Array]:
        return (beat for part in self.parts for beat in part)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("Beats of several records cannot become one array without copying them.")
        return np.concatenate(self.parts, dtype=dtype or self.dtype)

    def __getitem__(self, key: Any) -> Array:
        picked: Array = self._picked(key)
        return picked

    def _picked(self, key: Any) -> Any:
        rows, *others = key if isinstance(key, tuple) else (key,)
        if any(other is None or other is Ellipsis for other in (rows, *others)):
            return np.asarray(self)[key]
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            if step == 1:
                views = [view[(slice(None), *others)] for view in self.views(start, stop)]
                return views[0] if len(views) == 1 else np.concatenate(views)
            return self._take(np.arange(start, stop, step))[(slice(None), *others)]
        numbers = np.asarray(rows)
        if numbers.dtype == bool:
            if numbers.shape != (len(self),):
                return np.asarray(self)[key]
            numbers = np.flatnonzero(numbers)
        if numbers.ndim == 0:
            return self._take(numbers[None])[(0, *others)]
        if numbers.ndim > 1 or not (numbers.size == 0 or np.issubdtype(numbers.dtype, np.integer)):
            return np.asarray(self)[key]
        taken = self._take(numbers.astype(np.int64))
        # numpy pairs two arrays of numbers: so the rows stay an array, now of all that were taken
        return taken[(np.arange(len(taken)), *others)] if others else taken

    def views(self, start: int, stop: int) -> list[Array]:
        """Rows [start, stop), part by part, as views; one empty view if there is no row."""
        first, last = np.searchsorted(self._starts[:-1], [start, max(stop, start + 1) - 1], side="right") - 1
        views = [
            part[max(start - at, 0) : max(stop - at, 0)]
            for part, at in zip(self.parts[first : last + 1], self._starts[first : last + 1], strict=True)
        ]
        return [view for view in views if len(view)] or [self.parts[0][:0]]

    def _take(self, rows: npt.NDArray[np.int64]) -> Array:
        """Copies of the beats in `rows`, shape (n,), in their order."""
        wrong = (rows < -len(self)) | (rows >= len(self))
        if wrong.any():
            raise IndexError(f"row {rows[wrong][0]} is out of bounds for {len(self)} beats")
        rows = np.where(rows < 0, rows + len(self), rows)
        taken = np.empty((len(rows), *self.shape[1:]), np.float32)
        order = None if np.all(rows[1:] >= rows[:-1]) else np.argsort(rows, kind="stable")
        ordered = rows if order is None else rows[order]
        bounds = np.searchsorted(ordered, self._starts)  # where in `ordered` each part begins
        for k in np.flatnonzero(np.diff(bounds)):
            here = slice(bounds[k], bounds[k + 1])
            in_part = ordered[here] - self._starts[k]
            if order is None:
                np.take(self.parts[k], in_part, axis=0, out=taken[here], mode="clip")  # clip: `raise` would buffer
            else:
                taken[order[here]] = self.parts[k][in_part]
        return taken


Signals = Array | StackedSignals
"""(n_beats, n_leads, n_points) mV: one record's beats, or those of several where they lie."""


def stacked(parts: Sequence[Array]) -> Signals:
    """The beats of all `parts`, one after the other, without copying; of at least one part."""
    filled = [part for part in parts if len(part)] or list(parts[:1])
    return filled[0] if len(filled) == 1 else StackedSignals(filled)


def rows_as_views(signals: Signals, rows: npt.NDArray[np.int64]) -> Signals:
    """The beats in increasing `rows` as views: nothing is copied, however many records they are of."""
    edges = np.flatnonzero(np.diff(rows) != 1) + 1
    spans = [(int(run[0]), int(run[-1]) + 1) for run in np.split(rows, edges)] if len(rows) else [(0, 0)]
    if isinstance(signals, StackedSignals):
        return stacked([view for start, stop in spans for view in signals.views(start, stop)])
    return stacked([signals[start:stop] for start, stop in spans])
