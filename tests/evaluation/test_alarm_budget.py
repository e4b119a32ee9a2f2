"""Thresholds by accepted false alarms: the lowest that keeps to each budget, and the spread between recordings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.evaluation.alarm_budget import FEWEST_RECORDS, alarm_budgets
from ecg_core.evaluation.detection import Detection


def detection(seed: int = 0, n_records: int = 6, n: int = 60, complete: bool = True) -> Detection:
    rng = np.random.default_rng(seed)
    record = np.repeat([f"r{k}" for k in range(n_records)], n)
    classes = rng.choice(list("NNNNNNSVFQ"), len(record))
    score = np.round(rng.gamma(2, 1, len(record)) + 2 * (classes != "N"), 1)
    hours = {f"r{k}": 0.5 + k / 4 for k in range(n_records)}
    return Detection(score, classes, record, hours, complete)


def per_hour(of: Detection, threshold: float) -> np.ndarray:
    return np.array(
        [((of.record == name) & (of.beat_class == "N") & (of.score >= threshold)).sum() / hours
         for name, hours in of.hours.items()]
    )  # fmt: skip


@given(st.integers(0, 10_000), st.floats(0.1, 60))
@settings(max_examples=60, deadline=None)
def test_the_threshold_keeps_to_the_budget_and_a_lower_one_would_not(seed: int, accepted: float) -> None:
    of = detection(seed)
    for budget in alarm_budgets(of, (accepted,)):
        assert per_hour(of, budget.threshold).mean() <= accepted + 1e-9
        assert budget.threshold == round(budget.threshold, 2)
        assert per_hour(of, round(budget.threshold - 0.01, 2)).mean() > accepted


def test_what_a_budget_came_to_is_what_its_threshold_does() -> None:
    of = detection()
    (budget,) = alarm_budgets(of, (10.0,))
    own = per_hour(of, budget.threshold)
    abnormal = np.isin(of.beat_class, list("SVF"))
    assert budget.found == pytest.approx((of.score[abnormal] >= budget.threshold).mean())
    assert (budget.half_from, budget.half_to) == pytest.approx(tuple(np.quantile(own, (0.25, 0.75))))
    assert budget.most == own.max()


def test_more_false_alarms_find_no_less() -> None:
    found = [one.found for one in alarm_budgets(detection(), (1.0, 5.0, 10.0, 20.0))]
    assert len(found) == 4
    assert found == sorted(found)


def test_where_there_is_nothing_to_choose_from_there_is_no_budget() -> None:
    assert alarm_budgets(detection(n_records=FEWEST_RECORDS - 1)) == ()
    assert alarm_budgets(detection(complete=False)) == ()
    assert alarm_budgets(detection(), (1e9,)) == ()
