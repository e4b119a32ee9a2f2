"""Trees as arrays say what scikit-learn's say, also from a model file."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.tasks.gan import boosted_trees
from ecg_core.tasks.gan.boosted_trees import BoostedTrees

D = 6


def told_apart(n: int, seed: int = 0) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Rows that differ in two columns, all within -1 to 1: whole-numbered thresholds could not tell them apart."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, D))
    return x, x[:, 1] + 0.5 * np.sign(x[:, 4]) * x[:, 0] + 0.1 * rng.normal(size=n) > 0.2


@pytest.fixture(scope="module")
def fitted() -> tuple[BoostedTrees, GradientBoostingClassifier]:
    """The trees, and the scikit-learn model they were taken from."""
    made: list[GradientBoostingClassifier] = []

    class Watched(GradientBoostingClassifier):
        def __init__(self, **parameters: Any) -> None:
            super().__init__(**parameters)
            made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosted_trees, "GradientBoostingClassifier", Watched)
        trees = BoostedTrees.fit(*told_apart(600), 0, trees=30, depth=3, rate=0.1)
    return trees, made[0]


def test_log_odds_are_scikit_learns(fitted: tuple[BoostedTrees, GradientBoostingClassifier]) -> None:
    trees, model = fitted
    x, _ = told_apart(500, seed=1)
    expected = model.decision_function(x.astype(np.float32))
    assert np.abs(trees.log_odds(x) - expected).max() < 1e-9
    assert np.ptp(expected) > 2


def test_rows_on_a_threshold_go_where_scikit_learn_sends_them(
    fitted: tuple[BoostedTrees, GradientBoostingClassifier],
) -> None:
    trees, model = fitted
    x = np.repeat(told_apart(1)[0], trees.feature.size, axis=0)
    inner = trees.feature.ravel() >= 0
    x[np.flatnonzero(inner), trees.feature.ravel()[inner]] = trees.threshold.ravel()[inner]
    assert np.abs(trees.log_odds(x) - model.decision_function(x.astype(np.float32))).max() < 1e-9


def test_trees_tell_rows_apart_that_they_have_not_seen(
    fitted: tuple[BoostedTrees, GradientBoostingClassifier],
) -> None:
    x, y = told_apart(500, seed=2)
    assert np.mean((fitted[0].log_odds(x) > 0) == y) > 0.85


def test_trees_survive_a_model_file(fitted: tuple[BoostedTrees, GradientBoostingClassifier], tmp_path: Any) -> None:
    trees, _ = fitted
    write_checkpoint(tmp_path / "model.safetensors", Checkpoint(trees.to_arrays("trees."), {}))
    arrays = read_checkpoint(tmp_path / "model.safetensors").arrays
    assert set(arrays) == {f"trees.{name}" for name in ("feature", "threshold", "left", "right", "value")}
    loaded = BoostedTrees.from_arrays(arrays, "trees.")
    x, _ = told_apart(500, seed=1)
    assert np.abs(loaded.log_odds(x) - trees.log_odds(x)).max() < 1e-5
    again = BoostedTrees.from_arrays(loaded.to_arrays(""), "")
    assert np.array_equal(again.log_odds(x), loaded.log_odds(x))


@pytest.mark.parametrize(("name", "to"), [("left", 0), ("right", 0), ("left", 10_000), ("right", -1)])
def test_trees_that_lead_nowhere_or_in_a_circle_are_refused_and_not_walked(
    fitted: tuple[BoostedTrees, GradientBoostingClassifier], name: str, to: int
) -> None:
    arrays = fitted[0].to_arrays("trees.")
    arrays[f"trees.{name}"][3, 0] = to
    with pytest.raises(ValueError, match=r"^trees: a node of a tree does not lead to a later one$"):
        BoostedTrees.from_arrays(arrays, "trees.")


def test_the_same_seed_grows_the_same_trees_and_another_seed_others() -> None:
    x, y = told_apart(200)
    one, again, other = (BoostedTrees.fit(x, y, seed, trees=5, depth=2, rate=0.1) for seed in (0, 0, 1))
    assert np.array_equal(one.log_odds(x), again.log_odds(x))
    assert not np.array_equal(one.log_odds(x), other.log_odds(x))


def test_both_sides_weigh_alike_however_many_rows_each_has() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(800, D)), np.arange(800) < 40
    odds = BoostedTrees.fit(x, y, 0, trees=20, depth=1, rate=0.05).log_odds(rng.normal(size=(500, D)))
    assert abs(odds.mean()) < 0.3, "ln of 40 to 760 is -2.9"


def test_no_rows_have_no_odds(fitted: tuple[BoostedTrees, GradientBoostingClassifier]) -> None:
    assert fitted[0].log_odds(np.zeros((0, D))).shape == (0,)
