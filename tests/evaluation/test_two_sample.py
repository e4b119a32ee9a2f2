"""Two-sample figures: nought for equal sets, growing with the gap, equal to the closed form, blind to order."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import pdist

from ecg_core.beats.store import BeatSet, load_beats
from ecg_core.errors import DataError
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.evaluation.two_sample import (
    frechet,
    median_bandwidth,
    mmd,
    mmd_squared,
    telling_features,
    two_sample_auc,
)

Array = npt.NDArray[np.float64]
Beats = npt.NDArray[np.float32]


def points(n: int, d: int = 5, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(n, d))


def with_moments(mean: Array, root: Array, n: int = 50) -> Array:
    """Points whose mean and covariance (root @ root.T) are exactly these."""
    x = points(n, len(mean), seed=3)
    x -= x.mean(axis=0)
    white = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T
    moved: Array = white @ root.T + mean
    return moved


@pytest.fixture(scope="module")
def embedding(simulated_beats: BeatSet) -> PcaEmbedding:
    return PcaEmbedding.fit(simulated_beats)


@pytest.fixture(scope="module")
def normal(simulated_beats: BeatSet) -> Beats:
    """800 normal beats of simulated recordings, in random order."""
    rows = np.flatnonzero(simulated_beats.used & (simulated_beats.table["beat_class"] == "N").to_numpy())
    found: Beats = simulated_beats.signals[np.random.default_rng(0).choice(rows, 800, replace=False)]
    return found


def test_the_bandwidth_is_the_median_distance_between_two_beats() -> None:
    x = points(300)
    assert median_bandwidth(x, np.random.default_rng(0)) == pytest.approx(np.median(pdist(x)))


def test_the_bandwidth_of_very_many_beats_is_that_of_two_thousand() -> None:
    x = points(5000)
    assert median_bandwidth(x, np.random.default_rng(0)) == pytest.approx(np.median(pdist(x[:2500])), rel=0.02)


@pytest.mark.parametrize("x", [np.zeros((1, 3)), np.ones((20, 3))])
def test_beats_without_any_distance_have_no_bandwidth(x: Array) -> None:
    with pytest.raises(DataError) as caught:
        median_bandwidth(x, np.random.default_rng(0))
    assert str(caught.value) == (
        f"{len(x)} recorded beats without any distance between them: no bandwidth can be taken."
    )


def test_mmd_of_four_points_by_hand() -> None:
    a, b = np.array([[0.0], [1.0]]), np.array([[0.0], [2.0]])
    k = [math.exp(-(d**2) / (2 * 3.0**2)) for d in (0, 1, 2)]
    assert mmd_squared(a, b, 3.0) == pytest.approx(k[1] + k[2] - 2 * (k[0] + k[2] + k[1] + k[1]) / 4)


def test_mmd_of_two_draws_from_one_distribution_is_about_nought_on_either_side() -> None:
    found = [mmd_squared(points(200, seed=k), points(200, seed=1000 + k), 3.0) for k in range(40)]
    assert abs(np.mean(found)) < 0.0005
    assert min(found) < 0 < max(found)
    assert min(mmd(points(200, seed=k), points(200, seed=1000 + k), 3.0) for k in range(40)) == 0.0


def test_mmd_of_a_set_with_itself_is_nought() -> None:
    x = points(200)
    assert mmd(x, x, 3.0) == 0.0


def test_mmd_grows_with_the_shift_between_two_gaussians() -> None:
    found = [mmd(points(400), points(400, seed=1) + shift, 3.0) for shift in (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)]
    assert (np.diff(found) > 0).all()
    assert found[-1] < math.sqrt(2)


@pytest.mark.parametrize(("n", "bandwidth"), [(1, 1.0), (5, 0.0), (5, float("nan"))])
def test_mmd_without_beats_or_bandwidth_is_refused(n: int, bandwidth: float) -> None:
    with pytest.raises(DataError) as caught:
        mmd(points(n), points(9), bandwidth)
    assert str(caught.value) == f"{n} and 9 beats at a bandwidth of {bandwidth}: two of each and one above 0 needed."


def test_frechet_of_two_known_gaussians_is_the_closed_form() -> None:
    root_a, root_b = np.diag([1.0, 2.0, 3.0]), np.diag([2.0, 2.0, 1.0])  # commuting: sum of (s_a - s_b)^2
    a, b = with_moments(np.zeros(3), root_a), with_moments(np.array([1.0, -2.0, 0.5]), root_b)
    assert frechet(a, b) == pytest.approx(1 + 4 + 0.25 + (1 + 0 + 4))


def test_frechet_of_gaussians_that_do_not_commute_is_the_closed_form() -> None:
    a, b = np.array([[2.0, 0.0], [0.0, 0.5]]), np.array([[1.0, 0.6], [0.6, 1.5]])
    x, y = (with_moments(np.zeros(2), np.linalg.cholesky(c)) for c in (a, b))
    common = math.sqrt(np.trace(a @ b) + 2 * math.sqrt(np.linalg.det(a @ b)))  # trace of the root of a 2 x 2 matrix
    assert frechet(x, y) == pytest.approx(np.trace(a) + np.trace(b) - 2 * common)


def test_frechet_of_fewer_beats_than_dimensions_is_a_number() -> None:
    x = points(10, 32)
    assert frechet(x, x) == pytest.approx(0, abs=1e-9)
    assert frechet(x, points(12, 32, seed=1)) > 1


def test_frechet_needs_two_beats_a_side() -> None:
    with pytest.raises(DataError) as caught:
        frechet(points(1), points(10))
    assert str(caught.value) == "1 and 10 beats: at least two of each are needed for a covariance."


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_neither_the_order_of_beats_nor_that_of_the_sides_changes_a_distance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(30, 4)), rng.normal(size=(20, 4)) * 1.5
    other = rng.permutation(a), rng.permutation(b)
    for distance in (frechet, lambda x, y: mmd_squared(x, y, 2.0)):
        assert distance(*other) == pytest.approx(distance(a, b), abs=1e-9)
        assert distance(b, a) == pytest.approx(distance(a, b), abs=1e-9)


def test_two_halves_of_the_same_recordings_cannot_be_told_apart(normal: Beats, embedding: PcaEmbedding) -> None:
    assert two_sample_auc(normal[:400], normal[400:], 0, embedding) == pytest.approx(0.5, abs=0.08)


Tamper = Callable[[Array, np.random.Generator, PcaEmbedding], Array]
IMITATIONS: dict[str, Tamper] = {
    "with noise of 0.005 mV": lambda x, rng, _: x + rng.normal(size=x.shape) * 0.005,
    "smoothed over a point": lambda x, _, __: gaussian_filter1d(x, 1.0, axis=2),
    "means of two": lambda x, rng, _: (x + rng.permutation(x)) / 2,
    "with the second lead of another beat": lambda x, rng, _: np.stack([x[:, 0], rng.permutation(x[:, 1])], axis=1),
    "without what the embedding leaves out": lambda x, _, to: x - to.residual(x) * to.scale[:, None],
}


@pytest.mark.parametrize("name", IMITATIONS)
def test_the_classifier_finds_recorded_beats_that_were_tampered_with(
    name: str, normal: Beats, embedding: PcaEmbedding
) -> None:
    fake = IMITATIONS[name](normal[400:].astype(np.float64), np.random.default_rng(1), embedding)
    assert two_sample_auc(normal[:400], fake, 0, embedding) > 0.85


def test_the_classifier_finds_tampering_with_real_ventricular_beats_but_nothing_between_random_halves(
    mitdb: Path,
) -> None:
    beats = load_beats(mitdb, ("119", "208", "223"))
    rows = np.flatnonzero(beats.used & (beats.table["beat_class"] == "V").to_numpy())
    rng = np.random.default_rng(0)
    real = beats.signals[rng.choice(rows, 1000, replace=False)].astype(np.float64)
    to = PcaEmbedding.fit(beats)
    assert two_sample_auc(real[:500], real[500:], 0, to) == pytest.approx(0.5, abs=0.07)
    for name, least in (("with noise of 0.005 mV", 0.97), ("smoothed over a point", 0.97), ("means of two", 0.9)):
        assert two_sample_auc(real[:500], IMITATIONS[name](real[500:], rng, to), 0, to) > least, name


def test_the_same_seed_gives_the_same_auc_and_the_larger_side_is_thinned(
    normal: Beats, embedding: PcaEmbedding
) -> None:
    first = two_sample_auc(normal[:40], normal[40:300] + 1.0, 7, embedding)
    assert first == two_sample_auc(normal[:40], normal[40:300] + 1.0, 7, embedding)
    assert first > 0.9


def test_a_handful_of_beats_is_too_few_for_a_classifier(normal: Beats, embedding: PcaEmbedding) -> None:
    with pytest.raises(DataError) as caught:
        two_sample_auc(normal[:9], normal[9:50], 0, embedding)
    assert str(caught.value) == "9 and 41 beats: at least 10 of each are needed for a two-sample test."


def test_what_the_classifier_sees_is_finite_even_of_a_flat_beat(embedding: PcaEmbedding) -> None:
    found = telling_features(np.zeros((3, 2, 144), np.float32), embedding)
    assert np.isfinite(found).all()
    assert found == pytest.approx(
        np.broadcast_to(found[0], found.shape), rel=1e-9, abs=1e-9
    )  # BLAS: not to the last bit
