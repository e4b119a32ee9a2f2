"""SMOTE's rows lie between a row and one of its nearest neighbours, signal and numbers alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import DataError
from ecg_core.tasks.classifier.inputs import Inputs
from ecg_core.tasks.classifier.smote import NEIGHBOURS, smote


def some(n: int = 12, seed: int = 0) -> Inputs:
    rng = np.random.default_rng(seed)
    return Inputs(
        rng.standard_normal((n, 2, 6), dtype=np.float32), rng.standard_normal((n, 3), dtype=np.float32)
    )  # fmt: skip


def flat(inputs: Inputs) -> np.ndarray:
    return np.concatenate([inputs.signals.reshape(len(inputs), 12), inputs.numbers], axis=1).astype(np.float64)


def distance_to_line(point: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    share = np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return float(np.linalg.norm(point - a - share * (b - a)))


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 14), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_every_new_row_lies_on_a_line_from_a_row_to_one_of_its_five_nearest(n_rows: int, n: int, seed: int) -> None:
    inputs, rng = some(20, seed), np.random.default_rng(seed)
    rows = rng.choice(20, n_rows, replace=False)
    made = smote(inputs, rows, n, rng)
    assert (made.signals.shape, made.numbers.shape) == ((n, 2, 6), (n, 3))
    assert made.signals.dtype == made.numbers.dtype == np.float32
    own = flat(inputs)[rows]
    distance = np.linalg.norm(own[:, None] - own[None], axis=2)
    near = np.argsort(distance, axis=1)[:, 1 : NEIGHBOURS + 1]
    lines = [(own[i], own[j]) for i in range(n_rows) for j in near[i]]
    for point in flat(made):
        assert min(distance_to_line(point, *line) for line in lines) < 1e-5


def test_rows_of_other_classes_play_no_part() -> None:
    inputs = some(20)
    rows = np.arange(8)
    changed = Inputs(inputs.signals.copy(), inputs.numbers.copy())
    changed.signals[8:], changed.numbers[8:] = 99, 99
    first, other = (smote(one, rows, 30, np.random.default_rng(1)) for one in (inputs, changed))
    assert np.array_equal(flat(first), flat(other))


def test_two_rows_are_enough_and_nothing_may_be_asked_for() -> None:
    inputs = some(2)
    made = smote(inputs, np.arange(2), 50, np.random.default_rng(0))
    assert len(np.unique(flat(made), axis=0)) == 50, "drawn anew each time"
    assert len(smote(inputs, np.arange(2), 0, np.random.default_rng(0))) == 0


def test_beats_without_numbers_are_drawn_between_too() -> None:
    bare = Inputs(some().signals, np.zeros((12, 0), np.float32))
    assert smote(bare, np.arange(12), 5, np.random.default_rng(0)).numbers.shape == (5, 0)


def test_a_seed_draws_the_same_rows() -> None:
    drawn = [flat(smote(some(), np.arange(12), 9, np.random.default_rng(seed))) for seed in (3, 3, 4)]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


@pytest.mark.parametrize("n", [0, 1])
def test_a_class_of_fewer_than_two_rows_is_refused(n: int) -> None:
    with pytest.raises(DataError) as caught:
        smote(some(), np.arange(n), 3, np.random.default_rng(0))
    assert str(caught.value) == f"{n} beat of a class: SMOTE needs at least 2 to draw others between them."
