"""Beats drawn as images, for models that look at pictures, and what an exported picture carries with it.

A beat alone is drawn on the same scale of time and of mV as all others, never stretched to fill its own picture:
amplitude is read. `image_forms` draws more than the beat.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ecg_core.beats.panel import Panel
from ecg_core.beats.pen import trace_ink
from ecg_core.errors import DataError

FORMAT = 1  # raise when the same options draw another picture
SIZES = (64, 128)  # px
LEADS: dict[str, tuple[int, ...]] = {"both": (0, 1), "first": (0,), "second": (1,)}
CHANNELS = {"plain": 1, "paper": 3}

TOP_MV, BOTTOM_MV = 3.0, -2.5
"""Range of a panel in mV. Of the MIT-BIH database's beats 5 % leave it, 3 % of the ventricular ones in the first lead
(from -2 to 2.5 mV it would be 13 % and 26 %); what leaves it is drawn at the edge."""
RANGE = 1.75
"""In the other forms a panel reaches from so many of the recording's QRS amplitudes above the baseline to as many
below."""
STRIP_SHARE = 4  # bars on the rhythm take one such part of the height
STROKE_PX = 1.4  # width of the trace in a picture of 64 px; it grows with the picture
CHUNK_PIXELS = 1 << 19  # drawn at once: what has to be kept beside the pictures is a few times 4 bytes for each

WHITE, INK = 255, 0
PAPER_RGB, LINE_RGB, TRACE_RGB = (255, 243, 241), (236, 172, 166), (20, 24, 31)
BOX_S, BOX_MV = 0.2, 0.5  # 5 mm at 25 mm/s and 10 mm/mV; lines every mm would be 0.6 to 2.3 px apart: left out
BOX_MIN_PX = 4.0  # lower boxes hide the trace: there, a line every 1 mV has to do
LINE_PX = 0.7  # width of a line of the paper in a picture of 64 px

GLYPH_PX = 5
GLYPHS = {
    "A": "01110 10001 11111 10001 10001", "B": "11110 10001 11110 10001 11110", "C": "01111 10000 10000 10000 01111",
    "D": "11110 10001 10001 10001 11110", "E": "11111 10000 11110 10000 11111", "F": "11111 10000 11110 10000 10000",
    "G": "01111 10000 10011 10001 01111", "H": "10001 10001 11111 10001 10001", "I": "01110 00100 00100 00100 01110",
    "J": "00111 00010 00010 10010 01100", "K": "10001 10010 11100 10010 10001", "L": "10000 10000 10000 10000 11111",
    "M": "10001 11011 10101 10001 10001", "N": "10001 11001 10101 10011 10001", "O": "01110 10001 10001 10001 01110",
    "P": "11110 10001 11110 10000 10000", "Q": "01110 10001 10101 10010 01101", "R": "11110 10001 11110 10010 10001",
    "S": "01111 10000 01110 00001 11110", "T": "11111 00100 00100 00100 00100", "U": "10001 10001 10001 10001 01110",
    "V": "10001 10001 10001 01010 00100", "W": "10001 10001 10101 11011 10001", "X": "10001 01010 00100 01010 10001",
    "Y": "10001 01010 00100 00100 00100", "Z": "11111 00010 00100 01000 11111", " ": "00000 00000 00000 00000 00000",
}  # fmt: skip
"""Capitals of 5 x 5 pixels: nine of them fit below a picture of 64 px, where no font of Pillow's does."""
STRIP_PX = (GLYPH_PX + 4, GLYPH_PX * 4 + 8)  # least and greatest height of a strip whose height is not given
GAP_GREY = 200

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


Form = Literal["beat", "usual", "context"]
FORMS: dict[Form, str] = {
    "beat": "The beat alone",
    "usual": "Over the usual beat",
    "context": "With usual beat and rhythm",
}
"""What an image shows, and what pages call it."""


@dataclass(frozen=True)
class ImageConfig:
    """How beats are drawn. Its hash travels with a model, which looks at no other kind of picture."""

    size: int = 64
    """Height and width in px: 64 or 128."""
    ground: Literal["plain", "paper"] = "plain"
    """White in shades of grey, or ECG paper in colours, with lines every 0.2 s and 0.5 mV (1 mV where they crowd)."""
    leads: Literal["both", "first", "second"] = "both"
    """Both leads are drawn one above the other, each in a half of the picture."""
    form: Form = "beat"
    """The beat alone; or over the recording's usual beat, which is faint; or so and with bars on the rhythm below."""

    def __post_init__(self) -> None:
        if type(self.size) is not int or self.size not in SIZES:
            raise DataError(f"Beat images of {self.size!r} px: the size is 64 or 128.")
        if self.ground not in CHANNELS:
            raise DataError(f"Beat images on the ground {self.ground!r}: it is plain or paper.")
        if self.leads not in LEADS:
            raise DataError(f"Beat images of the leads {self.leads!r}: choose both, first or second.")
        if self.form not in FORMS:
            raise DataError(f"Beat images of the form {self.form!r}: choose {', '.join(FORMS)}.")

    @property
    def channels(self) -> int:
        """1 for shades of grey, 3 for red, green and blue."""
        return CHANNELS[self.ground]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Where each lead is drawn, from the top."""
        strip = self.size // STRIP_SHARE if self.form == "context" else 0
        n = len(LEADS[self.leads])
        height = (self.size - strip) // n
        top, bottom = (TOP_MV, BOTTOM_MV) if self.form == "beat" else (RANGE, -RANGE)
        return tuple(Panel(k * height, (k + 1) * height, top, bottom) for k in range(n))

    @property
    def mark_px(self) -> int:
        """Columns at the left edge with a calibration mark; none where all images have one scale."""
        return 0 if self.form == "beat" else self.size // 32

    @property
    def px_per_mv(self) -> float:
        """Pixels a mV is high in the form `beat`; the others have a scale of the recording's own."""
        return self.panels[0].height / (TOP_MV - BOTTOM_MV)

    @property
    def hash(self) -> str:
        options = asdict(self)
        if self.form == "beat":  # as before there were other forms
            del options["form"]
        return hashlib.sha256(json.dumps({"format": FORMAT, **options}).encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ImageConfig":
        """The inverse of `to_json`. Raises DataError for a value that cannot be, or an option missing or unknown; from
        before there were forms, it means the beat alone."""
        known = {"form": "beat", **value}
        names = {field.name for field in fields(cls)}
        if set(known) != names:
            raise DataError(
                f"Options of beat images are {', '.join(sorted(names))}; found {', '.join(sorted(value)) or 'none'}."
            )
        return cls(**known)


def draw_beats(signals: Floats, times_s: npt.NDArray[np.float64], config: ImageConfig) -> Pixels:
    """Draw each beat as a dark trace on the ground that `config` names, at the scale all beats share.

    The picture is as wide as the beats are long, the last point held for one step. Each lead has a panel from 3 mV
    (top) to -2.5 mV (bottom), with both leads the first above the second; beyond, the trace runs along the edge.

    Parameters
    ----------
    signals : (n, n_leads, n_points) float mV
    times_s : (n_points,) times relative to the R peak in s, evenly spaced (`BeatConfig.times_s`)

    Returns
    -------
    (n, size, size) uint8, 0 dark and 255 white, on the plain ground; (n, size, size, 3) uint8 RGB on paper

    Raises DataError if the beats lack the lead asked for or hold a value that is not a finite number, ValueError if
    the shapes do not belong together.
    """
    if signals.ndim != 3 or times_s.shape != signals.shape[2:] or len(times_s) < 2:
        raise ValueError(f"{signals.shape=} and {times_s.shape=}, expected (n, n_leads, n_points) and (n_points,)")
    leads = list(LEADS[config.leads])
    check_leads(signals.shape[1], config)
    size = config.size
    images = np.empty((len(signals), size, size, 3)[: 3 + (config.channels == 3)], np.uint8)
    ground = paper(times_s, config)
    chunk = max(1, CHUNK_PIXELS // size**2)
    for start in range(0, len(signals), chunk):
        mv = np.asarray(signals[start : start + chunk, leads], np.float32)
        bad = np.flatnonzero(~np.isfinite(mv).all(axis=(1, 2)))
        if len(bad):
            raise DataError(f"Beat {start + bad[0]} holds a value that is not a finite number: it cannot be drawn.")
        y = (TOP_MV - mv.reshape(-1, mv.shape[2])) * np.float32(config.px_per_mv)  # (beats x leads, n_points)
        ink = trace_ink(y, size, config.panels[0].height, stroke_radius(size)).reshape(-1, size, size)
        part = images[start : start + chunk]
        if config.channels == 1:
            np.rint(WHITE + ink * np.float32(INK - WHITE), out=part, casting="unsafe")
        else:
            for channel in range(3):
                shade = ground[..., channel] + ink * (np.float32(TRACE_RGB[channel]) - ground[..., channel])
                np.rint(shade, out=part[..., channel], casting="unsafe")
    return images


def check_leads(n_leads: int, config: ImageConfig) -> None:
    """Raise DataError if beats of so many leads lack the one to be drawn."""
    if n_leads <= max(LEADS[config.leads]):
        raise DataError(
            f"Images of {config.leads} lead{'s' * (config.leads == 'both')} need beats of two leads, these have "
            f"{n_leads}. Choose the first lead."
        )


def stroke_radius(size: int) -> float:
    """Half the width of the trace in a picture of `size` px."""
    return STROKE_PX / 2 * size / SIZES[0]


def paper(times_s: npt.NDArray[np.float64], config: ImageConfig) -> Floats:
    """ECG paper without a trace, (size, size, 3) from 0 to 255, with lines through the R peak and 0 mV."""
    size, panels = config.size, len(LEADS[config.leads])
    px_per_s = size * (len(times_s) - 1) / len(times_s) / (times_s[-1] - times_s[0])
    px_per_mv = config.px_per_mv
    box_px = BOX_MV * px_per_mv if BOX_MV * px_per_mv >= BOX_MIN_PX else 2 * BOX_MV * px_per_mv
    width = LINE_PX * size / SIZES[0]
    x = lines(size, -times_s[0] * px_per_s, BOX_S * px_per_s, width)
    y = np.tile(lines(size // panels, TOP_MV * px_per_mv, box_px, width), panels)
    weight = np.maximum(x[None, :], y[:, None])[..., None]
    paper, line = np.array(PAPER_RGB, np.float32), np.array(LINE_RGB, np.float32)
    return np.asarray(paper + weight * (line - paper), np.float32)


def lines(length: int, through: float, spacing: float, width: float) -> Floats:
    """Share of each of `length` pixels that lines `spacing` px apart cover, one of them at `through`."""
    at = np.arange(through % spacing, length + width, spacing)[:, None]
    pixels = np.arange(length)
    covered = np.minimum(at + width / 2, pixels + 1) - np.maximum(at - width / 2, pixels)
    return np.asarray(np.clip(covered, 0, 1).sum(axis=0), np.float32)


def png_bytes(image: Pixels, text: Mapping[str, str]) -> bytes:
    """A PNG file of an image, (h, w) grey or (h, w, 3) RGB uint8, with `text` as its metadata.

    Text beyond Latin-1 is kept in UTF-8 (iTXt instead of tEXt).
    """
    info = PngInfo()
    for key, value in text.items():
        info.add_text(key, value)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def burn(image: Pixels, word: str, height: int | None = None) -> Pixels:
    """Add a black strip with `word` in white below an image, so that the trace stays free and the word stays with it.

    Parameters
    ----------
    image : (h, w) grey or (h, w, 3) RGB uint8
    word : letters A to Z, in either case, and spaces
    height : of the strip in px, 7 or more; by default a seventh of the image's, 9 to 28 px

    Returns
    -------
    (h + height, w or wider, ...) uint8; an image narrower than the word is set in the middle of white
    """
    word = word.upper()
    height = int(np.clip(image.shape[0] // 7, *STRIP_PX)) if height is None else height
    if not word.strip() or set(word) - set(GLYPHS) or height < GLYPH_PX + 2:
        raise ValueError(f"{word=}, {height=} px: expected letters A to Z and spaces, and at least {GLYPH_PX + 2} px")
    blank = [[False]] * GLYPH_PX
    pieces = [np.array([[bit == "1" for bit in row] for row in GLYPHS[letter].split()]) for letter in word]
    letters = np.hstack([part for piece in pieces for part in (blank, piece)][1:])  # (5, 6 x letters - 1)
    width = max(image.shape[1], letters.shape[1] + 2)
    scale = max(1, min((height - 2) // GLYPH_PX, (width - 2) // letters.shape[1]))
    letters = letters.repeat(scale, axis=0).repeat(scale, axis=1)
    canvas = np.full((image.shape[0] + height, width, *image.shape[2:]), WHITE, np.uint8)
    left = (width - image.shape[1]) // 2
    canvas[: image.shape[0], left : left + image.shape[1]] = image
    strip = canvas[image.shape[0] :]
    strip[:] = INK
    top, left = (height - letters.shape[0]) // 2, (width - letters.shape[1]) // 2
    strip[top : top + letters.shape[0], left : left + letters.shape[1]][letters] = WHITE
    return canvas


def sheet(images: Pixels, columns: int, gap: int = 2) -> Pixels:
    """Images of one size side by side, in rows of `columns`, with `gap` px of grey between them.

    (n, h, w) or (n, h, w, 3) uint8 to (rows x (h + gap) - gap, columns x (w + gap) - gap, ...) uint8.
    Fewer images than columns make a narrower sheet. Raises ValueError if there is no image or no column.
    """
    if not len(images) or columns < 1:
        raise ValueError(f"{len(images)} images in {columns} columns: nothing to show")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    _, h, w, *channels = images.shape
    canvas = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, *channels), GAP_GREY, np.uint8)
    for k, image in enumerate(images):
        top, left = k // columns * (h + gap), k % columns * (w + gap)
        canvas[top : top + h, left : left + w] = image
    return canvas
