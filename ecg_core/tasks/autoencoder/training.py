"""Training an autoencoder as a run, and judging one on records it has never seen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.beats.windows import make_windows
from ecg_core.data.labels import MARKED
from ecg_core.data.sources import DataSource
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.learning.fits import fitting, leads_caution, preparation_of
from ecg_core.learning.unseen import VALIDATION, statement
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector, Items
from ecg_core.tasks.autoencoder.model import load_detector, save_detector
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.report import VALIDATION_NOTE, ScoredItems, score_items, score_validation
from ecg_core.tasks.autoencoder.result import AutoencoderResult
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import Job


def check(material: Recordings, options: AutoencoderOptions) -> AutoencoderOptions:
    """Raise RunError if nobody would be left out of training."""
    material.check_patients("to set the threshold")
    return options


def train(job: Job[AutoencoderOptions]) -> AutoencoderResult:
    """Prepare beats, train, judge on validation, save model and card."""
    recordings = job.recordings
    beats = recordings.beats(job.split.train, job.phase("Preparing beats"))
    items = items_of(recordings.folder, beats, job.options)
    detector = AutoencoderDetector(job.options).fit(items, job.monitor)
    job.monitor.phase("Judging on validation", 0, 1)
    validation = score_items(detector, items, VALIDATION, VALIDATION_NOTE, detector.validation_error_).report()
    card = job.card(
        recordings.data_used(beats),
        recordings.preparation(beats),
        {VALIDATION: validation.to_json()},
        unreadable=beats.left_out,
    )
    save_detector(job.folder, detector, card)
    return AutoencoderResult(validation, detector.threshold_)


def evaluate(
    folder: Path, source: DataSource, records: Sequence[str], part: str, any_leads: bool = False
) -> DetectionReport:
    """Every figure of `scored`."""
    return scored(folder, source, records, part, any_leads).report()


def scored(folder: Path, source: DataSource, records: Sequence[str], part: str, any_leads: bool = False) -> ScoredItems:
    """Score records, which nobody checks here for having been seen, or the model's own validation.

    The validation is of the label layer that was learned from; any other part is of the reference, or, where nobody
    annotated a record, of its detected R peaks. `any_leads`: as in `learning.fits.fitting`.
    Raises WorkbenchError where the model or the data cannot be used together.
    """
    detector, card = load_detector(folder)
    config = preparation_of(card).config
    if part == VALIDATION:
        beats = load_beats(source.folder, records, config, layer=card.layer)
        return score_validation(detector, card, beats, items_of(source.folder, beats, detector.options))
    beats = fitting(card, load_beats(source.folder, records, config, layer=MARKED), any_leads)
    note = statement(card, beats.records, beats.patients)
    scores = score_items(detector, items_of(source.folder, beats, detector.options), part, note)
    return replace(scores, caution=leads_caution(card, beats))


def items_of(folder: Path, beats: BeatSet, options: AutoencoderOptions) -> Items:
    """The beats, or windows of them, as the options say."""
    return make_windows(folder, beats, options.half_width_s, options.seed) if options.unit == "windows" else beats
