"""Fibrillation judged by duration, flutter apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.rhythm_report import FibrillationFigures, JudgedRhythm, RhythmReport, judge_fibrillation

REFERENCE = (Rhythm("N", 0, 100), Rhythm("AFIB", 100, 200), Rhythm("AFL", 200, 300), Rhythm("N", 300, 400))


def stretches(*limits: tuple[int, int]) -> tuple[Rhythm, ...]:
    return tuple(Rhythm("AFIB", start, stop) for start, stop in limits)


def test_durations_are_counted_and_what_lies_in_flutter_counts_neither_way() -> None:
    figures = judge_fibrillation(REFERENCE, stretches((90, 180), (190, 260), (350, 360)), 10)
    assert figures == FibrillationFigures(10.0, 11.0, 9.0, 10.0, 6.0)
    assert figures.sensitivity == pytest.approx(90)
    assert figures.positive_predictivity == pytest.approx(100 * 9 / 11)


def test_without_fibrillation_or_without_anything_found_there_is_no_figure() -> None:
    assert judge_fibrillation(REFERENCE[:1], (), 10).sensitivity is None
    assert judge_fibrillation(REFERENCE, (), 10).positive_predictivity is None


def test_gross_figures_add_seconds_and_a_part_is_of_its_records_only() -> None:
    found = stretches((100, 150))
    row = JudgedRhythm(found, 10, judge_fibrillation(REFERENCE, found, 10))
    none = JudgedRhythm((), 10, None)
    report = RhythmReport({"a": row, "b": row, "c": none}, {"DS2": ("a", "z"), "DS1": ("c",)})
    value = report.to_json()
    assert value["gross"]["reference_s"] == 20
    assert value["parts"]["DS2"]["reference_s"] == 10
    assert set(value["parts"]) == {"DS2"}
    assert value["records"]["c"] == {"stretches_s": [], "usual_beat": None, "summary": None}
    assert RhythmReport({"c": none}, {}).to_json()["gross"] is None


@given(st.lists(st.integers(0, 400), unique=True, max_size=12), st.lists(st.integers(0, 400), unique=True, max_size=12))
def test_what_is_shared_is_at_most_either_and_perfect_only_for_the_same(first: list[int], second: list[int]) -> None:
    def made(edges: list[int]) -> tuple[Rhythm, ...]:
        ordered = sorted(edges)
        return stretches(*zip(ordered[::2], ordered[1::2], strict=False))

    reference, found = made(first), made(second)
    figures = judge_fibrillation(reference, found, 10)
    assert figures.both_s <= min(figures.reference_s, figures.found_s) + 1e-9
    if reference:
        assert judge_fibrillation(reference, reference, 10).sensitivity == pytest.approx(100)
