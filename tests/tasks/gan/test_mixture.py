"""The mixture of Gaussians: what it learns of known ones, how small its parts may be, and what it draws."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.tasks.gan.mixture import SMALLEST, Array, Mixture, fit_mixture

D = 40
CENTRES = np.eye(3, D) * 30  # three Gaussians, far apart
DIRECTIONS = np.random.default_rng(7).normal(size=(3, 2, D)) / 4  # each spread out in two directions of its own
SHARES = (0.5, 0.3, 0.2)


def known(n: int, seed: int = 0) -> Array:
    """Rows of the three Gaussians, shuffled."""
    rng = np.random.default_rng(seed)
    counts = [round(share * n) for share in SHARES]
    parts = [
        centre + rng.normal(size=(count, 2)) @ directions
        for centre, directions, count in zip(CENTRES, DIRECTIONS, counts, strict=True)
    ]
    return rng.permutation(np.concatenate(parts)).astype(np.float32)


def noise(n: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(n, D)).astype(np.float32)


def drawn(mixture: Mixture, n: int, seed: int = 1) -> tuple[npt.NDArray[np.int64], Array]:
    rng = np.random.default_rng(seed)
    component, z = mixture.draw(n, rng)
    return component, mixture.at(component, z)


def share(mixture: Mixture) -> npt.NDArray[np.float64]:
    """Of the rows, by component."""
    return np.bincount(mixture.component, minlength=mixture.n_components) / len(mixture.component)


def same(a: Mixture, b: Mixture) -> bool:
    one, other = a.to_arrays(""), b.to_arrays("")
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_a_seed_gives_the_same_mixture_and_another_seed_another() -> None:
    x = noise(400)
    assert same(fit_mixture(x, 40, 3), fit_mixture(x, 40, 3))
    assert not same(fit_mixture(x, 40, 3), fit_mixture(x, 40, 4))


def test_a_mixture_of_known_gaussians_is_found_again() -> None:
    x = known(600)
    mixture = fit_mixture(x, 200, 0)
    assert sorted(share(mixture).tolist(), reverse=True) == pytest.approx(SHARES)
    order = [int(np.abs(mixture.mean - centre).sum(axis=1).argmin()) for centre in CENTRES]
    assert sorted(order) == [0, 1, 2]
    for k, (centre, directions) in enumerate(zip(CENTRES, DIRECTIONS, strict=True)):
        assert np.abs(mixture.mean[order[k]] - centre).max() < 0.15
        covariance = mixture.factors[order[k]].T @ mixture.factors[order[k]]
        assert np.abs(covariance - directions.T @ directions).max() < 0.1


def test_draws_have_the_means_shares_and_covariances_of_the_rows() -> None:
    x = known(600)
    mixture = fit_mixture(x, 200, 0)
    component, made = drawn(mixture, 20_000)
    assert made.shape == (20_000, D)
    assert made.dtype == np.float32
    assert np.abs(made.mean(axis=0) - x.mean(axis=0)).max() < 0.4
    assert np.abs(np.cov(made.T) - np.cov(x.T)).max() < 0.03 * float(np.abs(np.cov(x.T)).max())
    for number in range(3):
        of_it = made[component == number]
        owned = x[np.abs(x - mixture.mean[number]).sum(axis=1) < 60]
        assert abs(len(of_it) / 20_000 - float(share(mixture)[number])) < 0.02
        assert np.abs(of_it.mean(axis=0) - owned.mean(axis=0)).max() < 0.03
        assert np.abs(np.cov(of_it.T) - np.cov(owned.T)).max() < 0.04


@settings(deadline=None, max_examples=25)
@given(st.integers(SMALLEST, 150), st.integers(1, 60), st.integers(0, 5))
def test_no_component_has_fewer_than_eight_rows_and_every_row_has_one(n: int, per_component: int, seed: int) -> None:
    mixture = fit_mixture(noise(n, seed), per_component, seed)
    rows = np.bincount(mixture.component)
    assert rows.min() >= SMALLEST
    assert rows.sum() == len(mixture.leading) == n
    assert mixture.n_components == len(rows) == len(mixture.factors) <= max(1, n // per_component)


@settings(deadline=None, max_examples=25)
@given(st.integers(SMALLEST, 100), st.integers(8, 60), st.integers(1, 30))
def test_the_rank_is_never_above_the_rows_less_one(n: int, per_component: int, rank: int) -> None:
    mixture = fit_mixture(noise(n), per_component, 0, rank)
    assert mixture.rank == rank
    directions = (np.abs(mixture.factors).max(axis=2) > 0).sum(axis=1)
    rows = np.bincount(mixture.component)
    assert (directions == np.minimum(rank, rows - 1)).all()


@pytest.mark.parametrize("n", [8, 12, 19])
def test_fewer_rows_than_a_component_asks_for_make_one_component(n: int) -> None:
    x = noise(n)
    mixture = fit_mixture(x, 20, 0)
    assert mixture.n_components == 1
    assert np.allclose(mixture.mean[0], x.mean(axis=0), atol=1e-3)  # half precision
    assert np.allclose(mixture.factors[0].T @ mixture.factors[0], np.cov(x.T), atol=1e-2)


def test_a_few_rows_far_from_all_others_join_the_nearest() -> None:
    x = np.concatenate([noise(60), noise(60) + 50, noise(3) + 60]).astype(np.float32)
    mixture = fit_mixture(x, 41, 0)
    assert sorted(np.bincount(mixture.component).tolist()) == [60, 63]


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 9), st.integers(1, 12), st.integers(0, 99))
def test_a_point_is_the_mean_and_its_coordinates_times_the_factors(
    k: int, rank: int, d: int, n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rest = (rng.random(shape).astype(np.float32) for shape in ((k, 1), (k, d), (k, rank, d)))
    mixture = Mixture(np.arange(k), *rest)
    component, z = rng.integers(0, k, n), rng.normal(size=(n, rank)).astype(np.float32)
    before = mixture.mean.copy()
    expected = [mixture.mean[c] + one @ mixture.factors[c] for c, one in zip(component, z, strict=True)]
    assert np.allclose(mixture.at(component, z), expected, atol=1e-5)
    assert np.array_equal(mixture.mean, before)


def test_a_mixture_survives_as_arrays() -> None:
    mixture = fit_mixture(noise(60), 20, 0)
    arrays = mixture.to_arrays("mixture.")
    assert set(arrays) == {"mixture.component", "mixture.leading", "mixture.mean", "mixture.factors"}
    assert same(Mixture.from_arrays(arrays, "mixture."), mixture)
    half = Mixture.stored(arrays, "mixture.")
    assert sum(array.nbytes for array in half.values()) < 0.51 * sum(array.nbytes for array in arrays.values())
    assert same(Mixture.from_arrays(half, "mixture."), mixture)  # fitted as it is stored


def test_a_mixture_from_before_there_were_leading_coordinates_is_drawn_from_by_its_weights() -> None:
    arrays = {
        "m.weight": np.array([0.25, 0.75], np.float32),
        "m.mean": np.zeros((2, 3), np.float16),
        "m.factors": np.ones((2, 1, 3), np.float16),
    }
    mixture = Mixture.from_arrays(arrays, "m.")
    component, z = mixture.draw(4000, np.random.default_rng(0))
    assert np.mean(component == 1) == pytest.approx(0.75, abs=0.03)
    assert z.std() == pytest.approx(1, abs=0.05)


def test_leading_coordinates_are_those_of_the_rows_so_that_two_clouds_in_one_component_stay_two() -> None:
    rng = np.random.default_rng(0)
    x = noise(400) * 0.1
    side = np.where(rng.random(400) < 0.5, -3, 3)
    x[:, 0] += side
    mixture = fit_mixture(x.astype(np.float32), 400, 0)
    assert mixture.n_components == 1
    _, made = drawn(mixture, 4000)
    assert made[:, 0].std() == pytest.approx(x[:, 0].std(), rel=0.05)
    assert np.mean(np.abs(made[:, 0]) < 1) < 0.2  # a normal one has a quarter of its draws there
    assert np.mean(np.abs(rng.normal(size=4000) * x[:, 0].std()) < 1) > 0.22
