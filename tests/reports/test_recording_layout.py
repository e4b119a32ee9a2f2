"""On paper and on the page 1 s is 25 mm and 1 mV is 10 mm, nothing leaves the sheet, files are whole or not there."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import DataError
from ecg_core.plots.sheets import PLAIN_PT, SMALL_PT, shortened, width_of, wrapped
from ecg_core.reports.recording_files import check_folder, write_report
from ecg_core.reports.recording_pdf import recording_pdf
from ecg_core.reports.recording_report import recording_report
from ecg_core.reports.recording_svg import strip_svg, trend_svg
from ecg_core.reports.report_inputs import ReportInputs
from tests.made_records import FS
from tests.reports.made_reports import MV, of, paths_mm, printed

SECONDS = [round(second * FS) for second in range(1, 13)]


@pytest.fixture(scope="module")
def inputs() -> ReportInputs:
    """1 mV every second in both leads."""
    reference = of(SECONDS, ["N"] * len(SECONDS))
    return ReportInputs(reference.record, {"reference": reference})


@pytest.fixture(scope="module")
def pdf(inputs: ReportInputs) -> bytes:
    return recording_pdf(recording_report(inputs), inputs.layers["reference"])


def ups(trace: np.ndarray) -> np.ndarray:
    """Rows of a trace at which it jumps by about 1 mV."""
    return np.flatnonzero(np.abs(np.abs(np.diff(trace[:, 1])) - 10) < 0.5)


def test_1_s_and_1_mv_measure_25_and_10_mm_on_paper(pdf: bytes) -> None:
    sizes = {tuple(round(side, 1) for side in page.size_mm) for page in printed(pdf)}
    assert sizes == {(210.0, 297.0)}
    paths = paths_mm(pdf, 1)
    traces = [path for path in paths if len(path) > 20 and len(ups(path)) >= 12]
    assert len(traces) >= 4  # two leads of each strip
    for trace in traces:
        rises = ups(trace)[::2]
        assert np.diff(trace[rises, 0]) == pytest.approx(25.0, abs=0.05)
        assert np.abs(np.diff(trace[:, 1]))[ups(trace)] == pytest.approx(10.0, abs=0.05)
    pulses = [path for path in paths if len(path) == 6 and np.ptp(path[:, 0]) == pytest.approx(9, abs=0.01)]
    assert [np.ptp(path[:, 1]) for path in pulses] == pytest.approx([10.0] * len(traces), abs=0.01)


def test_nothing_is_drawn_off_the_paper_or_below_its_foot(pdf: bytes) -> None:
    for page in range(len(printed(pdf))):
        for path in paths_mm(pdf, page)[1:]:  # the first is the sheet itself
            assert path.min() >= 4
            assert path[:, 0].max() <= 206
            assert path[:, 1].min() >= 10


def test_1_s_and_1_mv_measure_25_and_10_mm_on_the_page(inputs: ReportInputs) -> None:
    report = recording_report(inputs)
    svg = strip_svg(inputs.layers["reference"], report.strips[0])
    size = re.search(r'width="([\d.]+)mm" height="([\d.]+)mm" viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert size is not None
    assert size.groups()[:2] == size.groups()[2:]  # a unit of the drawing is a mm
    longest = max(re.findall(r' d="([^"]+)"', svg), key=lambda d: d.count("L"))
    trace = np.array([[float(a), float(b)] for a, b in re.findall(r"[ML]([\d.]+) ([\d.]+)", longest)])
    assert np.diff(trace[ups(trace)[::2], 0]) == pytest.approx(25.0, abs=0.05)
    assert len(ups(trace)) >= 12


@pytest.mark.parametrize(("mv", "mm"), [(1.9, 32), (3.2, 47), (9, 52)])
def test_tall_waves_get_more_paper_up_to_2_cm(mv: float, mm: float) -> None:
    signals = np.zeros((20 * 360, 1), np.int16)
    signals[360:370] = round(mv * MV)
    labelled = of([360], ["N"], n_samples=len(signals), signals=signals, leads=("II",))
    report = recording_report(ReportInputs(labelled.record, {"reference": labelled}))
    height = float(re.findall(r'height="([\d.]+)mm"', strip_svg(labelled, report.strips[0]))[0])
    assert height == 6 + mm + 1


def test_samples_that_are_missing_leave_gaps() -> None:
    signals = np.full((20 * 360, 1), -2048, np.int16)
    labelled = of([3600], ["N"], n_samples=len(signals), signals=signals, leads=("$x$",), calibrated=(False,))
    inputs = ReportInputs(labelled.record, {"reference": labelled})
    report = recording_report(inputs)
    assert "nan" not in strip_svg(labelled, report.strips[0]) + trend_svg(report.trend)
    pages = printed(recording_pdf(report, labelled))
    assert "uncalibrated, no true mV: $x$" in pages[1].text


WORDS = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=1, max_size=60), max_size=12)


@given(WORDS, st.floats(8, 120), st.sampled_from([PLAIN_PT, SMALL_PT]), st.sampled_from(["normal", "bold"]))
def test_wrapped_text_keeps_every_letter_and_fits(words: list[str], width: float, size: float, weight: str) -> None:
    text = " ".join(words)
    lines = wrapped(text, width, size, weight)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line, size, weight) <= width for line in lines)
    assert width_of(shortened(text, width, size, weight), size, weight) <= width


def test_both_files_are_written_and_replace_those_of_before(inputs: ReportInputs, tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(b"old")
    files = write_report(recording_report(inputs, chosen=[]), inputs, tmp_path)
    assert {path.name for path in tmp_path.glob("[!w]*")} == {"made.pdf", "made.html"}
    assert files.pdf.read_bytes().startswith(b"%PDF")
    assert files.html.read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_if_one_cannot_take_its_place_the_other_stays_as_it_was(inputs: ReportInputs, tmp_path: Path) -> None:
    place = tmp_path / "out"
    (place / "made.html" / "in the way").mkdir(parents=True)
    (place / "made.pdf").write_bytes(b"old")
    with pytest.raises(DataError, match=r"out cannot be written into \(.+\): name another folder with --to\."):
        write_report(recording_report(inputs, chosen=[]), inputs, place)
    assert (place / "made.pdf").read_bytes() == b"old"
    assert {path.name for path in place.iterdir()} == {"made.html", "made.pdf"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="file is a file"):
        check_folder(tmp_path / "file" / "below")
    check_folder(tmp_path / "new" / "below")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_leaves_nothing(inputs: ReportInputs) -> None:
    place = Path("/proc/report")  # a place where not even root may make a folder
    with pytest.raises(DataError, match="report"):
        write_report(recording_report(inputs, chosen=[]), inputs, place)
    assert not place.exists()
