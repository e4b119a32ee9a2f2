"""Training an autoencoder as a run, and judging one on records it has never seen."""

from dataclasses import replace
from pathlib import Path

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.beats.windows import make_windows
from ecg_core.errors import RunError
from ecg_core.evaluation.changed_recordings import AS_RECORDED
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector, Items
from ecg_core.tasks.autoencoder.model import load_detector, save_detector
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.report import VALIDATION_NOTE, ScoredItems, score_items, score_validation
from ecg_core.tasks.autoencoder.result import AutoencoderResult
from ecg_core.tasks.judged_beats import JudgedOn, judged_beats
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
        recordings.preparation(beats, one_lead=job.options.leads != "second"),
        {VALIDATION: validation.to_json()},
        unreadable=beats.left_out,
    )
    save_detector(job.folder, detector, card)
    return AutoencoderResult(validation, detector.threshold_)


def evaluate(folder: Path, on: JudgedOn) -> DetectionReport:
    """Every figure of `scored`."""
    return scored(folder, on).report()


def scored(folder: Path, on: JudgedOn) -> ScoredItems:
    """Score records, which nobody checks here for having been seen, or the model's own validation.

    The validation is of the label layer that was learned from; any other part is what `judged_beats` gives.
    Raises WorkbenchError where the model or the data cannot be used together.
    """
    detector, card = load_detector(folder)
    data = on.source.folder
    if on.part == VALIDATION:
        beats = load_beats(data, on.records, preparation_of(card).config, layer=card.layer)
        return score_validation(detector, card, beats, items_of(data, beats, detector.options))
    judged = judged_beats(card, on)
    if on.changes != AS_RECORDED and detector.options.unit == "windows":
        raise RunError("Windows are cut from recordings as they are: changed ones are for models of beats.")
    scores = score_items(detector, items_of(data, judged.beats, detector.options), on.part, judged.note)
    return replace(scores, leads=judged.leads, usual_beat=judged.usual_beat)


def items_of(folder: Path, beats: BeatSet, options: AutoencoderOptions) -> Items:
    """The beats, or windows of them, as the options say."""
    return make_windows(folder, beats, options.half_width_s, options.seed) if options.unit == "windows" else beats
