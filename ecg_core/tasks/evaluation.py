"""Judging a trained model: one way in for every kind, with one rule of what it may be judged on."""

from pathlib import Path
from typing import Any

from ecg_core.beats.splits import split_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.changed_recordings import AS_RECORDED, Changes
from ecg_core.learning.card import Card
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import load_card
from ecg_core.learning.unseen import VALIDATION, check_unseen, unseen_records
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.tasks.registry import REGISTRY, task_of_model
from ecg_core.tasks.task import Report, imported


def evaluate_model(
    folder: Path, source: DataSource, part: str, any_leads: bool = False, changes: Changes = AS_RECORDED
) -> Report:
    """Score the model in `folder` on a part of the data in use.

    `part` is `DS1`, `DS2`, `train`, `test`, `unseen`, `all`, `validation`, or names of records joined by commas.
    `any_leads`: whether somebody has chosen to have leads scored that the model was not trained on; `changes`: what is
    done to the recordings first.

    Raises WorkbenchError for a part there is not, records the model has seen, and whatever does not fit it.
    """
    card = load_card(folder)
    task = task_of_model(card.kind)
    if task.model is None or not task.model.evaluate:
        raise ModelError(f"{folder} holds a model of kind {card.kind!r}: only {_judged_kinds()} are evaluated.")
    preparation_of(card)  # refuses a model of an image folder
    records = records_of(part, source, card)
    if not records:
        raise RunError(f"There is no record of {part} in the data in use ({source.label}): nothing to judge.")
    if part != VALIDATION:
        check_unseen(card, records, source.patients, part)
    elif changes != AS_RECORDED:
        raise RunError(
            "A model's validation is of its own training data, as they are: it is not judged on changed ones."
        )
    on = JudgedOn(source, records, part, any_leads, changes)
    report: Report = imported(task.model.evaluate)(folder, on)
    return report


def evaluate_images(folder: Path, images: Path) -> Report:
    """Score the model in `folder` on a folder of images. Raises ModelError if it does not judge images."""
    card = load_card(folder)
    task = task_of_model(card.kind)
    if task.model is None or not task.model.evaluate_images:
        raise ModelError(f"{folder} holds a model of kind {card.kind!r}, which judges no images.")
    report: Report = imported(task.model.evaluate_images)(folder, images)
    return report


def records_of(part: str, source: DataSource, card: Card) -> tuple[str, ...]:
    """Names of the records a part stands for. Raises RunError for a part there is not."""
    split = split_of(source.records, source.patients)
    if part == VALIDATION:
        return card.split.train
    if part == "all":
        return source.records
    if part == "unseen":
        return unseen_records(card, source.records, source.patients)
    if part in split.parts:
        return split.parts[part]
    if part in ("train", "test"):
        return split.train if part == "train" else split.test
    names = tuple(dict.fromkeys(name.strip() for name in part.split(",") if name.strip()))
    unknown = [name for name in names if name not in source.records]
    if unknown or not names:
        choices = ", ".join([*split.parts, "unseen", "all", VALIDATION])
        raise RunError(
            f"Unknown split or record {', '.join(unknown)[:200] or repr(part[:40])}: choose {choices}, or records "
            "joined by commas."
        )
    return names


def reports_of(card: Card, what: str) -> dict[str, Any]:
    """Part -> typed report, of every part a model's card has figures of. Raises ModelError if they are damaged."""
    return task_of_model(card.kind).reports_of(card, what, ModelError)


def _judged_kinds() -> str:
    return ", ".join(f"{task.model.noun}s" for task in REGISTRY.values() if task.model and task.model.evaluate)
