"""Every door that input comes through, with a little of what `python -m benchmarks.fuzz` tries by the million."""

import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fuzz.driver import fuzz_here, rng_of
from benchmarks.fuzz.judging import Case, Ready, Target, Wrong, judge, text_problem
from benchmarks.fuzz.mutations import mutated_bytes, mutated_json, mutated_text
from benchmarks.fuzz.targets import TARGETS
from ecg_core import workspace
from ecg_core.errors import DataError

FEW = {"weights": 4, "card": 8, "tables": 15, "environment": 15, "places": 60, "table": 40, "run": 20}
SLOW_TO_MAKE = ("arguments", "tables", "environment")
"""These simulate recordings first, or import every verb: the command tries them."""


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings that a target changes are put back."""
    monkeypatch.setattr(workspace, "MODELS", workspace.MODELS)
    before, where = dict(os.environ), Path.cwd()
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)
    os.chdir(where)
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in SLOW_TO_MAKE])
def test_hostile_input_ends_in_a_right_answer_or_in_words(name: str, tmp_path: Path) -> None:
    os.chdir(tmp_path)
    tally = fuzz_here(TARGETS[name], 7, range(FEW.get(name, 60)), tmp_path)
    told = {one.problem: (one.first, one.variant) for one in tally.found.values() if not one.problem.startswith("slow")}
    assert told == {}
    assert tally.counts["refused"] > 0
    assert tally.counts["read"] > 0 or name in ("weights", "card")


def ready(error: Exception | None = None, work: int = 0) -> Ready:
    def use(_case: Case) -> None:
        sum(range(work))
        if error:
            raise error

    return Ready(lambda _rng: Case("", b""), use, most_cpu_s=0.05)


@pytest.mark.parametrize(
    ("one", "kind", "problem"),
    [
        (ready(), "read", ""),
        (ready(DataError("x.hea is damaged.")), "refused", ""),
        (ready(KeyError("kind")), "finding", "KeyError in "),
        (ready(Wrong("rate: 250 here")), "finding", "wrong answer: rate: 250 here"),
        (ready(SystemExit(1)), "finding", "SystemExit in "),
        (ready(work=20_000_000), "finding", "slow: more than 0.05 s of CPU"),
    ],
)
def test_everything_but_an_answer_or_the_workbenchs_own_error_is_a_finding(one: Ready, kind: str, problem: str) -> None:
    verdict = judge(one, Case("", b""))
    assert verdict.kind == kind
    assert verdict.problem.startswith(problem)


def test_a_text_is_short_and_shows_every_sign() -> None:
    assert text_problem("x.hea, line 1: rate is 'nan'.") == ""
    assert text_problem("lead \u202eII") == "text with signs that cannot be seen: 0x202e"
    assert text_problem("x" * 601).startswith("text of more than 600 characters")
    hostile = DataError("lead '\u202e" + "x" * 5000 + "\x1b' is no lead. Name it again.")
    assert text_problem(str(hostile)) == ""
    assert str(hostile).startswith("lead '\\u202exxx")
    assert str(hostile).endswith("' is no lead. Name it again.")


def test_the_same_seed_target_and_number_make_the_same_input(tmp_path: Path) -> None:
    made = TARGETS["annotations"].prepare(tmp_path)
    first, again, other = (made.make(rng_of(1, "annotations", number)) for number in (5, 5, 6))
    assert first == again != other


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_made_of_anything_and_ends(seed: int) -> None:
    rng = rng_of(seed, "x", 0)
    for sound in ("", "a", "1 2 250\n", '{"a": [1, {"b": null}]}'):
        assert isinstance(mutated_bytes(rng, sound.encode()), bytes)
        assert isinstance(mutated_text(rng, sound), bytes)
    assert isinstance(mutated_json(rng, '{"a": [1, {"b": null}], "c": 1e308}'), bytes)


def test_findings_of_one_cause_are_counted_together(tmp_path: Path) -> None:
    target = Target("x", "", 1, lambda _folder: ready(KeyError("kind")))
    tally = fuzz_here(target, 1, range(5), tmp_path)
    assert [(one.count, one.first) for one in tally.found.values()] == [(5, 0)]
    assert tally.counts["finding"] == 5
    assert np.isfinite(tally.worst_cpu_s)
