"""All decisions about a recording, and what counts of them."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ecg_core.data.corrections.decision import Entry


@dataclass(frozen=True)
class Standing:
    """The decision that counts for one beat."""

    sample: int
    before: str
    after: str
    entry: Entry = field(repr=False)


@dataclass(frozen=True)
class Corrections:
    """The log of one recording. Made by `log.read`."""

    record: str
    base: str
    """Name of the label layer that people looked at."""
    base_digest: str
    """Of that layer when the first decision was made."""
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def last(self) -> int:
        """Number of the newest entry; 0 without any."""
        return self.entries[-1].number if self.entries else 0

    @cached_property
    def undone(self) -> frozenset[int]:
        """Numbers of decisions that do not count."""
        undone: set[int] = set()
        for entry in self.entries:
            if entry.edit.act == "undo":
                undone.add(entry.edit.of)
            elif entry.edit.act == "redo":
                undone.discard(entry.edit.of)
        return frozenset(undone)

    @cached_property
    def finished(self) -> Entry | None:
        """The entry that says the review is finished, unless anything came after it."""
        last = self.entries[-1] if self.entries else None
        return last if last and last.edit.act == "finish" else None

    @property
    def people(self) -> tuple[str, ...]:
        """Whose decisions count, in the order of their first."""
        return tuple(dict.fromkeys(entry.edit.person for entry in self._counting()))

    def standing(self, people: Collection[str] | None = None) -> Mapping[int, Standing]:
        """By sample, in their order: the last decision that counts; those of some `people` only, if named."""
        return self._of_all if people is None else self._standing(people)

    @cached_property
    def _of_all(self) -> Mapping[int, Standing]:
        return self._standing(None)

    def _standing(self, people: Collection[str] | None) -> Mapping[int, Standing]:
        found: dict[int, Standing] = {}
        for entry in self._counting():
            edit = entry.edit
            if people is not None and edit.person not in people:
                continue
            for sample, before, after in zip(edit.samples, edit.before, edit.after, strict=True):
                found[sample] = Standing(sample, before, after, entry)
        return dict(sorted(found.items()))

    def digest(self, people: Collection[str] | None = None) -> str:
        """SHA-256 over which beats have which label by decisions that count; empty without any."""
        said = [f"{one.sample} {one.after}" for one in self.standing(people).values()]
        return hashlib.sha256("\n".join(said).encode()).hexdigest() if said else ""

    def last_of(self, client: str) -> int:
        """The newest number of a client that is written."""
        return max((entry.edit.seq for entry in self.entries if entry.edit.client == client), default=0)

    def _counting(self) -> Iterator[Entry]:
        return (one for one in self.entries if one.edit.act == "decide" and one.number not in self.undone)
