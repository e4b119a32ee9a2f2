"""Where edits of a page come in: written to the recording's log, and what the viewer is told of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecg_core import access, workspace
from ecg_core.data.corrections import log
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import LONGEST_TEXT, Act, Conflict, Edit
from ecg_core.errors import DataError
from ecg_core.ui.viewer.component import Reviewing
from ecg_core.ui.viewer.edits import SentEdit, edits_of
from ecg_core.ui.viewer.packing import Packed

BATCH = ", accepted as a batch"


@dataclass
class Desk:
    """One recording under review in one session. It lives in the session; the log is the only truth."""

    path: Path
    head: log.Head
    n_samples: int
    fs: float
    shown: int = 0
    """Entries that the labels in the browser hold."""
    told: int = 0
    """Number of the newest entry that the browser was told of."""
    client: str = ""
    confirmed: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    problem: str = ""

    def corrections(self) -> Corrections:
        """All decisions there are. Raises DataError if the log is damaged."""
        return log.read(self.path) or Corrections(self.head.record, self.head.base, self.head.base_digest, ())

    def take(self, sent: Any, person: str, queue: str, model: str) -> bool:
        """Write what a browser sent and nobody has written yet; whether there was anything.

        What cannot be written is told to the reader by `problem`, and the browser sends it again.
        """
        edits = edits_of(sent, self.n_samples)
        if edits is None:
            return False
        if edits.client != self.client:
            self.client, self.confirmed = edits.client, self.corrections().last_of(edits.client)
        new = [edit for edit in edits.edits if edit.seq > self.confirmed]
        try:
            for edit in new:
                self._write(edit, person, queue, model)
            self.problem = ""
        except DataError as error:
            self.problem = str(error)
        return bool(new)

    def do(self, act: Act, person: str, of: int = 0) -> None:
        """An act of a button: undo or redo of any entry, or the end of the review. Raises DataError."""
        client = f"{workspace.now()}-{act}-{of}"[:LONGEST_TEXT]
        done = log.write(self.path, self.head, [Edit(client, 1, act, person, workspace.now(), of=of)], self.told)
        self.told = done.corrections.last

    def insist(self, conflict: Conflict) -> None:
        """Write an edit after all, now that what stood against it is known. Raises DataError."""
        mine = conflict.mine
        again = Edit(f"{mine.client[:64]}-again-{mine.seq}", 1, mine.act, mine.person, mine.time, mine.samples,
                     mine.before, mine.after, mine.queue, mine.model)  # fmt: skip
        done = log.write(self.path, self.head, [again], conflict.theirs.number)
        self.conflicts = [one for one in self.conflicts if one is not conflict] + list(done.conflicts)

    def give_way(self, conflict: Conflict) -> None:
        """Leave what somebody else decided."""
        self.conflicts = [one for one in self.conflicts if one is not conflict]

    def reviewing(self, queue: Packed, empty: str, drawn: Packed | None = None) -> Reviewing:
        """What the viewer is told now."""
        now = self.corrections()
        self.told = now.last
        since = _changes(now, self.shown)
        finished = now.finished is not None
        return Reviewing(
            queue, since, self.client, self.confirmed, drawn, finished, self.problem, empty, access.refusal()
        )

    def _write(self, edit: SentEdit, person: str, queue: str, model: str) -> None:
        of = 0
        if edit.act != "decide":
            entries = self.corrections().entries
            of = next((e.number for e in entries if (e.edit.client, e.edit.seq) == (self.client, edit.of)), 0)
        if edit.act == "decide" or of:
            whole = Edit(self.client, edit.seq, edit.act, person, workspace.now(), edit.samples, edit.before,
                         edit.after, f"{queue}{BATCH if edit.batch else ''}", model, of)  # fmt: skip
            done = log.write(self.path, self.head, [whole], self.told)
            self.conflicts += done.conflicts
        self.confirmed = edit.seq  # an undo of what was not written has nothing to undo


def _changes(now: Corrections, shown: int) -> dict[int, str | None]:
    """Symbols by sample that are others than after the first `shown` entries; None where nothing counts any more."""
    if now.last == shown:
        return {}
    before = Corrections(now.record, now.base, now.base_digest, now.entries[:shown]).standing()
    after = now.standing()
    changed: dict[int, str | None] = {
        sample: one.after for sample, one in after.items() if sample not in before or before[sample].after != one.after
    }
    return changed | {sample: None for sample in before if sample not in after}
