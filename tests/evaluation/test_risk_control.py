"""A promise of a review queue is kept on average over new patients, and not made where too few patients allow it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.evaluation.risk_control import Promise, kept, promise, promises, to_review

NAMES = ("N", "S", "V", "F")


def patients(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Beats of class S of n patients, each with a level of their own: probability, whether missed, whose."""
    each = [(k, rng.beta(1 + 3 * rng.random(), 1 + 3 * rng.random(), 40)) for k in range(n)]
    probability = np.concatenate([values for _, values in each])
    return probability, probability < 0.5, np.repeat([f"p{k}" for k, _ in each], 40)


def made(n: int, share: float, rng: np.random.Generator) -> Promise | None:
    probability, missed, patient = patients(n, rng)
    return promise("S", share, probability, missed, np.ones(len(probability), bool), patient)


@pytest.mark.parametrize("share", [0.06, 0.1, 0.2])
def test_over_many_new_patients_no_more_is_missed_than_promised(share: float) -> None:
    rng = np.random.default_rng(0)
    missed = []
    for _ in range(200):
        one = made(20, share, rng)
        assert one is not None
        probability, called_otherwise, _ = patients(1, rng)
        missed.append((called_otherwise & (probability < one.threshold)).mean())
    assert np.mean(missed) < share + 2 * np.std(missed) / np.sqrt(len(missed))
    assert np.mean(missed) > share / 8, "and the queue is not longer than it need be"


def test_what_too_few_patients_allow_is_not_promised() -> None:
    rng = np.random.default_rng(0)
    assert made(8, 0.1, rng) is None
    allowed = made(9, 0.1, rng)
    assert allowed is not None
    assert allowed.smallest == pytest.approx(0.1)


@settings(max_examples=40, deadline=None)
@given(st.integers(10, 30), st.floats(0.1, 0.5), st.integers(0, 2**32 - 1))
def test_a_lower_threshold_than_the_one_found_would_miss_less_and_a_higher_one_too_much(
    n: int, share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    probability, missed, patient = patients(n, rng)
    one = promise("S", share, probability, missed, np.ones(len(probability), bool), patient)
    assert one is not None

    def bound(threshold: float) -> float:
        risk = np.mean([(missed & (probability < threshold))[patient == name].mean() for name in np.unique(patient)])
        return float((n * risk + 1) / (n + 1))

    assert bound(one.threshold) <= share + 1e-9
    above = probability[missed & (probability > one.threshold)]
    if len(above):
        assert bound(float(above.min()) + 1e-12) > share - 1e-9 or bound(float(above.min())) > share - 1e-9


def test_the_queue_holds_what_is_called_otherwise_and_might_be_of_the_class() -> None:
    probability = np.array([[0.7, 0.2, 0.1, 0], [0.95, 0.05, 0, 0], [0.3, 0.6, 0.1, 0], [0.6, 0, 0.4, 0]], np.float32)
    made_of = (Promise("S", 0.1, 0.15, 16), Promise("V", 0.06, 0.3, 17))
    assert to_review(made_of, probability, NAMES).tolist() == [True, False, False, True]


def test_what_became_of_a_promise_is_counted_by_patient() -> None:
    probability = np.array([[0.9, 0.1, 0, 0], [0.8, 0.2, 0, 0], [0.2, 0.8, 0, 0], [0.95, 0.05, 0, 0]], np.float32)
    true, patient = np.array(["S", "S", "S", "N"]), np.array(["a", "a", "b", "b"])
    found = kept((Promise("S", 0.1, 0.15, 16),), probability, true, NAMES, patient)["S"]
    assert found.missed == pytest.approx(0.25)
    assert found.missed_uncalled == pytest.approx(0.5)
    assert found.patients == 2


def test_promises_are_made_of_every_class_that_has_one() -> None:
    rng = np.random.default_rng(1)
    probability = rng.dirichlet([5, 1, 1, 1], 2000).astype(np.float32)
    true, patient = rng.choice(NAMES, 2000), np.array([f"p{k % 25}" for k in range(2000)])
    assert [one.beat_class for one in promises(probability, true, NAMES, patient)] == ["S", "V"]
