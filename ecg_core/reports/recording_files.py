"""From a record in use to the two files of its report: what is read, and how they are written."""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ecg_core import workspace
from ecg_core.beats.detection import detect_and_keep, detected_layer
from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.labels import DETECTED
from ecg_core.data.layers import kept_layer
from ecg_core.data.mapping import release
from ecg_core.data.reader import read_record
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError
from ecg_core.files import replaced, why
from ecg_core.reports.reading import Role
from ecg_core.reports.recording_report import RecordingReport
from ecg_core.reports.report_inputs import ModelUsed, ReportInputs
from ecg_core.tasks.places import folder_of


@dataclass(frozen=True)
class ReportFiles:
    """Where a report was written."""

    pdf: Path
    html: Path


def recording_inputs(
    source: DataSource, name: str, model: str = "", any_leads: bool = False, corrected: LabelledRecord | None = None
) -> ReportInputs:
    """Read a record with its reference and its R peaks, and let a classifier class its beats.

    R peaks that nobody has kept are found; they are kept where no reference marks a beat, as `peaks` does.

    Parameters
    ----------
    name : a record of the data in use
    model : `models/<name>` or a run's id; no model if empty
    any_leads : whether somebody has chosen to have leads scored that the model was not trained on
    corrected : a person's corrections

    Raises WorkbenchError for an unknown record, what cannot be read, or a model that does not fit.
    """
    if name not in source.records:
        raise DataError(f"Unknown record {name[:80]}: {source.label}, none of that name.")
    folder = source.folder
    record = read_record(folder, name)
    layers: dict[Role, LabelledRecord] = {}
    reference = labelled(record, reference_layer(record))
    detected = kept_layer(folder, name, DETECTED)
    if detected is None:
        detected = detected_layer(record) if len(reference.beats) else detect_and_keep(folder, name, record)
    record = record.with_layer(detected)
    if len(reference.beats):
        layers["reference"] = replace(reference, record=record)
    if corrected is not None:
        layers["corrected"] = replace(corrected, record=record)
    used = None
    if model:
        from ecg_core.tasks.classifier.predicting import predict_record, training_caution  # half a second to import

        made = predict_record(folder_of(model), model, folder, name, workspace.now(), any_leads)
        layers["model"] = labelled(record, made.layer)
        cautions = (training_caution(made.card, name, source.patients), made.leads)
        used = ModelUsed(model, made.card, " ".join(filter(None, cautions)))
    if not layers:
        layers["detected"] = labelled(record, detected)
    release(record.signals)
    return ReportInputs(record, layers, used)


def check_folder(folder: Path) -> None:
    """Raise DataError if files cannot be written into a folder, before anything is made for it."""
    place = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not place.is_dir():
        raise DataError(f"{folder} cannot be a folder: {place} is a file. Name another with --to.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise DataError(f"{place} cannot be written into: make it writable, or name another folder with --to.")


def write_report(report: RecordingReport, inputs: ReportInputs, folder: Path) -> ReportFiles:
    """Write `RECORD.pdf` and `RECORD.html` into a folder, made if it is not there. Both are whole before either takes
    the place of a file of that name.

    Raises DataError if they cannot be written; then nothing is left.
    """
    from ecg_core.reports.recording_html import recording_html  # matplotlib takes a third of a second to import
    from ecg_core.reports.recording_pdf import recording_pdf

    check_folder(folder)
    pdf, html = recording_pdf(report, inputs.read_from), recording_html(report, inputs.read_from).encode()
    stem = report.name.replace("/", "_")
    files = ReportFiles(folder / f"{stem}.pdf", folder / f"{stem}.html")
    new = not folder.exists()
    try:
        with replaced(files.pdf) as first, replaced(files.html) as second:
            first.write_bytes(pdf)
            second.write_bytes(html)
    except OSError as error:
        if new:
            with suppress(OSError):
                folder.rmdir()
        raise DataError(f"{folder} cannot be written into ({why(error)}): name another folder with --to.") from None
    return files
