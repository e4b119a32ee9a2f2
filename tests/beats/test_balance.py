"""The plan adds what a class lacks, never more than its caps allow, and says which cap acted."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.balance import (
    CAP_TIMES,
    FEWEST_REAL,
    FILLED,
    HIGHEST_CAP_TIMES,
    Plan,
    PlannedClass,
    plan_to_count,
    plan_to_ratio,
)
from ecg_core.beats.classes import CLASSES
from ecg_core.beats.summary import balance_plan, lacking, summarise
from ecg_core.data.catalogue import record_names
from ecg_core.data.patients import mitdb_patients
from ecg_core.errors import DataError

DS1 = {"N": 45866, "S": 944, "V": 3788, "F": 415, "Q": 8}
all_counts = st.fixed_dictionaries({c: st.integers(0, 10**6) for c in CLASSES})
class_lists = st.lists(st.sampled_from(CLASSES[1:]), unique=True)
caps = st.floats(0, HIGHEST_CAP_TIMES)


def test_a_tenth_of_n_is_reached_by_every_class_that_has_enough_to_learn_from() -> None:
    plan = plan_to_ratio(DS1, 0.1)
    assert plan.classes == (
        PlannedClass("S", 944, 4587, 3643, ""),
        PlannedClass("V", 3788, 4587, 799, ""),
        PlannedClass("F", 415, 4587, 4150, "F: at most 10 times its 415 recorded beats"),
    )
    assert plan.n_synthetic == 3643 + 799 + 4150
    assert plan.before == DS1
    assert plan.after == {"N": 45866, "S": 4587, "V": 4587, "F": 4565, "Q": 8}


def test_as_many_as_n_stops_at_ten_times_the_real_beats() -> None:
    plan = plan_to_ratio(DS1, 1.0)
    assert {one.beat_class: one.synthetic for one in plan.classes} == {"S": 9440, "V": 37880, "F": 4150}
    assert [one.capped for one in plan.classes] == [
        "S: at most 10 times its 944 recorded beats",
        "V: at most 10 times its 3,788 recorded beats",
        "F: at most 10 times its 415 recorded beats",
    ]


def test_a_class_of_a_handful_of_beats_gets_none_and_says_why() -> None:
    (q,) = plan_to_ratio(DS1, 0.1, classes=("Q",)).classes
    assert q == PlannedClass("Q", 8, 4587, 0, "Q: 8 beats, at least 100 are needed to learn from")
    (s,) = plan_to_count({"N": 50, "S": 1}, 5, ("S",)).classes
    assert s.capped == "S: 1 beat, at least 100 are needed to learn from"


@pytest.mark.parametrize(("real", "added"), [(FEWEST_REAL - 1, 0), (FEWEST_REAL, 50)])
def test_a_hundred_beats_are_just_enough(real: int, added: int) -> None:
    assert plan_to_count({"N": 1000, "S": real}, real + 50, ("S",)).n_synthetic == added


def test_a_class_is_never_filled_up_beyond_n() -> None:
    plan = plan_to_ratio(DS1, 1.5, cap_times=HIGHEST_CAP_TIMES)
    assert plan.after == {"N": 45866, "S": 45866, "V": 45866, "F": 415 * 51, "Q": 8}
    assert plan.classes[0].capped == "S: at most as many as the 45,866 N beats"
    assert plan_to_count({"N": 100, "V": 300}, 500).n_synthetic == 0


def test_a_class_that_has_enough_is_left_as_it_is_without_a_word() -> None:
    (v,) = plan_to_count(DS1, {"V": 100}).classes
    assert v == PlannedClass("V", 3788, 3788, 0, "")
    assert plan_to_ratio({"N": 0, "S": 3}, 1.0).classes[0] == PlannedClass("S", 3, 3, 0, "")


def test_a_count_for_each_class_plans_these_classes_only() -> None:
    plan = plan_to_count(DS1, {"F": 1000, "S": 2000})
    assert [(one.beat_class, one.synthetic) for one in plan.classes] == [("S", 1056), ("F", 585)]
    assert plan == plan_to_count(dict(reversed(DS1.items())), {"S": 2000, "F": 1000})
    assert plan_to_count(DS1, 1000, ("F",)).after["F"] == 1000


def test_the_plan_asks_for_what_the_class_balance_page_shows(mitdb: Path) -> None:
    summary = summarise(mitdb, record_names(), mitdb_patients())
    counts = summary.class_counts(summary.split.train_name)
    for ratio in (0.05, 0.35, 1.0):
        shown = balance_plan(summary, ratio).set_index("beat_class")
        for one in plan_to_ratio(counts, ratio, CLASSES[1:]).classes:
            assert one.real == shown.loc[one.beat_class, "train"]
            assert one.target - one.real == shown.loc[one.beat_class, "train_lacks"]


def test_the_plan_goes_through_json() -> None:
    plan = plan_to_ratio(DS1, 0.1)
    found = json.loads(json.dumps(plan.to_json(), allow_nan=False))
    assert Plan(tuple(PlannedClass(**one) for one in found["classes"]), found["before"]) == plan
    assert (found["n_synthetic"], found["after"]) == (plan.n_synthetic, plan.after)


@pytest.mark.parametrize("ratio", [-0.1, math.nan, math.inf])
def test_a_ratio_out_of_range_is_refused(ratio: float) -> None:
    with pytest.raises(DataError) as caught:
        plan_to_ratio(DS1, ratio)
    assert str(caught.value) == f"A ratio of {ratio:g} was asked for, expected a number of 0 or more."


@pytest.mark.parametrize("cap", [-1, 50.5, math.nan])
def test_a_cap_out_of_range_is_refused(cap: float) -> None:
    with pytest.raises(DataError) as caught:
        plan_to_count(DS1, 1000, cap_times=cap)
    assert str(caught.value) == f"{cap:g} synthetic beats for one recorded beat were asked for, expected 0 to 50."


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        plan_to_count(DS1, {"S": 5, "V": -2})
    assert str(caught.value) == "A class cannot hold fewer than 0 beats, but the plan asks for V: -2."


def test_class_n_and_unknown_classes_cannot_be_filled_up() -> None:
    expected = "Class N, X cannot be filled up, only S, V, F, Q can."
    with pytest.raises(DataError) as caught:
        plan_to_ratio(DS1, 0.5, ("N", "S", "X"))
    assert str(caught.value) == expected
    with pytest.raises(DataError) as caught:
        plan_to_count(DS1, {"N": 10**6, "X": 1})
    assert str(caught.value) == expected


def check_caps(plan: Plan, counts: dict[str, int], cap: float) -> None:
    assert plan.before == counts
    assert plan.n_synthetic == sum(plan.after.values()) - sum(counts.values())
    for one in plan.classes:
        assert one.real == counts[one.beat_class]
        assert 0 <= one.synthetic <= cap * one.real + 1e-6
        assert one.synthetic == 0 or (one.real >= FEWEST_REAL and one.real + one.synthetic <= counts["N"])
        assert bool(one.capped) == (one.real + one.synthetic < one.target)
        assert one.real + one.synthetic <= one.target


@given(all_counts, st.floats(0, 3), class_lists, caps)
def test_a_plan_to_a_ratio_keeps_every_cap(
    counts: dict[str, int], ratio: float, classes: list[str], cap: float
) -> None:
    plan = plan_to_ratio(counts, ratio, classes, cap)
    check_caps(plan, counts, cap)
    assert [one.beat_class for one in plan.classes] == [c for c in CLASSES if c in classes]
    lacks = lacking(counts, ratio)
    for one in plan.classes:
        assert one.synthetic <= lacks[one.beat_class]
        if not one.capped:
            assert one.synthetic == lacks[one.beat_class]


@given(all_counts, st.integers(0, 10**6), class_lists, caps)
def test_a_plan_to_a_count_keeps_every_cap(counts: dict[str, int], target: int, classes: list[str], cap: float) -> None:
    plan = plan_to_count(counts, target, classes, cap)
    check_caps(plan, counts, cap)
    for one in plan.classes:
        assert one.capped or one.real + one.synthetic == max(one.real, target)


@given(all_counts, st.floats(0, 3), st.floats(0, 3))
def test_a_higher_ratio_never_asks_for_less(counts: dict[str, int], a: float, b: float) -> None:
    low, high = sorted((a, b))
    for less, more in zip(plan_to_ratio(counts, low).classes, plan_to_ratio(counts, high).classes, strict=True):
        assert less.synthetic <= more.synthetic


@given(all_counts, st.floats(0, 3))
def test_what_is_capped_would_be_more_under_the_highest_cap_or_is_held_by_another(
    counts: dict[str, int], ratio: float
) -> None:
    usual, raised = plan_to_ratio(counts, ratio), plan_to_ratio(counts, ratio, FILLED, HIGHEST_CAP_TIMES)
    for one, other in zip(usual.classes, raised.classes, strict=True):
        if f"{CAP_TIMES:g} times" in one.capped:
            assert other.synthetic > one.synthetic
        else:
            assert other.synthetic == one.synthetic
