"""The sampler keeps as many beats as it is told to, and those that look recorded."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.tasks.gan import selection as module
from ecg_core.tasks.gan.selection import Beats, Selection, features

POINTS, N = 144, 300
NOISE_MV = 0.05


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TREES", 40)
        patch.setattr(module, "SHAPE_TREES", 20)
        yield


def clean(n: int, seed: int) -> tuple[Beats, Beats]:
    """Smooth beats of two leads with their rhythm."""
    rng = np.random.default_rng(seed)
    at = np.linspace(-0.35, 0.45, POINTS)
    size, shift = rng.normal(1, 0.2, (n, 2, 1)), rng.normal(0, 0.01, (n, 1, 1))
    beats = size * np.exp(-0.5 * ((at - shift) / 0.03) ** 2) + 0.005 * rng.normal(size=(n, 2, POINTS))
    return beats.astype(np.float32), rng.uniform(0.6, 1.2, (n, 4)).astype(np.float32)


def half_noisy(n: int, seed: int) -> tuple[Beats, Beats]:
    """As `clean`, but every second beat is noisy."""
    beats, rhythm = clean(n, seed)
    beats[1::2] += NOISE_MV * np.random.default_rng(seed + 1).standard_normal(beats[1::2].shape, dtype=np.float32)
    return beats, rhythm


def embedding_of(beats: Beats) -> PcaEmbedding:
    mean, scale = beats.mean(axis=0).astype(np.float64), beats.std(axis=(0, 2)).astype(np.float64)
    flat = ((beats - mean) / scale[:, None]).reshape(len(beats), -1)
    components = np.linalg.svd(flat, full_matrices=False)[2][:8]
    return PcaEmbedding("pca-8", mean, scale, components.astype(np.float64), 1.0, ())


def fitted(accepted: float = 0.25, seed: int = 0) -> Selection:
    recorded = clean(N, 1)
    return Selection.fit(embedding_of(recorded[0]), recorded, half_noisy(N, 3), half_noisy(N, 5), accepted, seed)


@pytest.fixture(scope="module")
def selection() -> Selection:
    return fitted()


def test_kept_beats_are_those_that_look_recorded(selection: Selection) -> None:
    kept = selection.acceptance(*half_noisy(1000, 7))
    noisy = kept[1::2].sum() / kept.sum()
    assert noisy < 0.1, "half of what is made is noisy, of what is kept next to nothing"


@pytest.mark.parametrize("accepted", [0.05, 0.25, 0.6])
def test_the_share_that_is_asked_for_is_kept(accepted: float) -> None:
    selection = fitted(accepted)
    assert selection.acceptance(*half_noisy(N, 5)).mean() == pytest.approx(accepted, abs=1e-6)
    assert selection.acceptance(*half_noisy(2000, 9)).mean() == pytest.approx(accepted, abs=0.35 * accepted)


def test_acceptance_is_a_probability_that_grows_with_the_odds_of_being_recorded(selection: Selection) -> None:
    beats, rhythm = half_noisy(400, 11)
    kept = selection.acceptance(beats, rhythm)
    assert kept.shape == (400,)
    assert 0 <= kept.min() < kept.max() <= 1
    x = features(beats, rhythm, selection.embedding)
    odds = selection.whole.log_odds(x) + selection.shape.log_odds(x[:, :8])
    assert (np.diff(kept[np.argsort(odds)]) >= 0).all()
    below = odds < selection.certain
    assert np.allclose(kept[below], np.exp(odds[below] - selection.certain))
    assert (kept[~below] == 1).all()


def test_a_beat_is_judged_alike_in_any_company(selection: Selection) -> None:
    beats, rhythm = half_noisy(20, 13)
    whole = selection.acceptance(beats, rhythm)
    assert np.allclose(selection.acceptance(beats[3:5], rhythm[3:5]), whole[3:5], rtol=1e-6)


def test_the_rhythm_has_a_say() -> None:
    recorded = clean(N, 1)

    def made(seed: int) -> tuple[Beats, Beats]:
        beats, rhythm = clean(N, seed)
        rhythm[1::2, 0] *= 3
        return beats, rhythm

    found = Selection.fit(embedding_of(recorded[0]), recorded, made(3), made(5), 0.25, 0)
    kept = found.acceptance(*made(7))
    assert kept[1::2].sum() < 0.25 * kept.sum()


def test_choosing_by_texture_leaves_the_shapes_as_they_are_recorded() -> None:
    """Of made beats the small ones are clean more often; those kept must not all be small for that."""
    recorded = clean(N, 1)

    def made(n: int, seed: int) -> tuple[Beats, Beats]:
        beats, rhythm = clean(n, seed)
        rng = np.random.default_rng(seed + 1)
        small = np.ptp(beats[:, 0], axis=1) < np.median(np.ptp(recorded[0][:, 0], axis=1))
        noisy = rng.random(n) < np.where(small, 0.2, 0.8)
        return beats + NOISE_MV * noisy[:, None, None] * rng.standard_normal(beats.shape, dtype=np.float32), rhythm

    found = Selection.fit(embedding_of(recorded[0]), recorded, made(3 * N, 3), made(3 * N, 5), 0.2, 0)
    beats, rhythm = made(3 * N, 7)
    usual = np.ptp(recorded[0][:, 0], axis=1).mean()

    def off(kept: npt.NDArray[np.float64]) -> float:
        return abs(float((np.ptp(beats[:, 0], axis=1) * kept).sum() / kept.sum()) - usual)

    by_texture = np.exp(np.minimum(found.whole.log_odds(features(beats, rhythm, found.embedding)), 0))
    assert off(found.acceptance(beats, rhythm)) < off(by_texture)


def test_the_same_seed_fits_the_same_and_another_seed_another(selection: Selection) -> None:
    beats = half_noisy(100, 15)
    assert np.array_equal(fitted().acceptance(*beats), selection.acceptance(*beats))
    assert not np.array_equal(fitted(seed=1).acceptance(*beats), selection.acceptance(*beats))


def test_a_sampler_survives_as_arrays(selection: Selection) -> None:
    beats = half_noisy(200, 17)
    arrays = selection.to_arrays("selection.")
    assert all(name.startswith("selection.") for name in arrays)
    loaded = Selection.from_arrays(arrays, "selection.")
    assert loaded.certain == selection.certain
    assert np.abs(loaded.acceptance(*beats) - selection.acceptance(*beats)).mean() < 1e-3  # in single precision
    again = Selection.from_arrays(loaded.to_arrays(""), "")
    assert np.array_equal(again.acceptance(*beats), loaded.acceptance(*beats))


def test_a_part_that_is_missing_is_named(selection: Selection) -> None:
    arrays = selection.to_arrays("s.")
    del arrays["s.shape.value"]
    with pytest.raises(KeyError, match=r"s\.shape\.value"):
        Selection.from_arrays(arrays, "s.")
