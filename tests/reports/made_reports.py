"""A made-up recording with everything a report can hold, and readers of what was laid out."""

import ctypes
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ecg_core import workspace
from ecg_core.beats.detection import UNREADABLE
from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.labels import DETECTED, Annotations, LabelLayer
from ecg_core.data.record import Record
from ecg_core.learning.model_folder import load_card
from ecg_core.reports.report_inputs import BeatFamily, ModelUsed, ReportInputs, ReviewCounts
from tests.made_records import FS, layer, record

POINT_MM = 25.4 / 72
MV = 200
"""ADC units."""
HOSTILE = "<img src=x onerror=alert(1)>"


def beats(*parts: tuple[str, int, float], start_s: float = 1.0) -> tuple[list[int], list[str]]:
    """Samples and symbols of `(symbol, how many, interval in s)`, one after the other."""
    at, samples, symbols = start_s, [], []
    for symbol, n, rr_s in parts:
        for _ in range(n):
            samples.append(round(at * FS))
            symbols.append(symbol)
            at += rr_s
    return samples, symbols


def spiky(samples: list[int], n_samples: int, n_leads: int = 2) -> np.ndarray:
    """1 mV for 20 ms at each beat."""
    signals = np.zeros((n_samples, n_leads), np.int16)
    for at in samples:
        signals[at : at + 7] = MV
    return signals


def of(
    samples: list[int], symbols: list[str], aux: dict[int, str] | None = None, n_samples: int = 0, **fields: Any
) -> LabelledRecord:
    """A recording with these beats as its reference; `aux`: sample -> rhythm note. Without a length it ends 8 s on."""
    notes = aux or {}
    reference = layer([*samples, *notes], [*symbols, *("+" for _ in notes)], [*("" for _ in samples), *notes.values()])
    n = n_samples or max(samples[-1] if samples else 0, max(notes, default=0)) + round(8 * FS)
    given = {"leads": ("II", "V1"), "signals": spiky(samples, n)} | fields
    source = record(n, reference, **given)
    return labelled(source, reference_layer(source))


def found_unreadable(source: Record, *stretches: tuple[float, float]) -> Record:
    """The recording with a detected layer that calls these stretches, in s, unreadable."""
    samples = [round(at * source.fs) for stretch in stretches for at in stretch]
    texts = tuple(text for _ in stretches for text in (f"{UNREADABLE}: flat", "readable"))
    marks = Annotations(np.array(samples, np.int64), np.full(len(samples), "~", "<U1"), texts)
    return source.with_layer(LabelLayer(DETECTED, "detected", "made", annotations=marks))


def everything(**fields: Any) -> ReportInputs:
    """Reference, corrections and a model's classes, a review and families; VT, SVT, a pause, AF, frequent VE."""
    samples, symbols = beats(
        ("N", 40, 0.8), ("V", 9, 0.36), ("N", 30, 0.8), ("S", 100, 0.4), ("N", 10, 0.8), ("N", 1, 3.5), ("V", 60, 0.7),
        ("F", 1, 0.7), ("N", 30, 0.75),
    )  # fmt: skip
    notes = {samples[0]: "(N", samples[49]: "(AFIB", samples[79]: "(SVTA", samples[179]: "(N"}
    reference = of(samples, symbols, notes, **{"name": "made", "start_of_day_s": 86_300.0, **fields})
    source = found_unreadable(reference.record, (170.0, 182.0))
    changed = ["N" if symbol == "F" else symbol for symbol in symbols]
    model = replace(layer(samples, changed), name="models/classifier", kind="model", made_by="models/classifier")
    person = replace(layer(samples, symbols), name="corrections", kind="person", made_by="A. Bee")
    return ReportInputs(
        source,
        {
            "reference": replace(reference, record=source),
            "model": labelled(source, model),
            "corrected": labelled(source, person),
        },
        ModelUsed("models/classifier", load_card(workspace.MODELS / "classifier"), "It was trained on this record."),
        ReviewCounts(212, 37, 5, ("A. Bee", "C. Dee")),
        tuple(
            BeatFamily(f"Family {name}", 101 + k, name, np.sin(np.arange(200) / 20), FS)
            for k, name in enumerate("NVSFQN")
        ),
    )


class Page(HTMLParser):
    """Tags, attributes, pieces of text and drawings of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.pieces: list[str] = []
        self.svg: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "svg":
            self.svg.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] != "style":
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return one_line(" ".join(self.pieces))


@dataclass(frozen=True)
class Printed:
    """A page of paper as a reader of PDF finds it."""

    text: str
    size_mm: tuple[float, float]


def printed(pdf: bytes) -> list[Printed]:
    pages = []
    for page in pypdfium2.PdfDocument(pdf):
        text = one_line(page.get_textpage().get_text_range())
        pages.append(Printed(text, tuple(side * POINT_MM for side in page.get_size())))
    return pages


def paths_mm(pdf: bytes, page: int) -> list[np.ndarray]:
    """(n_points, 2) of each path that is drawn on a page, from its lower left corner."""
    found = []
    for drawn in pypdfium2.PdfDocument(pdf)[page].get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1):
        points = []
        x, y = ctypes.c_float(), ctypes.c_float()
        for k in range(pdfium.FPDFPath_CountSegments(drawn)):
            segment = pdfium.FPDFPath_GetPathSegment(drawn, k)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            points.append((x.value, y.value))
        found.append(np.array(points) * POINT_MM)
    return found


def one_line(text: str) -> str:
    return " ".join(text.split())


def numbers(text: str) -> set[str]:
    """Every word that holds a digit, without the punctuation around it."""
    return {word.strip(".,;:()[]") for word in text.split() if re.search(r"\d", word)}
