"""Words that the paper and the page of a report share."""

from ecg_core.data import catalogue
from ecg_core.data.record import Record
from ecg_core.reports.recording_report import RecordingReport
from ecg_core.reports.report_strips import Strip

SCALE = "Strips: 25 mm/s, 10 mm/mV when printed at 100 %, unfiltered"
EC57_COLUMNS = ("Part, kind", "Reference", "Gross Se", "Gross +P", "Average Se", "Average +P")
NO_MODEL = "No model's classes are in this report."
SIMULATED = "SIMULATED record: made by a beat model, no patient behind it."


def title(report: RecordingReport) -> str:
    """What is at the head of every page."""
    return f"Record {report.name}" + (" · SIMULATED" if report.simulated else "")


def foot(record: Record) -> str:
    """What is at the foot of every page."""
    guessed = record.uncalibrated_leads
    said = f"; uncalibrated, no true mV: {', '.join(guessed)}" if guessed else ""
    return f"{SCALE}{said}.{f' {catalogue.SHORT_ATTRIBUTION}' if is_published(record) else ''}"


def is_published(record: Record) -> bool:
    """Whether a recording is, by name and length, one of the MIT-BIH Arrhythmia Database."""
    length = (record.fs, record.n_samples)
    return catalogue.are_published([record.name]) and length == (catalogue.FS, catalogue.N_SAMPLES)


def strip_title(strip: Strip) -> str:
    """Why a strip is printed, and when it begins."""
    said = f"{strip.title.label}: {strip.title.text}" if strip.title.text else strip.title.label
    return f"{said}. Strip from {strip.begins.text}"
