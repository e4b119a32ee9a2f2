"""What each kind of run does, from its config to its result."""

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ecg_core import __version__
from ecg_core.beats.splits import DE_CHAZAL, assert_patient_disjoint, split_of
from ecg_core.data.catalogue import patient_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.files import write_json
from ecg_core.runs.control import reproduce_command, start
from ecg_core.runs.folder import Run, now
from ecg_core.training.autoencoder import AutoencoderDetector
from ecg_core.training.autoencoder_model import load_detector, save_detector
from ecg_core.training.autoencoder_options import AutoencoderOptions
from ecg_core.training.autoencoder_report import check_unseen, load_items, report, validation_report
from ecg_core.training.monitor import Monitor

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "wfdb", "pandas")
CHOSEN_NOTE = "Trained on chosen records, judged on the records of all other patients."
Task = Callable[[Run, Monitor], dict[str, Any]]


def start_autoencoder(source: DataSource, records: tuple[str, ...] | None, options: AutoencoderOptions) -> Run:
    """Start training an autoencoder on the split's training records, or on some records by name.

    Raises RunError for a record that is not there or if nobody would be left out of training.
    """
    split = split_of(source.records)
    if records is not None and not records:
        raise RunError("Choose at least one record to train on.")
    train = records or split.train
    unknown = [name for name in train if name not in source.records]
    if unknown:
        raise RunError(f"Unknown record {', '.join(unknown)}: the data in use ({source.label}) has no such record.")
    if len({patient_of(name) for name in train}) < 2:
        raise RunError(
            f"Record {', '.join(train)}: one patient only, at least 2 are needed, so that each can be left out in turn "
            "to set the threshold. Choose more records."
        )
    extra = ["--records", *train] if records else []
    options_json = options.to_json()
    test = list(split.test) if not records else _of_other_patients(source.records, train)
    if records or split.name != DE_CHAZAL:  # the one named exception: 201 and 202 are one patient
        assert_patient_disjoint(train, test)
    config = {
        "options": options_json,
        "source": {"folder": str(source.folder), "label": source.label, "records": list(source.records)},
        "split": {
            "name": split.name if not records else "chosen records",
            "train": list(train),
            "test": test,
            "note": split.note if not records else CHOSEN_NOTE,
        },
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
    validation = validation_report(detector, items)
    card = {
        "created": now(),
        "data": {"label": source["label"], "data_hash": beats.data_hash, "simulated": beats.simulated},
        "split": split,
        "options": options.to_json(),
        "seed": options.seed,
        "preprocessing": vars(beats.config),
        "preprocessing_hash": beats.config.hash,
        "leads": {name: list(leads) for name, leads in beats.leads.items()},
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
    detector, card = load_detector(folder)
    records = records_of(part, source, card)
    _, items = load_items(source.folder, records, source.records, detector.options, card)
    if part == "validation":
        if items.table.shape[0] != len(detector.validation_error_):
            raise RunError("Validation scores belong to the data the model was trained on, which are not in use now.")
        return validation_report(detector, items)
    check_unseen(card, records)
    return report(detector, card, items, part)


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
    names = tuple(part.split(","))
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
    found = test or tuple(_of_other_patients(source.records, card["split"]["train"]))
    if not found:
        raise RunError("The model was trained on every record of the data in use: none is left to judge it on.")
    return found


def _of_other_patients(records: Sequence[str], train: Sequence[str]) -> list[str]:
    """Records of patients that none of the training records is of."""
    known = {patient_of(name) for name in train}
    return [name for name in records if patient_of(name) not in known]


def versions() -> dict[str, str]:
    """Versions of the workbench, Python and every library that can change a figure."""
    found = {"ecg_core": __version__, "python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}


TASKS: dict[str, Task] = {"autoencoder": train_autoencoder}
