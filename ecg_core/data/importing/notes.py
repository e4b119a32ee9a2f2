"""Texts at times, as EDF+ has them, as WFDB annotations: known beat symbols become beats, the rest notes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.data.labels import BEAT_SYMBOLS
from ecg_core.data.reader import SIMULATED_MARK, SYNTHETIC_MARK
from ecg_core.data.rhythm import RHYTHMS

RHYTHM_CHANGE, COMMENT = "+", '"'
MAX_TEXT_BYTES = 250
MAX_NOTES = 1_000_000


class Text(NamedTuple):
    """A text at a time."""

    onset_s: float
    duration_s: float | None
    text: str


@dataclass(frozen=True)
class Notes:
    """Annotations to be written, in time order."""

    sample: npt.NDArray[np.int64]
    symbol: tuple[str, ...]
    aux: tuple[str, ...]
    """Texts, each at most 250 bytes of Latin-1."""
    said: tuple[str, ...] = ()
    """What was decided, each a sentence."""

    def __len__(self) -> int:
        return len(self.sample)


NONE = Notes(np.zeros(0, np.int64), (), ())


def notes_of(texts: Iterable[Text], fs: float, n_samples: int) -> Notes:
    """Annotations from texts; those that lie outside the recording are left out and counted."""
    rows: list[tuple[int, str, str]] = []
    outside = 0
    for onset_s, duration_s, text in texts:
        words = " ".join(text.split())
        if not words:
            continue
        at = round(onset_s * fs)
        if not 0 <= at < n_samples:
            outside += 1
        elif words in BEAT_SYMBOLS:
            rows.append((at, words, ""))
        elif words.startswith("(") and words[1:] in RHYTHMS:
            rows.append((at, RHYTHM_CHANGE, words))
        else:
            rows.append((at, COMMENT, _plain(words, duration_s)))
    rows.sort(key=lambda row: row[0])
    beats = Counter(symbol for _, symbol, _ in rows if symbol in BEAT_SYMBOLS)
    said = []
    if beats:
        counts = ", ".join(f"{symbol} {count:,}" for symbol, count in beats.most_common())
        said.append(f"{beats.total():,} annotations whose text is a beat symbol became beats ({counts}).")
    if outside:
        said.append(f"{outside:,} annotations lie outside the recording and were left out.")
    if not rows:
        return Notes(NONE.sample, (), (), tuple(said))
    sample, symbols, texts_written = zip(*rows, strict=True)
    return Notes(np.array(sample, np.int64), symbols, texts_written, tuple(said))


def _plain(words: str, duration_s: float | None) -> str:
    """A text that WFDB takes for a text: `(` at its start would be a rhythm, `## ` a definition."""
    text = words if duration_s is None else f"{words} [{duration_s:g} s]"
    text = f" {text}" if text.startswith(("(", "#")) else text
    return text.encode("latin-1", "replace")[:MAX_TEXT_BYTES].decode("latin-1")


def marks_in(*texts: str) -> tuple[str, ...]:
    """Which of the words SIMULATED and SYNTHETIC a file says of itself: a recording made from it says them too."""
    return tuple(mark for mark in (SIMULATED_MARK, SYNTHETIC_MARK) if any(mark in text for text in texts))
