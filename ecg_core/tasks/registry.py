"""What each kind of run does, from its config to its result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecg_core.beats.splits import split_of
from ecg_core.beats.store import load_beats
from ecg_core.data.catalogue import patient_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError, RunError
from ecg_core.files import write_json
from ecg_core.learning.model_folder import config_of, load_card
from ecg_core.learning.monitor import Monitor
from ecg_core.runs.control import reproduce_command, start
from ecg_core.runs.folder import Run, now
from ecg_core.tasks.autoencoder.detector import AutoencoderDetector
from ecg_core.tasks.autoencoder.model import KIND as AUTOENCODER
from ecg_core.tasks.autoencoder.model import load_detector, save_detector
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.report import check_unseen, load_items, report
from ecg_core.tasks.autoencoder.report import validation_report as detection_validation
from ecg_core.tasks.classifier import training as classifier_tasks
from ecg_core.tasks.classifier.model import KIND as CLASSIFIER
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.report import check_card, validation_report
from ecg_core.tasks.classifier.report import check_unseen as check_unseen_patients
from ecg_core.tasks.classifier.report import report as report_classes
from ecg_core.tasks.fidelity.judging import judge_fidelity
from ecg_core.tasks.gan import training as gan_tasks
from ecg_core.tasks.image_classifier import training as image_classifier_tasks
from ecg_core.tasks.image_classifier.classifier import KIND as IMAGE_CLASSIFIER
from ecg_core.tasks.image_classifier.training import evaluate_images
from ecg_core.tasks.material import beats_card, described, of_other_patients, training_part, versions
from ecg_core.tasks.study import training as study_tasks

Task = Callable[[Run, Monitor], dict[str, Any]]


def start_autoencoder(source: DataSource, records: tuple[str, ...] | None, options: AutoencoderOptions) -> Run:
    """Start training an autoencoder on the split's training records, or on some records by name.

    Raises RunError for a record that is not there or if nobody would be left out of training.
    """
    split = training_part(source, records)
    if len({patient_of(name) for name in split["train"]}) < 2:
        raise RunError(
            f"Record {', '.join(split['train'])}: one patient only, at least 2 are needed, so that each can be left "
            "out in turn to set the threshold. Choose more records."
        )
    extra = ["--records", *split["train"]] if records else []
    options_json = options.to_json()
    config = {
        "options": options_json,
        "source": described(source),
        "split": split,
        "command": reproduce_command("autoencoder", options_json, AutoencoderOptions().to_json(), extra),
    }
    return start("autoencoder", config)


def train_autoencoder(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Prepare beats, train, judge on validation, save model and card."""
    config = run.config
    options = AutoencoderOptions.from_json(config["options"])
    source, split = config["source"], config["split"]
    folder = Path(source["folder"])
    beats, items = load_items(
        folder,
        split["train"],
        source["records"],
        options,
        progress=lambda done, of: monitor.phase("Preparing beats", done, of),
    )
    detector = AutoencoderDetector(options).fit(items, split["train"], monitor)
    monitor.phase("Judging on validation", 0, 1)
    validation = detection_validation(detector, items)
    card = {
        "created": now(),
        "split": split,
        "options": options.to_json(),
        "seed": options.seed,
        **beats_card(beats, source["label"]),
        "versions": versions(),
        "command": config["command"],
        "figures": {"validation": validation},
    }
    save_detector(run.folder, detector, card)
    return {"validation": validation, "threshold": detector.threshold_}


def evaluate_model(folder: Path, source: DataSource, part: str) -> dict[str, Any]:
    """Score the model in `folder` on a part of the data in use and report.

    `part` is `DS1`, `DS2`, `train`, `test`, `unseen`, `all`, `validation`, or names of records joined by commas.
    """
    kind = load_card(folder)["kind"]
    if kind == CLASSIFIER:
        return _evaluate_classifier(folder, source, part)
    if kind == IMAGE_CLASSIFIER:
        return evaluate_images(folder, source, part, records_of(part, source, load_card(folder)))
    if kind != AUTOENCODER:
        raise ModelError(f"{folder} holds a model of kind {kind!r}: only autoencoders and classifiers are evaluated.")
    detector, card = load_detector(folder)
    records = records_of(part, source, card)
    _, items = load_items(source.folder, records, source.records, detector.options, card)
    if part == "validation":
        if items.table.shape[0] != len(detector.validation_error_):
            raise RunError("Validation scores belong to the data the model was trained on, which are not in use now.")
        return detection_validation(detector, items)
    check_unseen(card, records)
    return report(detector, card, items, part)


def _evaluate_classifier(folder: Path, source: DataSource, part: str) -> dict[str, Any]:
    classifier, card = load_classifier(folder)
    records = records_of(part, source, card)
    beats = load_beats(source.folder, source.records, config_of(card)).only(records)
    if part == "validation":
        if beats.data_hash != card["data"]["data_hash"]:
            raise RunError("The validation belongs to the data the model was trained on, which are not in use now.")
        return validation_report(classifier, beats)
    check_unseen_patients(card, records, part)
    check_card(card, beats)
    return report_classes(classifier, card, beats, part)


def evaluate_run(run: Run, source: DataSource, part: str) -> dict[str, Any]:
    """`evaluate_model` for a finished run; the report is kept in the run, with its time."""
    if run.state != "finished":
        raise RunError(f"Run {run.id} is {run.state}: only a finished run can be evaluated.")
    found = evaluate_model(run.folder, source, part) | {"evaluated": now()}
    if part != "validation":
        write_json(run.folder / "evaluations" / f"{part.replace(',', '-')[:60]}.json", found)
    return found


def records_of(part: str, source: DataSource, card: dict[str, Any]) -> tuple[str, ...]:
    """Names of the records a part stands for. Raises RunError for a part there is not."""
    split = split_of(source.records)
    if part == "validation":
        return tuple(card["split"]["train"])
    if part == "all":
        return source.records
    if part == "unseen":
        return unseen_records(source, card)
    if part in split.parts:
        return split.parts[part]
    if part in ("train", "test"):
        return split.train if part == "train" else split.test
    names = tuple(name.strip() for name in part.split(","))
    unknown = [name for name in names if name not in source.records]
    if unknown:
        choices = ", ".join([*split.parts, "unseen", "all", "validation"])
        raise RunError(f"Unknown split or record {', '.join(unknown)}: choose {choices}, or records joined by commas.")
    return names


def unseen_records(source: DataSource, card: dict[str, Any]) -> tuple[str, ...]:
    """The records to judge a model on: its split's test records, or, among other data, all that it was not trained on.

    Raises RunError if there is none.
    """
    test = tuple(name for name in card["split"]["test"] if name in source.records)
    found = test or tuple(of_other_patients(source.records, card["split"]["train"]))
    if not found:
        raise RunError("The model was trained on every record of the data in use: none is left to judge it on.")
    return found


TASKS: dict[str, Task] = {
    "autoencoder": train_autoencoder,
    "classifier": classifier_tasks.train_classifier,
    "image-classifier": image_classifier_tasks.train_image_classifier,
    "study": study_tasks.run_study,
    "random-split": study_tasks.teach_lesson,
    "gan": gan_tasks.train_gan,
    "image-gan": gan_tasks.train_image_gan,
    "fidelity": judge_fidelity,
}
