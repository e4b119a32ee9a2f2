"""What a part of the campaign found, counted."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

HEAD = f"{'fault':<46}{'injected':>9}{'survived':>9}{'lost':>6}{'different':>10}{'untrue':>8}"


@dataclass
class Tally:
    """One row of the table. What goes wrong is counted once a finding, and said in `notes`."""

    fault: str
    injected: int = 0
    lost: int = 0
    """Something that had been said to be saved was gone, or a run could not go on."""
    different: int = 0
    """A resumed run came to something else than an unbroken one."""
    untrue: int = 0
    """A state, or a sentence, that did not tell what was so; a traceback; litter."""
    notes: list[str] = field(default_factory=list)

    @property
    def survived(self) -> int:
        return self.injected - min(self.injected, self.wrong)

    @property
    def wrong(self) -> int:
        return self.lost + self.different + self.untrue

    def lose(self, what: str) -> None:
        self.lost += 1
        self.notes.append(f"lost: {what}")

    def differ(self, what: str) -> None:
        self.different += 1
        self.notes.append(f"different: {what}")

    def lie(self, what: str) -> None:
        self.untrue += 1
        self.notes.append(f"untrue: {what}")

    def line(self) -> str:
        return f"{self.fault:<46}{self.injected:>9}{self.survived:>9}{self.lost:>6}{self.different:>10}{self.untrue:>8}"


def table(tallies: Sequence[Tally]) -> str:
    """The rows, a total, and below it what went wrong."""
    total = Tally("together", *(sum(getattr(one, name) for one in tallies) for name in COUNTED))
    notes = [f"{one.fault}: {note}" for one in tallies for note in one.notes]
    return "\n".join([HEAD, *(one.line() for one in tallies), total.line(), *notes])


COUNTED = ("injected", "lost", "different", "untrue")


def keep(tallies: Sequence[Tally], seed: int, target: Path) -> None:
    """Write the rows as JSON beside those of other parts that are there."""
    kept = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else {}
    kept |= {one.fault: {**asdict(one), "survived": one.survived, "seed": seed} for one in tallies}
    target.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
