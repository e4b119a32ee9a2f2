"""Learning the chain: every step's training rows carry scores of models that have not seen their patients, and what is
said of a patient for validation comes from models that have seen neither him nor scores made with him."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.one_thread import one_thread
from ecg_core.parallel.spread import in_order
from ecg_core.parallel.workers import chosen_workers, were_chosen
from ecg_core.tasks.classifier.chain.chain import (
    HEADS,
    MONOTONE,
    ONE_WAY,
    Chain,
    Probabilities,
    S,
    V,
    asked,
    matrix,
)
from ecg_core.tasks.classifier.chain.numbers import Seen, second_numbers, seen
from ecg_core.tasks.classifier.chain.record import Floats, Numbers, RecordBeats, Rows
from ecg_core.tasks.classifier.chain.trees import Trees
from ecg_core.tasks.classifier.chain.variants import CHIMERA, PART, Variant, variants

MOST_BLOCKS = 5
"""Blocks of patients whose first-step scores are made without them."""
MOST_NORMAL, MOST_RARE = 300, 300
"""Rows of N, and of each other class, that a variant of a recording gives."""
MOST_NORMAL_OF_PART, MOST_RARE_OF_PART = 60, 100
COMMON = 300.0
"""Beats of a class in a recording from which on they weigh as little as the commonest."""
SEEDS = {"shape": 1, "ventricular": 2, "early": 3, "wave": 3}

Told = Callable[[int, int], None]
"""Called with how many pieces of work are done, and of how many; what it raises ends the work."""


@dataclass(frozen=True, eq=False)
class _Lesson:
    """A variant, and the rows of it that are learned from."""

    name: str
    donor: str
    kind: str
    seen: Seen = field(repr=False)
    chosen: Rows = field(repr=False)
    label: Rows = field(repr=False)
    weight: Numbers = field(repr=False)

    def without(self, records: frozenset[str]) -> bool:
        """Whether it shows no beat of any of these records."""
        return self.name not in records and self.donor not in records


def _nobody(_done: int, _of: int) -> None:
    """Whom nothing is told."""


@dataclass(frozen=True, eq=False)
class FittedChain:
    """What came of it."""

    chain: Chain
    held_out: Probabilities = field(repr=False)
    """(n, 4) of every row, by a chain that has not seen its patient; 0 for a row in no group."""


def fit_chain(
    beats: BeatSet,
    labels: Rows,
    groups: Sequence[Sequence[str]],
    network: Probabilities,
    seed: int = 0,
    tell: Told = _nobody,
) -> FittedChain:
    """Learn every step.

    Parameters
    ----------
    beats : whole recordings
    labels : (n,) 0 to 3 for N, S, V, F; below 0 for what is not learned from
    groups : records of each group of patients that is left out in turn; two at least, together all
    network : (n, 4) what networks that have not seen a row's patient make of its shape
    """
    with one_thread():  # the same whatever the number of cores
        return _Fitting(beats, labels, groups, network, seed, tell).carried_out()


class _Fitting:
    def __init__(
        self, beats: BeatSet, labels: Rows, groups: Sequence[Sequence[str]], network: Probabilities, seed: int,
        tell: Told,
    ) -> None:  # fmt: skip
        self.beats, self.labels, self.network, self.tell = beats, labels, network, tell
        self.groups = [frozenset(group) for group in groups]
        self.blocks = _blocks(self.groups)
        self.rows_of = rows_by_record(beats.table)
        self.first: dict[frozenset[str], Trees] = {}
        self.done, self.of = 0, len(self.rows_of) + 2 * len(self.groups) + 1
        self.lessons = [self._lesson(seed, one) for one in self._variants(seed)]

    def _variants(self, seed: int) -> Iterator[Variant]:
        told: set[str] = set()
        for one in variants(self.beats, self.labels == 0, seed):
            if one.name not in told:
                told.add(one.name)
                self._step()
            yield one

    def _step(self) -> None:
        self.tell(self.done, self.of)
        self.done += 1

    def _lesson(self, seed: int, variant: Variant) -> _Lesson:
        label = self.labels[variant.rows]
        usable = variant.record.used & (label >= 0)
        part = variant.kind == PART
        most = (MOST_NORMAL_OF_PART, *[MOST_RARE_OF_PART] * 3) if part else (MOST_NORMAL, *[MOST_RARE] * 3)
        rng = np.random.default_rng([seed, int(variant.rows[0]), len(label)])
        weight, chosen = np.ones(len(label)), []
        for k, limit in enumerate(most):
            own = np.flatnonzero(usable & (label == k))
            if k and len(own):
                weight[own] = (max(len(own), 20) / COMMON) ** -0.5
            chosen.append(own if len(own) <= limit else rng.choice(own, limit, replace=False))
        rows = np.sort(np.concatenate(chosen))
        return _Lesson(variant.name, variant.donor, variant.kind, seen(variant.record), rows, label[rows], weight[rows])

    def carried_out(self) -> FittedChain:
        held_out = np.zeros((len(self.beats), 4), np.float32)
        judged = self.beats.used & (self.labels >= 0)
        for group, chain in zip(self.groups, self._chains(), strict=True):
            self._step()
            for name in group & self.rows_of.keys():
                rows = self.rows_of[name]
                found = chain.probabilities(RecordBeats.of(self.beats, rows), self.network[rows])
                held_out[rows] = found * judged[rows, None]
        self._step()
        whole = self._chain(frozenset())
        self.tell(self.of, self.of)
        return FittedChain(whole, held_out)

    def _chains(self) -> Iterator[Chain]:
        """That of each group left out, in order; side by side where somebody says by how many workers."""
        if were_chosen():
            for chain in in_order(self._chain_elsewhere, [(group,) for group in self.groups], chosen_workers()):
                self._step()
                yield chain
            return
        for group in self.groups:
            self._step()
            yield self._chain(group)

    def _chain_elsewhere(self, left_out: frozenset[str]) -> Chain:
        with one_thread():
            return self._chain(left_out)

    def __getstate__(self) -> dict[str, object]:
        """For another process, which tells nobody how far it is."""
        return {**self.__dict__, "tell": _nobody}

    def _chain(self, left_out: frozenset[str]) -> Chain:
        """Every step, learned without some records."""
        heads = {"shape": self._first(left_out)}
        told = [(one, self._second(one, left_out)) for one in self.lessons
                if one.kind != CHIMERA and one.without(left_out)]  # fmt: skip
        label = np.concatenate([one.label for one, _ in told])
        weight = np.concatenate([one.weight for one, _ in told])
        for name in ("ventricular", *ONE_WAY):
            columns = np.concatenate([matrix(numbers, HEADS[name]) for _, numbers in told])
            if name in ONE_WAY:
                rows = label < V
                rising = [MONOTONE.get(column, 0) for column in HEADS[name]]
                heads[name] = Trees.fit(columns[rows], label[rows] == S, weight[rows], rising, SEEDS[name])
            else:
                heads[name] = Trees.fit(columns, label >= V, weight, None, SEEDS[name])
        return Chain(heads)

    def _second(self, one: _Lesson, left_out: frozenset[str]) -> dict[str, Numbers]:
        """Numbers of a lesson's chosen rows, with first-step scores of a model that has not seen its patient."""
        own = next(block for block in self.blocks if one.name in block)
        unseen = left_out | own
        if not any(other.without(unseen) for other in self.lessons):
            unseen = left_out  # of two groups one is left out: nobody else is there to learn from
        numbers = second_numbers(one.seen, asked(self._first(unseen), one.seen.shape, "shape"))
        return {name: values[one.chosen] for name, values in numbers.items()}

    def _first(self, left_out: frozenset[str]) -> Trees:
        if left_out not in self.first:
            lessons = [one for one in self.lessons if one.without(left_out)]
            columns: list[Floats] = [
                matrix({name: one.seen.shape[name][one.chosen] for name in HEADS["shape"]}, HEADS["shape"])
                for one in lessons
            ]
            label = np.concatenate([one.label for one in lessons])
            weight = np.concatenate([one.weight for one in lessons])
            self.first[left_out] = Trees.fit(np.concatenate(columns), label >= V, weight, None, SEEDS["shape"])
        return self.first[left_out]


def _blocks(groups: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """At most five unions of groups."""
    n = min(MOST_BLOCKS, len(groups))
    return [frozenset().union(*groups[k::n]) for k in range(n)]
