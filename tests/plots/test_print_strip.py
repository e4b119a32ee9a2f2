"""A printed strip is to scale: lengths on the page are measured in the PDF itself."""

import re
import zlib

import numpy as np
import pytest

from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.record import Record
from ecg_core.plots.print_strip import LEFT_MM, LONGEST_S, PrintScale, strip_pdf
from tests.made_records import FS, layer, record

PT_MM = 25.4 / 72


def with_labels(source: Record) -> LabelledRecord:
    return labelled(source, reference_layer(source))


def drawn(pdf: bytes) -> list[str]:
    """The drawing commands of each page."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    texts = []
    for stream in streams:
        try:
            texts.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    return [text for text in texts if text.startswith("/DeviceRGB CS")]  # the others are letters


def points_mm(page: str) -> np.ndarray:
    return np.array([[float(a), float(b)] for a, b in re.findall(r"([-\d.]+) ([-\d.]+) [ml]\n", page)]) * PT_MM


@pytest.fixture
def pulses() -> LabelledRecord:
    """1 mV for 20 ms every 800 ms, one lead."""
    signal = np.zeros(60 * 360, np.int16)
    for start in range(180, len(signal), 288):
        signal[start : start + 8] = 200
    return with_labels(record(len(signal), layer([180, 468], ["N", "V"]), leads=("II",), signals=signal[:, None]))


@pytest.mark.parametrize("scale", [PrintScale(), PrintScale(50, 20), PrintScale(12.5, 5)])
def test_800_ms_and_1_mv_are_as_long_on_paper_as_the_scale_says(pulses: LabelledRecord, scale: PrintScale) -> None:
    (page,) = drawn(strip_pdf(pulses, 0, 5, [0], scale))
    trace = points_mm(max(page.split("\nS\n"), key=lambda path: path.count(" l\n")))  # one path has all samples
    assert trace[:, 0].min() == pytest.approx(LEFT_MM, abs=0.01)
    ups = np.flatnonzero((np.diff(trace[:, 1]) > 0.95 * scale.mm_per_mv) & (np.abs(np.diff(trace[:, 0])) < 0.2))
    assert len(ups) >= 3
    assert np.diff(trace[ups, 0]) == pytest.approx(0.8 * scale.mm_per_s, abs=0.05)
    assert np.diff(trace[:, 1])[ups] == pytest.approx(scale.mm_per_mv, abs=0.05)


def test_long_windows_are_rows_of_whole_seconds_on_as_many_pages_as_they_need() -> None:
    source = with_labels(record(round(200 * FS), leads=("I", "II", "III")))
    assert len(drawn(strip_pdf(source, 0, 10, [0, 1, 2]))) == 1
    assert len(drawn(strip_pdf(source, 3.5, 60, [0, 1, 2]))) == 6


def test_what_cannot_be_printed_is_refused() -> None:
    source = with_labels(record(3_600))
    for start, length, leads in ((0, LONGEST_S + 1, [0]), (99, 10, [0]), (0, 0, [0]), (0, 10, [])):
        with pytest.raises(ValueError, match="nothing to print"):
            strip_pdf(source, start, length, leads)


def test_gaps_and_uncalibrated_leads_are_printed_without_a_pulse_or_a_crash() -> None:
    signals = np.full((3_600, 1), -2048, np.int16)
    source = with_labels(record(3_600, leads=("$x_$",), signals=signals, calibrated=(False,), simulated=True))
    assert strip_pdf(source, 0, 10, [0]).startswith(b"%PDF")
