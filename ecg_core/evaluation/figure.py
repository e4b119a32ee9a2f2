"""One figure with its interval: what reports are listed and compared by."""

from dataclasses import dataclass
from typing import Literal

from ecg_core.text import number, percent

Interval = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """A named figure; its interval is optional by type, because few records give none."""

    name: str
    value: float | None
    interval: Interval | None = None
    """95 %, by bootstrap over records."""
    kind: Literal["number", "share", "count", "rate"] = "number"
    """How it is written: `0.979`, `97.0 %`, `3,785`, `146.2`."""

    @property
    def text(self) -> str:
        """The figure as people read it, a dash where there is none."""
        return self._written(self.value)

    @property
    def interval_text(self) -> str:
        """Such as `0.947 to 0.995`; empty where there is none."""
        return f"{self._written(self.interval[0])} to {self._written(self.interval[1])}" if self.interval else ""

    def _written(self, value: float | None) -> str:
        if self.kind == "share":
            return percent(value)
        return number(value, {"number": 3, "count": 0, "rate": 1}[self.kind])
