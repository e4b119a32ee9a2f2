"""`train autoencoder | classifier | image-classifier | gan | image-gan`, and following a run from the terminal."""

import argparse
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from ecg_core.cli.output import emit, tell, tell_over
from ecg_core.data.image_folder import ScannedFolder, scan
from ecg_core.data.sources import DataSource, current_source
from ecg_core.errors import RunError
from ecg_core.learning.options import Options
from ecg_core.runs.control import stop
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.text import number, percent, seconds

POLL_S = 0.3
Chosen = TypeVar("Chosen", bound=Options)


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Register the verbs with a parser's sub-parsers."""
    parser = verbs.add_parser("train", help="start a training as a run")
    kinds = parser.add_subparsers(dest="kind", required=True)
    autoencoder = kinds.add_parser("autoencoder", parents=[common], help="on the normal beats of the training records")
    add_options(autoencoder, AutoencoderOptions)
    autoencoder.set_defaults(run=_autoencoder)
    gan = kinds.add_parser("gan", parents=[common], help="that makes beats of one rare class")
    add_options(gan, GanOptions)
    gan.set_defaults(run=_gan)
    image_gan = kinds.add_parser("image-gan", parents=[common], help="that makes ECG images of one class")
    add_options(image_gan, ImageGanOptions)
    image_gan.add_argument("--images", type=Path, metavar="FOLDER", help="of images, one sub-folder a class, not beats")
    image_gan.set_defaults(run=_image_gan)
    classifier = kinds.add_parser("classifier", parents=[common], help="that names the class of a beat")
    add_options(classifier, ClassifierOptions)
    classifier.set_defaults(run=_classifier)
    image_classifier = kinds.add_parser("image-classifier", parents=[common], help="that names the class of an image")
    add_options(image_classifier, ImageClassifierOptions)
    image_classifier.add_argument("--images", type=Path, metavar="FOLDER", help="of images, a sub-folder a class")
    image_classifier.set_defaults(run=_image_classifier)
    for parser in (autoencoder, classifier, image_classifier, gan, image_gan):
        parser.add_argument("--records", nargs="+", metavar="RECORD", help="train on these (default: the split's)")
        parser.add_argument("--follow", action="store_true", help="wait for the end, showing progress")


def add_options(parser: argparse.ArgumentParser, options: type[Options]) -> None:
    """One flag for each field of an options dataclass; its checks and what it means stay in the dataclass."""
    texts = options.described()
    for one in fields(options):
        flag = "--" + one.name.replace("_", "-")
        text = texts.get(one.name, "").replace("%", "%%").replace("`", "")
        if get_origin(one.type) is Literal:
            choices = get_args(one.type)
            text = f"{text} (default: {one.default})"
            parser.add_argument(flag, choices=choices, type=type(choices[0]), default=one.default, help=text)
        elif one.type is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=one.default, help=text)
        else:
            parser.add_argument(flag, type=one.type, default=one.default, help=f"{text} (default: %(default)s)")


def follow(run: Run) -> None:
    """Show a run's progress until it ends; Ctrl-C asks it to stop."""
    shown = 0
    try:
        while True:
            alive = run.state in ALIVE
            progress = run.progress()
            for row in progress.epochs[shown:]:
                losses = "  ".join(f"{name} {value:.4f}" for name, value in row.items() if name.endswith("loss"))
                tell(f"epoch {row['done']} of {row['of']}  {losses}  {seconds(row['eta_s'])} left")
            shown = len(progress.epochs)
            if progress.phase:
                tell_over("{phase}: {done} of {of}".format(**progress.phase))
            if not alive:
                return
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        tell("Stopping.")
        stop(run)


def outcome(run: Run, as_json: bool) -> int:
    """Print how a run stands; exit code 1 if it failed."""
    state = run.state
    found: dict[str, Any] = {"run": run.id, "state": state, "folder": str(run.folder)}
    text = f"{run.id}: {state}"
    if result := run.result:
        found["result"] = result
        text += f". {headline(result)}"
    if error := run.error:
        found["error"] = error
        text += f". {error}"
    emit(found, as_json, text)
    return 1 if state in ("failed", "interrupted") else 0


def headline(result: dict[str, Any]) -> str:
    """The one line that matters of a finished run's result."""
    if "macro_f1" in result.get("validation", {}):
        return class_line(result["validation"])
    if "study" in result:
        return f"Compared {len(result['study'])} ways of training over {result['seeds']} seeds"
    if "lesson" in result:
        return ", ".join(
            f"split by {name}: macro-F1 {number(row['macro_f1'])}" for name, row in result["lesson"].items()
        )
    if "validation" in result:
        auc, threshold = result["validation"]["roc_auc"], result["threshold"]
        return f"Validation ROC AUC {number(auc)}, threshold {number(threshold, 2)}"
    if "fidelity" in result:
        row = result["fidelity"]
        return (
            f"MMD {number(row['mmd'])} (between patients {number(row['mmd_real'])}), two-sample AUC "
            f"{number(row['two_sample_auc'])}, copying {percent(row['copying_share'])}"
        )
    if "images" in result:
        return f"Trained on {result['images']:,} images"
    return f"Judged: {', '.join(result['classes'])}"


def class_line(found: dict[str, Any]) -> str:
    """Macro-F1, accuracy, and the F1 of each class but N."""
    classes = {name: row["f1"] for name, row in found["classes"].items() if "f1" in row and name != "N"}
    each = ", ".join(f"{name} F1 {number(value)}" for name, value in classes.items())
    return f"Macro-F1 {number(found['macro_f1'])}, accuracy {percent(found['accuracy'])}, {each}"


def _classifier(options: argparse.Namespace) -> int:
    from ecg_core.tasks.classifier.training import start_classifier

    return started(start_classifier(current_source(), _records(options), chosen(options, ClassifierOptions)), options)


def _image_classifier(options: argparse.Namespace) -> int:
    from ecg_core.tasks.image_classifier.training import start_image_classifier, start_image_classifier_on_folder

    return _on_images(options, ImageClassifierOptions, start_image_classifier, start_image_classifier_on_folder)


def _autoencoder(options: argparse.Namespace) -> int:
    from ecg_core.tasks.registry import start_autoencoder

    return started(start_autoencoder(current_source(), _records(options), chosen(options, AutoencoderOptions)), options)


def _gan(options: argparse.Namespace) -> int:
    from ecg_core.tasks.gan.training import start_gan

    return started(start_gan(current_source(), _records(options), chosen(options, GanOptions)), options)


def _image_gan(options: argparse.Namespace) -> int:
    from ecg_core.tasks.gan.training import start_image_gan, start_image_gan_on_folder

    return _on_images(options, ImageGanOptions, start_image_gan, start_image_gan_on_folder)


def _on_images(
    options: argparse.Namespace,
    kind: type[Chosen],
    on_beats: Callable[[DataSource, tuple[str, ...] | None, Chosen], Run],
    on_folder: Callable[[ScannedFolder, Chosen], Run],
) -> int:
    """Start on images of beats, or of a folder. Raises RunError where both are named."""
    wanted = chosen(options, kind)
    if options.images and options.records:
        raise RunError("An image folder has no records: name --images or --records, not both.")
    if options.images:
        return started(on_folder(scan(options.images), wanted), options)
    return started(on_beats(current_source(), _records(options), wanted), options)


def _records(options: argparse.Namespace) -> tuple[str, ...] | None:
    return tuple(options.records) if options.records else None


def chosen(options: argparse.Namespace, kind: type[Chosen]) -> Chosen:
    """The options of a kind that flags of the same names were given for."""
    return kind.from_json({one.name: getattr(options, one.name) for one in fields(kind)})


def started(run: Run, options: argparse.Namespace) -> int:
    """Say what became of a run, after following it if asked to."""
    if options.follow:
        follow(run)
    return outcome(run, options.json)
