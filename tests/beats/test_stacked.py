"""Beats of several records are indexed as the one array they stand for, and nothing is copied that need not be."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.stacked import StackedSignals, rows_as_views, stacked

Array = npt.NDArray[np.float32]


def parts_of(sizes: list[int]) -> list[Array]:
    whole = np.arange(sum(sizes) * 6, dtype=np.float32).reshape(-1, 2, 3)
    return np.split(whole, np.cumsum(sizes)[:-1])


@st.composite
def stacks(draw: st.DrawFn) -> tuple[Array, StackedSignals]:
    """An array and the same in parts, some of them empty, but not all."""
    sizes = draw(st.lists(st.integers(0, 5), min_size=1, max_size=5).filter(any))
    parts = parts_of(sizes)
    return np.concatenate(parts), StackedSignals(parts)


def keys_for(draw: st.DrawFn, n: int) -> Any:
    rows = st.integers(-n, n - 1)
    lists = st.lists(rows, max_size=8)
    first = draw(
        st.one_of(
            rows,
            rows.map(np.int64),
            st.slices(n),
            lists.map(lambda chosen: np.array(chosen, np.int64)),
            lists,
            st.lists(st.booleans(), min_size=n, max_size=n).map(np.array),
        )
    )
    others = draw(
        st.sampled_from(
            [(), (0,), (1, 2), (slice(None),), (slice(None), 1), ([1, 0],), (slice(1), [2, 0]), (np.array([1]), 2)]
        )
    )
    return (first, *others)


@given(stacks(), st.data())
def test_every_index_gives_what_the_array_gives(stack: tuple[Array, StackedSignals], data: st.DataObject) -> None:
    whole, signals = stack
    key = data.draw(st.composite(lambda draw: keys_for(draw, len(whole)))())
    try:
        expected = whole[key]
    except IndexError:  # numpy cannot pair three rows with two leads; neither can the stack
        with pytest.raises(IndexError):
            signals[key]
        return
    picked = signals[key]
    assert picked.dtype == np.float32
    assert np.array_equal(picked, expected)
    if len(key) == 1:
        assert np.array_equal(signals[key[0]], expected)


@given(stacks())
def test_it_has_the_shape_and_the_beats_of_the_array(stack: tuple[Array, StackedSignals]) -> None:
    whole, signals = stack
    assert (signals.shape, signals.ndim, len(signals)) == (whole.shape, 3, len(whole))
    assert np.array_equal(np.asarray(signals), whole)
    assert np.asarray(signals, np.float64).dtype == np.float64
    assert np.array_equal(np.stack(list(signals)), whole)
    assert np.array_equal(np.concatenate([signals, whole[:1]]), np.concatenate([whole, whole[:1]]))
    assert np.array_equal(signals[...], whole)
    assert np.array_equal(signals[whole > 3], whole[whole > 3])


@given(stacks(), st.data())
def test_chosen_rows_are_views_however_many_parts_they_lie_in(
    stack: tuple[Array, StackedSignals], data: st.DataObject
) -> None:
    whole, signals = stack
    rows = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=len(whole), max_size=len(whole))))
    for source in (whole, signals):
        chosen = rows_as_views(source, rows)
        assert np.array_equal(chosen, whole[rows])
        for part in chosen.parts if isinstance(chosen, StackedSignals) else [chosen]:
            assert any(np.shares_memory(part, one) for one in (whole, *signals.parts)) or not len(part)


def test_a_slice_within_one_part_is_a_view_and_a_wider_one_a_copy() -> None:
    parts = parts_of([3, 0, 4])
    signals = StackedSignals(parts)
    assert np.shares_memory(signals[3:7], parts[2])
    assert np.shares_memory(signals[4:6, 1], parts[2])
    assert not any(np.shares_memory(signals[2:4], part) for part in parts)


@pytest.mark.parametrize("row", [7, -8, [0, 7], [-8]])
def test_a_row_that_is_not_there_is_an_index_error(row: Any) -> None:
    with pytest.raises(IndexError, match="out of bounds for 7 beats"):
        StackedSignals(parts_of([3, 4]))[row]


def test_parts_of_other_leads_do_not_stack() -> None:
    with pytest.raises(ValueError, match="differ in their first axis only"):
        StackedSignals([np.zeros((2, 2, 3), np.float32), np.zeros((2, 1, 3), np.float32)])


def test_one_part_with_beats_stays_the_array_it_is() -> None:
    one, none = np.ones((2, 2, 3), np.float32), np.zeros((0, 2, 3), np.float32)
    assert stacked([none, one, none]) is one
    assert stacked([none, none]).shape == (0, 2, 3)


def test_no_view_can_be_asked_for_where_a_copy_is_needed() -> None:
    with pytest.raises(ValueError, match="without copying"):
        np.asarray(StackedSignals(parts_of([1, 1])), copy=False)
