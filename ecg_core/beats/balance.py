"""The balancing plan: how many synthetic beats of each class a training set is to get, and why not more."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecg_core.beats.classes import ABNORMAL, CLASSES
from ecg_core.beats.summary import lacking
from ecg_core.errors import DataError

FILLED = ABNORMAL
"""Classes that are filled up unless others are named: the abnormal ones that detectors are judged on."""
FEWEST_REAL = 100
"""Real beats a class needs before it gets synthetic ones. With fewer a generator repeats the beats it has seen: class
Q of DS1 holds 8, and making thousands of those would only hide that nothing is known of it."""
USUAL_RATIO = 0.1
"""Beats of each class for one of class N that a plan asks for unless somebody chooses."""
CAP_TIMES = 10.0
"""Most synthetic beats for one real beat of the class. Beyond it gains flatten: the generator repeats what a handful
of patients showed (373 of DS1's 415 fusion beats are record 208's), and more of that is no new evidence."""
HIGHEST_CAP_TIMES = 50.0
"""Up to where a caller may raise that cap; DS1's S needs 48 times its real beats to be as many as N."""


@dataclass(frozen=True)
class PlannedClass:
    """One class of the plan."""

    beat_class: str
    real: int
    target: int
    """Beats the class would hold if nothing capped it; never fewer than `real`."""
    synthetic: int
    """Number of synthetic beats to add."""
    capped: str
    """Why `real` and `synthetic` together stay below `target`; empty if they do not."""


@dataclass(frozen=True)
class Plan:
    """What to add to a training set. Recorded beats are never taken away."""

    classes: tuple[PlannedClass, ...]
    """The classes that were to be filled up, in table order."""
    before: Mapping[str, int]
    """Class -> real beats, every class in table order."""

    @property
    def n_synthetic(self) -> int:
        """Number of synthetic beats in all."""
        return sum(planned.synthetic for planned in self.classes)

    @property
    def after(self) -> dict[str, int]:
        """Class -> real and synthetic beats, every class in table order."""
        added = {planned.beat_class: planned.synthetic for planned in self.classes}
        return {name: count + added.get(name, 0) for name, count in self.before.items()}

    def to_json(self) -> dict[str, Any]:
        """The plan as plain numbers and words."""
        return {
            "classes": [asdict(planned) for planned in self.classes],
            "n_synthetic": self.n_synthetic,
            "before": dict(self.before),
            "after": self.after,
        }


def plan_to_ratio(
    counts: Mapping[str, int], ratio: float, classes: Sequence[str] = FILLED, cap_times: float = CAP_TIMES
) -> Plan:
    """Bring each class to at least `ratio` times the number of N beats, as `summary.lacking` counts it.

    Three caps hold, each named in the plan where it acts: a class of fewer than `FEWEST_REAL` real beats gets none;
    none gets more than `cap_times` times its real beats; none is filled up beyond the number of N beats.

    Parameters
    ----------
    counts : real beats of the training set per AAMI class; a class that is not named has none
    ratio : beats of each class for one of class N, 0 or more
    classes : which classes to fill up, any but N
    cap_times : most synthetic beats for one real beat, 0 to `HIGHEST_CAP_TIMES`

    Raises DataError for a number out of range or a class that cannot be filled up.
    """
    if not 0 <= ratio < math.inf:
        raise DataError(f"A ratio of {ratio:g} was asked for, expected a number of 0 or more.")
    before = _every_class(counts)
    lacks = lacking(before, ratio)
    return _plan(before, {name: before[name] + lacks[name] for name in _checked(classes)}, cap_times)


def plan_to_count(
    counts: Mapping[str, int],
    target: int | Mapping[str, int],
    classes: Sequence[str] = FILLED,
    cap_times: float = CAP_TIMES,
) -> Plan:
    """Bring each class to at least `target` beats, under the caps of `plan_to_ratio`.

    `target` is one number for all of `classes`, or class -> number, which then says the classes as well.
    Raises DataError for a number out of range or a class that cannot be filled up.
    """
    wanted = dict(target) if isinstance(target, Mapping) else dict.fromkeys(classes, target)
    below = [f"{name}: {count}" for name, count in wanted.items() if count < 0]
    if below:
        raise DataError(f"A class cannot hold fewer than 0 beats, but the plan asks for {', '.join(below)}.")
    before = _every_class(counts)
    return _plan(before, {name: max(before[name], wanted[name]) for name in _checked(list(wanted))}, cap_times)


def _every_class(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(name): int(counts.get(name, 0)) for name in CLASSES}


def _checked(classes: Sequence[str]) -> tuple[str, ...]:
    """The classes in table order, each once."""
    can = [name for name in CLASSES if name != "N"]
    wrong = [name for name in classes if name not in can]
    if wrong:
        raise DataError(f"Class {', '.join(wrong)} cannot be filled up, only {', '.join(can)} can.")
    return tuple(name for name in can if name in classes)


def _plan(before: Mapping[str, int], targets: Mapping[str, int], cap_times: float) -> Plan:
    if not 0 <= cap_times <= HIGHEST_CAP_TIMES:
        raise DataError(
            f"{cap_times:g} synthetic beats for one recorded beat were asked for, expected 0 to {HIGHEST_CAP_TIMES:g}."
        )
    planned = [_planned(name, before[name], target, before["N"], cap_times) for name, target in targets.items()]
    return Plan(tuple(planned), before)


def _planned(name: str, real: int, target: int, n_normal: int, cap_times: float) -> PlannedClass:
    lacks = target - real
    caps = {
        f"{name}: at most as many as the {n_normal:,} N beats": max(0, n_normal - real),
        f"{name}: at most {cap_times:g} times its {real:,} recorded beats": math.floor(round(cap_times * real, 6)),
    }
    if real < FEWEST_REAL:
        caps = {f"{name}: {real} beat{'s' * (real != 1)}, at least {FEWEST_REAL} are needed to learn from": 0}
    reason, most = min(caps.items(), key=lambda cap: cap[1])
    return PlannedClass(name, real, target, min(lacks, most), reason if lacks > most else "")
