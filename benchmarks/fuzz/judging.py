"""One input, one verdict: read, refused in the workbench's own words, or a finding."""

import random
import resource
import time
import traceback
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ecg_core.errors import WorkbenchError

MOST_CPU_S = 1.0
MOST_GROWTH_MB = 300.0
MOST_CHARACTERS = 600
PACKAGE = "ecg_core"


@dataclass(frozen=True)
class Case:
    """One input: which file, field or verb it is, and what stands there."""

    variant: str
    content: bytes


@dataclass(frozen=True)
class Ready:
    """A target with its sound inputs made, in a folder of its own."""

    make: Callable[[random.Random], Case]
    use: Callable[[Case], None]
    """Has the product read the input, and use what it read. Raises what the product raises; `Wrong` where the answer
    is not that of an independent reader."""
    most_cpu_s: float = MOST_CPU_S


@dataclass(frozen=True)
class Target:
    """One door that input comes through."""

    name: str
    what: str
    share: float
    """Of all inputs of a run over every target."""
    prepare: Callable[[Path], Ready]
    """Makes the sound inputs in a folder."""
    cases: int | None = None
    """How many different inputs there are, where they are counted and not drawn."""


class Wrong(Exception):
    """Something was read otherwise than an independent reader reads it."""


@dataclass(frozen=True)
class Verdict:
    """What became of one input."""

    kind: Literal["read", "refused", "finding"]
    cpu_s: float
    growth_mb: float = 0.0
    problem: str = ""
    """What is wrong, and where: the same for findings of one cause."""
    told: str = ""
    """The error in full, with its traceback."""


def judge(ready: Ready, case: Case) -> Verdict:
    """Have the product read one input."""
    before, start = _peak_mb(), time.process_time()
    kind: Literal["read", "refused"] = "read"
    problem = told = ""
    try:
        ready.use(case)
    except WorkbenchError as error:
        kind = "refused"
        problem, told = text_problem(str(error)), str(error)
    except Wrong as error:
        problem, told = f"wrong answer: {str(error)[:60]}", str(error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        problem, told = f"{type(error).__name__} in {_where(error)}", traceback.format_exc()[-4000:]
    cpu_s, growth = time.process_time() - start, _peak_mb() - before
    if not problem and cpu_s > ready.most_cpu_s:
        problem = f"slow: more than {ready.most_cpu_s:g} s of CPU"
    if not problem and growth > MOST_GROWTH_MB:
        problem = f"memory: grew by more than {MOST_GROWTH_MB:g} MB"
    if problem:
        return Verdict("finding", cpu_s, growth, problem, told or problem)
    return Verdict(kind, cpu_s, growth)


def text_problem(text: str) -> str:
    """What is wrong with the words of an error; empty if nothing is."""
    if len(text) > MOST_CHARACTERS:
        return f"text of more than {MOST_CHARACTERS} characters: {text[:40]!r}"
    strange = sorted({hex(ord(sign)) for sign in text if sign != "\n" and _hidden(sign)})
    return f"text with signs that cannot be seen: {', '.join(strange[:3])}" if strange else ""


def _hidden(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _where(error: BaseException) -> str:
    """The last lines of ours that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(one.filename).name}:{one.name}" for one in frames if f"/{PACKAGE}/" in one.filename]
    return ours[-1] if ours else "the harness" if not frames else f"{Path(frames[-1].filename).name}:{frames[-1].name}"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
