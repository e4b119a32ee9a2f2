"""Trees as tables say what scikit-learn's say, and a file of something else is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from ecg_core.learning.model_folder import under
from ecg_core.tasks.classifier.chain.trees import (
    BINS,
    LEAST_ROWS,
    LEAVES,
    RATE,
    SHARE_OF_COLUMNS,
    SHRINKAGE,
    TREES,
    Trees,
)

N, COLUMNS = 1500, 6


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(0, 1, (N, COLUMNS)), 1).astype(np.float32)  # many ties, at the thresholds too
    return x, x[:, 0] + 0.5 * x[:, 1] ** 2 + rng.normal(0, 0.5, N) > 0.4


@pytest.fixture(scope="module")
def trees(rows: tuple[np.ndarray, np.ndarray]) -> Trees:
    return Trees.fit(*rows, np.ones(N))


def test_they_say_what_scikit_learn_says_on_every_row(rows: tuple[np.ndarray, np.ndarray], trees: Trees) -> None:
    model = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE, min_samples_leaf=LEAST_ROWS,
        l2_regularization=SHRINKAGE, max_bins=BINS, max_features=SHARE_OF_COLUMNS, early_stopping=False, random_state=0,
    ).fit(*rows, sample_weight=np.ones(N))  # fmt: skip
    assert np.allclose(trees.log_odds(rows[0]), model.decision_function(rows[0]), atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_column_that_may_only_speak_for_it_does(rows: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    rising = _rising(rows)
    x = np.random.default_rng(seed).normal(0, 2, (50, COLUMNS)).astype(np.float32)
    higher = x.copy()
    higher[:, 0] += np.float32(0.7)
    assert (rising.log_odds(higher) >= rising.log_odds(x) - 1e-6).all()


_kept: list[Trees] = []


def _rising(rows: tuple[np.ndarray, np.ndarray]) -> Trees:
    if not _kept:
        _kept.append(Trees.fit(*rows, np.ones(N), [1, 0, 0, 0, 0, 0], seeds=2))
    return _kept[0]


def test_they_come_back_from_a_file_as_they_were(rows: tuple[np.ndarray, np.ndarray], trees: Trees) -> None:
    back = Trees.from_arrays(under(trees.to_arrays("one."), "one."), COLUMNS)
    assert np.array_equal(back.log_odds(rows[0]), trees.log_odds(rows[0]))


def test_of_one_kind_alone_nothing_is_learned_but_how_rare_it_is() -> None:
    x = np.zeros((200, 2), np.float32)
    none = Trees.fit(x, np.zeros(200, bool), np.ones(200))
    assert (none.log_odds(x) < -5).all()
    assert np.array_equal(Trees.from_arrays(none.to_arrays(""), 2).log_odds(x), none.log_odds(x))


@pytest.mark.parametrize("spoil", ["feature beyond", "feature below", "threshold short", "value short", "constant"])
def test_a_file_that_is_no_trees_is_refused(trees: Trees, spoil: str) -> None:
    arrays = {name: array.copy() for name, array in trees.to_arrays("").items()}
    if spoil == "feature beyond":
        arrays["feature"][3, 2] = COLUMNS
    elif spoil == "feature below":
        arrays["feature"][3, 2] = -1
    elif spoil == "constant":
        arrays["constant"] = np.zeros(2)
    else:
        name = spoil.split()[0]
        arrays[name] = arrays[name][:, :-1]
    with pytest.raises(ValueError, match="trees"):
        Trees.from_arrays(arrays, COLUMNS)
