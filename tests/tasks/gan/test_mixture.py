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
    component = mixture.components(n, rng)
    return component, mixture.at(component, rng.standard_normal((n, mixture.rank), dtype=np.float32))


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
    assert sorted(mixture.weight.tolist(), reverse=True) == pytest.approx(SHARES)
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
        assert abs(len(of_it) / 20_000 - float(mixture.weight[number])) < 0.02
        assert np.abs(of_it.mean(axis=0) - owned.mean(axis=0)).max() < 0.03
        assert np.abs(np.cov(of_it.T) - np.cov(owned.T)).max() < 0.04


@settings(deadline=None, max_examples=25)
@given(st.integers(SMALLEST, 150), st.integers(1, 60), st.integers(0, 5))
def test_no_component_has_fewer_than_eight_rows_and_all_shares_make_one(n: int, per_component: int, seed: int) -> None:
    mixture = fit_mixture(noise(n, seed), per_component, seed)
    rows = mixture.weight.astype(np.float64) * n
    assert np.allclose(rows, np.round(rows), atol=1e-3)
    assert rows.min() > SMALLEST - 0.5
    assert mixture.weight.sum() == pytest.approx(1, abs=1e-5)
    assert len(mixture.weight) == len(mixture.mean) == len(mixture.factors) <= max(1, n // per_component)


@settings(deadline=None, max_examples=25)
@given(st.integers(SMALLEST, 100), st.integers(8, 60), st.integers(1, 30))
def test_the_rank_is_never_above_the_rows_less_one(n: int, per_component: int, rank: int) -> None:
    mixture = fit_mixture(noise(n), per_component, 0, rank)
    assert mixture.rank == rank
    directions = (np.abs(mixture.factors).max(axis=2) > 0).sum(axis=1)
    rows = np.round(mixture.weight * n).astype(int)
    assert (directions == np.minimum(rank, rows - 1)).all()


@pytest.mark.parametrize("n", [8, 12, 19])
def test_fewer_rows_than_a_component_asks_for_make_one_component(n: int) -> None:
    x = noise(n)
    mixture = fit_mixture(x, 20, 0)
    assert mixture.weight.tolist() == [1.0]
    assert np.allclose(mixture.mean[0], x.mean(axis=0), atol=1e-3)  # half precision
    assert np.allclose(mixture.factors[0].T @ mixture.factors[0], np.cov(x.T), atol=1e-2)


def test_a_few_rows_far_from_all_others_join_the_nearest() -> None:
    x = np.concatenate([noise(60), noise(60) + 50, noise(3) + 60]).astype(np.float32)
    mixture = fit_mixture(x, 41, 0)
    assert sorted(np.round(mixture.weight * len(x)).astype(int).tolist()) == [60, 63]


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 9), st.integers(1, 12), st.integers(0, 99))
def test_a_point_is_the_mean_and_its_coordinates_times_the_factors(
    k: int, rank: int, d: int, n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    mixture = Mixture(*(rng.random(shape).astype(np.float32) for shape in ((k,), (k, d), (k, rank, d))))
    component, z = rng.integers(0, k, n), rng.normal(size=(n, rank)).astype(np.float32)
    before = mixture.mean.copy()
    expected = [mixture.mean[c] + one @ mixture.factors[c] for c, one in zip(component, z, strict=True)]
    assert np.allclose(mixture.at(component, z), expected, atol=1e-5)
    assert np.array_equal(mixture.mean, before)


def test_a_mixture_survives_as_arrays() -> None:
    mixture = fit_mixture(noise(60), 20, 0)
    arrays = mixture.to_arrays("mixture.")
    assert set(arrays) == {"mixture.weight", "mixture.mean", "mixture.factors"}
    assert same(Mixture.from_arrays(arrays, "mixture."), mixture)
    half = {name: array.astype(np.float16) for name, array in arrays.items()}
    assert Mixture.from_arrays(half, "mixture.").mean.dtype == np.float32


def test_shares_that_do_not_quite_make_one_can_be_drawn_from() -> None:
    thirds = np.full(3, 1 / 3, np.float16).astype(np.float32)
    mixture = Mixture(thirds, np.zeros((3, 2), np.float32), np.zeros((3, 1, 2), np.float32))
    counts = np.bincount(mixture.components(3000, np.random.default_rng(0)))
    assert counts.min() > 900
