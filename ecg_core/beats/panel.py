"""Where in an ECG image a lead is drawn, and on which scale: what a reader of the image must know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """The rows of an image that one lead's trace has, over the image's whole width."""

    top: int
    """First row, px from the top of the image."""
    bottom: int
    """First row below it, px."""
    top_mv: float
    """Value at the upper edge of the first row."""
    bottom_mv: float
    """Value at the lower edge of the last row."""

    @property
    def height(self) -> int:
        """Rows, px."""
        return self.bottom - self.top

    @property
    def mv_per_px(self) -> float:
        """What one row is worth, mV."""
        return (self.top_mv - self.bottom_mv) / self.height


@dataclass(frozen=True)
class ImageGeometry:
    """The panels of an image and the times of its edges."""

    panels: tuple[Panel, ...]
    left_s: float
    """Time of the left edge relative to the R peak, s."""
    right_s: float
    stroke_px: float
    """Width of the trace."""
