"""The process that works on a run: told from another one that took its number later."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stage = Literal["starting", "queued", "running"]


@dataclass(frozen=True)
class Worker:
    """The process that works, or worked, on a run."""

    pid: int
    since: str = ""
    stage: Stage = "queued"
    began: str = ""
    """When the process began, as the operating system tells it (`began_of`): no clock is asked."""
    place: int = 0
    """Inode of the folder it works in: a copy of that is none that it works on."""

    def works_in(self, folder: Path) -> bool:
        """Whether this very process is there, and works in `folder`; False where that cannot be told."""
        try:
            here = folder.stat().st_ino == self.place
        except OSError:
            return False
        return here and bool(self.began) and began_of(self.pid) == self.began

    def kill(self) -> bool:
        """End it and all it started; whether it was there. A process that only has its number is left alone."""
        if self.pid <= 1 or began_of(self.pid) != self.began:
            return False
        try:
            if os.name == "posix":
                os.killpg(self.pid, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGTERM)
        except OSError:
            return False
        return True


def began_of(pid: int) -> str:
    """Boot and ticks since then at which a living process began; empty for one that is gone, or where nothing says."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()  # the name before may hold anything
    return "" if len(fields) < 20 or fields[0] in "ZX" else f"{boot} {fields[19]}"
