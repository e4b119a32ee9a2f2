"""Where in an ECG image a lead is drawn, and on which scale: what a reader of the image must know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """The rows of an image that one lead's trace has, over the image's whole width."""

    top: int
    """First row, px from the top of the image."""
    bottom: int
    """First row below it, px."""
    top_value: float
    """At the upper edge of the first row: mV, or where a mark says how high a mV is, usual QRS amplitudes."""
    bottom_value: float
    """At the lower edge of the last row, in the same unit."""

    @property
    def height(self) -> int:
        """Rows, px."""
        return self.bottom - self.top

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def value_per_px(self) -> float:
        """What one row is worth."""
        return (self.top_value - self.bottom_value) / self.height


@dataclass(frozen=True)
class ImageGeometry:
    """The panels of an image and the times of its edges."""

    panels: tuple[Panel, ...]
    left_s: float
    """Time of the left edge relative to the R peak, s."""
    right_s: float
    stroke_px: float
    """Width of the trace."""
    mark_px: int = 0
    """So many columns at the left edge hold, in the lower corner of each panel, a mark of 1 mV; 0: there is none, and
    the panels' values are mV."""
