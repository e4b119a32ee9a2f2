"""The part of an image in which one lead is drawn."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """Rows of an image."""

    top: int
    """First row, px."""
    bottom: int
    """Row after the last, px."""

    @property
    def height(self) -> int:
        """In px."""
        return self.bottom - self.top

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)
