"""The rules of the urgent list: what each counts, what it does not, and what cannot be told."""

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.reports import urgent
from ecg_core.reports.reading import read_layer
from ecg_core.reports.urgent import Event, Rule
from tests.made_records import FS
from tests.reports.made_reports import beats, found_unreadable, of

RULES = {rule.find.__name__: rule for rule in urgent.RULES}


def found(rule: Rule, labelled: LabelledRecord) -> tuple[Event, ...]:
    return rule.find(read_layer("reference", labelled))


@pytest.mark.parametrize(("v_beats", "n"), [(5, 0), (6, 1)])
def test_six_ventricular_beats_in_a_row_are_tachycardia_and_five_are_not(v_beats: int, n: int) -> None:
    source = of(*beats(("N", 10, 0.8), ("V", v_beats - 1, 0.4), ("F", 1, 0.8), ("N", 10, 0.8)))
    events = found(RULES["ventricular_tachycardia"], source)
    assert [event.n_beats for event in events] == [6] * n
    assert all(event.per_minute == pytest.approx(150, abs=0.5) for event in events)


@pytest.mark.parametrize(("rr_s", "name"), [(0.6, "ventricular_tachycardia"), (0.61, "slow_ventricular")])
def test_a_long_ventricular_run_below_100_a_minute_is_no_tachycardia(rr_s: float, name: str) -> None:
    source = of(*beats(("N", 10, 0.8), ("V", 7, rr_s), ("N", 10, 0.8)))
    told = {one for one in ("ventricular_tachycardia", "slow_ventricular") if found(RULES[one], source)}
    assert told == {name}


def test_flutter_between_brackets_counts_once() -> None:
    samples, symbols = beats(("N", 60, 0.8))
    brackets = [samples[20] + 50, samples[22] - 50]
    plain = of([*samples, *brackets], [*symbols, "[", "]"])
    assert [event.start_sample for event in found(RULES["ventricular_flutter"], plain)] == brackets[:1]
    assert RULES["ventricular_flutter"].can_be_told(read_layer("reference", plain))
    noted = of([*samples, *brackets], [*symbols, "[", "]"], {samples[0]: "(N", samples[20]: "(VFL", samples[22]: "(N"})
    assert [event.start_sample for event in found(RULES["ventricular_flutter"], noted)] == [samples[20]]


def test_the_longest_event_comes_first() -> None:
    source = of(*beats(("N", 10, 0.8), ("V", 6, 0.4), ("N", 9, 0.8), ("V", 8, 0.4), ("N", 9, 0.8)))
    assert [event.n_beats for event in found(RULES["ventricular_tachycardia"], source)] == [8, 6]


@pytest.mark.parametrize(("v_beats", "n"), [(10, 0), (11, 1)])
def test_more_than_a_tenth_of_all_beats_is_frequent(v_beats: int, n: int) -> None:
    source = of(*beats(("N", 50, 0.8), ("V", v_beats, 0.5), ("N", 50 - v_beats, 0.8)))
    events = found(RULES["frequent_ventricular"], source)
    assert len(events) == n
    assert all(event.n_beats == 11 and event.seconds == urgent.DENSE_S for event in events)


@pytest.mark.parametrize(("s_beats", "n"), [(75, 0), (76, 1)])
def test_supraventricular_runs_are_sustained_from_30_s_on(s_beats: int, n: int) -> None:
    source = of(*beats(("N", 10, 0.8), ("S", s_beats, 0.4), ("N", 10, 0.8)))
    assert [event.seconds for event in found(RULES["sustained_supraventricular"], source)] == [30.0] * n


@pytest.mark.parametrize(("rr_s", "n"), [(2.99, 0), (3.0, 1)])
def test_a_pause_is_3_s_and_more(rr_s: float, n: int) -> None:
    samples, symbols = beats(("N", 10, 0.8), ("N", 1, rr_s), ("N", 10, 0.8))
    events = found(RULES["pauses"], of(samples, symbols))
    assert [(event.start_sample, event.stop_sample) for event in events] == [(samples[10], samples[11])] * n


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        ("annotated_fibrillation", "(AFIB"), ("annotated_fibrillation", "(AFL"), ("block", "(BII"),
        ("ventricular_flutter", "(VFL"), ("annotated_supraventricular", "(SVTA"),
    ],
)  # fmt: skip
def test_annotated_rhythms_are_told_with_their_length_and_rate(rule: str, note: str) -> None:
    samples, symbols = beats(("N", 100, 0.5))
    source = of(samples, symbols, {samples[0]: "(N", samples[20]: note, samples[81]: "(N"})
    (event,) = found(RULES[rule], source)
    assert (event.start_sample, event.seconds) == (samples[20], pytest.approx(30.5))
    assert event.per_minute == pytest.approx(120, abs=0.5)
    others = {name for name, one in RULES.items() if one.needs == "annotations" and name != rule}
    assert not any(found(RULES[name], source) for name in others)


def test_annotated_supraventricular_tachycardia_below_30_s_is_not_sustained() -> None:
    samples, symbols = beats(("N", 100, 0.5))
    source = of(samples, symbols, {samples[0]: "(SVTA", samples[50]: "(N"})
    assert found(RULES["annotated_supraventricular"], source) == ()


def test_irregular_intervals_are_fibrillation_by_rr() -> None:
    parts = [("N", 1, rr_s) for rr_s in np.random.default_rng(1).uniform(0.5, 1.1, 200).tolist()]
    (event, *_) = found(RULES["irregular"], of(*beats(*parts)))
    assert event.seconds > 60


@pytest.mark.parametrize(("seconds", "n"), [(9.9, 0), (10.0, 1)])
def test_long_stretches_that_cannot_be_read_are_told(seconds: float, n: int) -> None:
    source = of(*beats(("N", 60, 0.8)))
    source = replace(source, record=found_unreadable(source.record, (20.0, 20.0 + seconds)))
    events = found(RULES["unreadable"], source)
    assert [(event.start_sample, event.seconds) for event in events] == [(20 * FS, 10.0)] * n


def test_what_a_layer_does_not_hold_cannot_be_told_from_it() -> None:
    noted = of(*beats(("N", 10, 0.8)), {0: "(N"})
    plain = of(*beats(("N", 10, 0.8)))
    detected = replace(plain, layer=replace(plain.layer, kind="detected"))
    told = {
        name: {rule.needs for rule in urgent.RULES if rule.can_be_told(read_layer("reference", source))}
        for name, source in {"noted": noted, "plain": plain, "detected": detected}.items()
    }
    assert told == {"noted": {"beats", "classes", "annotations"}, "plain": {"beats", "classes"}, "detected": {"beats"}}
