"""One finding of a diagnosis. Nothing here, nor in `installation` and `server`, needs a package to be installed."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, and what to do if it is not well."""

    of: str
    """Such as `python`, `data`, `model models/gan-V`."""
    verdict: Verdict
    found: str
    do: str = ""

    @property
    def line(self) -> str:
        """The finding in one line."""
        return f"{self.verdict:<8} {self.of}: {self.found}" + (f" {self.do}" if self.do else "")


def size(n_bytes: float) -> str:
    """A size for reading: `12.3 GB`, `4 MB`."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
