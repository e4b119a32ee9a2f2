"""Neighbourhoods: what they say of copies, of collapsed generators and of equal sets, against brute force."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from ecg_core.errors import DataError
from ecg_core.evaluation import neighbours
from ecg_core.evaluation.neighbours import copying_share, kth_neighbour, nearest, prdc, squared_distances

Array = npt.NDArray[np.float64]


def points(n: int, d: int = 6, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.parametrize("numbers", [1, 700, 2**22])
def test_distances_are_the_same_whatever_the_size_of_the_blocks(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK_NUMBERS", numbers)
    a, b = points(83), points(61, seed=1)
    blocks = list(squared_distances(a, b))
    assert max(block.size for _, block in blocks) <= max(numbers, len(b))
    assert all(one.stop == other.start for (one, _), (other, _) in pairwise(blocks))
    assert np.concatenate([block for _, block in blocks]) == pytest.approx(cdist(a, b, "sqeuclidean"))
    assert nearest(a, b) == pytest.approx(cdist(a, b).min(axis=1))
    assert kth_neighbour(a, 3) == pytest.approx(np.sort(cdist(a, a), axis=1)[:, 3])  # column 0 is the beat itself
    assert kth_neighbour(a, 3, np.array([5, 80])) == pytest.approx(kth_neighbour(a, 3)[[5, 80]])


def test_the_distance_to_a_copy_is_nought_and_not_rounding() -> None:
    a = points(50, 288) + 1000.0
    assert nearest(a.astype(np.float32), a.astype(np.float32)).tolist() == [0.0] * 50


def test_equal_sets_have_full_precision_recall_and_coverage() -> None:
    found = prdc(points(200), points(200))
    assert (found["precision"], found["recall"], found["coverage"]) == (1, 1, 1)
    assert found["density"] == pytest.approx(6 / 5)  # each of the five neighbours, and the beat's own ball


def test_sets_far_apart_have_none() -> None:
    assert set(prdc(points(100), points(100) + 50).values()) == {0.0}


def test_two_draws_from_one_distribution_have_nearly_full_figures() -> None:
    found = prdc(points(800), points(800, seed=1))
    assert found["precision"] > 0.9
    assert found["recall"] > 0.9
    assert found["coverage"] > 0.93
    assert found["density"] == pytest.approx(1, abs=0.1)


def test_mode_collapse_lowers_recall_and_coverage_but_not_precision() -> None:
    real, few = points(800), points(15, seed=1)
    collapsed = few[np.random.default_rng(2).integers(0, len(few), 800)] + points(800, seed=3) * 0.01
    found = prdc(real, collapsed)
    assert found["precision"] > 0.8
    assert found["recall"] < 0.1
    assert found["coverage"] < 0.15


def test_beats_of_no_kind_beside_good_ones_lower_precision_but_not_coverage() -> None:
    fake = np.concatenate([points(800, seed=1), points(800, seed=2) + 50])
    found = prdc(points(800), fake)
    assert found["precision"] == pytest.approx(0.5, abs=0.05)
    assert found["coverage"] > 0.93


def test_prdc_is_what_its_definition_gives_beat_by_beat() -> None:
    real, fake, k = points(60), points(40, seed=1) + 0.7, 4
    reach = {name: np.sort(cdist(x, x), axis=1)[:, k] for name, x in (("real", real), ("fake", fake))}
    between = cdist(real, fake)
    assert prdc(real, fake, k) == {
        "precision": pytest.approx(np.mean([any(between[:, j] <= reach["real"]) for j in range(40)])),
        "recall": pytest.approx(np.mean([any(between[i] <= reach["fake"]) for i in range(60)])),
        "density": pytest.approx(sum(sum(between[:, j] <= reach["real"]) for j in range(40)) / (k * 40)),
        "coverage": pytest.approx(np.mean([any(between[i] <= reach["real"][i]) for i in range(60)])),
    }


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([1e-3, 1.0, 1e3]))
def test_neither_order_nor_unit_changes_anything(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(40, 3)), rng.normal(size=(30, 3)) + 0.3
    other = rng.permutation(real) * unit, rng.permutation(fake) * unit
    assert prdc(*other) == pytest.approx(prdc(real, fake))
    assert copying_share(*other) == pytest.approx(copying_share(real, fake))


def test_too_few_beats_for_a_neighbourhood_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        prdc(points(5), points(100))
    assert str(caught.value) == (
        "5 recorded and 100 synthetic beats: more than 5 of each are needed to compare neighbourhoods of 5."
    )


def test_exact_copies_have_a_copying_share_of_one() -> None:
    train = points(300, 288).reshape(300, 2, 144).astype(np.float32)
    assert copying_share(train, train[[3, 3, 7, 200]]) == 1.0


def test_beats_drawn_anew_from_the_same_distribution_have_about_five_per_cent() -> None:
    assert copying_share(points(2000), points(2000, seed=1)) == pytest.approx(0.05, abs=0.02)


def test_a_fifth_of_copies_is_found_among_new_beats() -> None:
    train, fresh = points(2000), points(1000, seed=1)
    fresh[:200] = train[:200] + 1e-3
    assert copying_share(train, fresh) == pytest.approx(0.2 + 0.8 * 0.05, abs=0.02)


def test_beats_from_elsewhere_have_no_copying_share() -> None:
    assert copying_share(points(500), points(100, seed=1) + 20) == 0.0


def test_the_yardstick_of_many_beats_is_taken_from_an_even_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    train, fresh = points(3000), points(1000, seed=1)
    whole = copying_share(train, fresh)
    monkeypatch.setattr(neighbours, "YARDSTICK_BEATS", 700)
    assert copying_share(train, fresh) == pytest.approx(whole, abs=0.02)


@pytest.mark.parametrize(("n", "m"), [(1, 5), (5, 0)])
def test_too_few_beats_to_look_for_copies_are_refused(n: int, m: int) -> None:
    with pytest.raises(DataError) as caught:
        copying_share(points(n), points(m))
    assert str(caught.value) == f"{n} training and {m} synthetic beats: too few to look for copies."
