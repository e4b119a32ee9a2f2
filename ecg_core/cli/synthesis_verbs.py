"""`sample` and `fidelity`: make synthetic beats or images, and judge what a GAN makes."""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from ecg_core import workspace
from ecg_core.beats.export import csv_bytes, npz_bytes, png_zip_bytes, write_wfdb
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.cli.output import add_json, emit, place, seed, tell_over
from ecg_core.data.sources import current_source
from ecg_core.errors import ModelError
from ecg_core.evaluation.fidelity_report import DISTANCES, FidelityReport
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.evaluation.image_fidelity_report import DISTANCES as IMAGE_DISTANCES
from ecg_core.evaluation.image_fidelity_report import ImageFidelityReport
from ecg_core.evaluation.image_fidelity_sentence import image_sentence
from ecg_core.files import write_bytes
from ecg_core.learning.card import Card
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import load_card
from ecg_core.tasks.fidelity.judging import judge_at_once
from ecg_core.tasks.fidelity.judging_images import judge_images_at_once
from ecg_core.tasks.fidelity.options import places_in
from ecg_core.tasks.gan.beat_gan import BeatGan
from ecg_core.tasks.gan.image_gan import ImageGan
from ecg_core.tasks.gan.task import GAN, IMAGE_GAN
from ecg_core.tasks.image_form import model_form
from ecg_core.tasks.places import folder_of
from ecg_core.tasks.registry import task_of_model
from ecg_core.tasks.task import imported
from ecg_core.text import number, percent

FORMATS = ("npz", "csv", "wfdb", "png")


def add(verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of `sample` or `fidelity`."""
    add_json(parser)
    if verb == "sample":
        parser.add_argument(
            "--model", type=place, required=True, metavar="FOLDER", help="such as models/gan-V, or a run's"
        )
        parser.add_argument("-n", "--number", type=int, default=100, help="how many (default: %(default)s)")
        parser.add_argument("--seed", type=seed, default=1, help="the same seed makes the same (default: %(default)s)")
        parser.add_argument(
            "--to", type=place, default=Path("synthetic"), metavar="FOLDER", help="(default: %(default)s)"
        )
        parser.add_argument(
            "--formats", nargs="+", choices=FORMATS, help="of beats (default: npz; images are always png)"
        )
        parser.set_defaults(run=_sample)
        return
    named = parser.add_mutually_exclusive_group()
    named.add_argument(
        "--model", type=place, action="append", metavar="FOLDER", help="one a class (default: the shipped ones)"
    )
    named.add_argument("--models", metavar="NAMES", help="the same as run ids or models/NAME, separated by commas")
    parser.add_argument(
        "--images", nargs="?", const=True, metavar="FOLDER",
        help="judge image GANs; FOLDER: the images one was trained on, where it was a folder of them",
    )  # fmt: skip
    parser.add_argument(
        "--unseen", action=argparse.BooleanOptionalAction, default=True,
        help="beat GANs: also look at the test records (default: yes)",
    )  # fmt: skip
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the figures beside each model, for the pages")
    parser.set_defaults(run=_fidelity)


def _sample(options: argparse.Namespace) -> int:
    card = load_card(options.model)
    task = task_of_model(card.kind)
    if task.model is None or not task.class_option:
        raise ModelError(f"{options.model} holds a model of kind {card.kind!r}, which makes nothing: name a GAN.")
    started = time.perf_counter()
    generator, card = imported(task.model.load)(options.model, "")
    rejected = 0
    if isinstance(generator, BeatGan):
        files, rejected = _beats(generator, card, options)
    else:
        files = _images(generator, card, options)
    what = "beats" if isinstance(generator, BeatGan) else "images"
    of = f", kept of {options.number + rejected:,} made," if rejected else ""
    value = {
        "SYNTHETIC": True,
        "model": str(options.model),
        "number": options.number,
        "rejected": rejected,
        "seed": options.seed,
        "seconds": round(time.perf_counter() - started, 3),
        "files": [str(path) for path in files],
    }
    emit(value, options.json, f"{options.number:,} SYNTHETIC {what}{of} in\n" + "\n".join(map(str, files)))
    return 0


def _beats(gan: BeatGan, card: Card, options: argparse.Namespace) -> tuple[list[Path], int]:
    """The files, and how many beats the sampler did not keep."""
    beats = gan.sample(options.number, options.seed)
    about = _about(gan, card, options.seed)
    leads = preparation_of(card).lead_names()
    name = f"SYNTHETIC-{gan.beat_class}-{options.seed}"
    files: list[Path] = []
    for form in dict.fromkeys(options.formats or ["npz"]):
        path = options.to / (f"{name}.{form}" if form != "png" else f"{name}-png.zip")
        if form == "wfdb":
            files += write_wfdb(options.to, name, beats, leads, about)
            continue
        if form == "npz":
            content = npz_bytes(beats, about)
        elif form == "csv":
            content = csv_bytes(beats, about, leads)
        else:
            images = draw_beats(beats.signals, beats.config.times_s, ImageConfig(128, "paper"))
            content = png_zip_bytes(images, beats.beat_class.tolist(), about, "beat")
        write_bytes(path, content)
        files.append(path)
    return files, beats.rejected


def _images(gan: ImageGan, card: Card, options: argparse.Namespace) -> list[Path]:
    if options.formats and set(options.formats) != {"png"}:
        raise ModelError(f"{options.model} makes images: they are written as png only.")
    images = gan.sample(options.number, options.seed)
    labels = [gan.options.label] * len(images)
    path = options.to / f"SYNTHETIC-{gan.options.label}-images-{options.seed}.zip"
    write_bytes(path, png_zip_bytes(images, labels, _about(gan, card, options.seed), model_form(card)))
    return [path]


def _about(gan: BeatGan | ImageGan, card: Card, seed: int) -> dict[str, str]:
    return {"made_by": f"{gan.name}, seed {seed}", "trained_on": " ".join(card.split.train)}


def _fidelity(options: argparse.Namespace) -> int:
    if options.images:
        return _image_fidelity(options)
    models = named_models(options, GAN.kind)
    report = judge_at_once(
        current_source(), models, options.seed, _tell_judging, keep=options.keep, look_at_unseen=options.unseen
    )
    emit(report.to_json(), options.json, "\n".join(_lines(report)).strip())
    return 0


def _image_fidelity(options: argparse.Namespace) -> int:
    folder = None if options.images is True else Path(options.images)
    models = named_models(options, IMAGE_GAN.kind)
    report = judge_images_at_once(current_source(), models, options.seed, _tell_judging, options.keep, folder)
    emit(report.to_json(), options.json, "\n".join(_image_lines(report)).strip())
    return 0


def named_models(options: argparse.Namespace, kind: str) -> dict[str, Path]:
    """The models that were named, else the shipped ones of a kind."""
    if options.models is not None:
        return {place: folder_of(place) for place in places_in(options.models)}
    shipped = (path.parent for path in sorted(workspace.MODELS.glob("*/card.json")))
    folders: list[Path] = options.model or [folder for folder in shipped if load_card(folder).kind == kind]
    return {str(folder): folder for folder in folders}


def _tell_judging(done: int, of: int) -> None:
    tell_over(f"Judging: {done} of {of}")


def _image_lines(report: ImageFidelityReport) -> Iterator[str]:
    if report.simulated:
        yield "SIMULATED recordings."
    for name, row in report.classes.items():
        yield f"{name}: {image_sentence(row)}"
        yield f"  against {row.n_reference:,} training images (between patients; two halves), {row.n_compared:,} each:"
        yield "  " + ", ".join(
            f"{key} {number(getattr(row.distances, key))} ({number(getattr(row.between_patients, key))}; "
            f"{number(getattr(row.floor, key))})"
            for key in IMAGE_DISTANCES
        )
        if row.unseen:
            yield f"  against {row.unseen.n:,} images of unseen patients (training images against the same):"
            yield "  " + ", ".join(
                f"{key} {number(getattr(row.unseen.distances, key))} ({number(getattr(row.unseen.recorded, key))})"
                for key in IMAGE_DISTANCES
            )
        if row.trace:
            yield "  trace read back, gap between distributions (between patients): " + ", ".join(
                f"{one.name} {number(one.ks)} ({number(one.ks_between_patients)})" for one in row.trace
            )
        if row.use:
            yield (
                f"  classifier trained on them: macro-F1 {number(row.use.tstr_macro_f1)}, on recorded images "
                f"{number(row.use.trtr_macro_f1)}, tested on unseen patients"
            )
        yield f"  {row.note}"


def _lines(report: FidelityReport) -> Iterator[str]:
    if report.simulated:
        yield "SIMULATED recordings."
    for name, row in report.classes.items():
        synthetic, between = row.distances, row.between_patients
        yield f"{name}: {sentence(row)}"
        yield f"  against {row.n_train:,} training beats (between patients):"
        pairs = [f"{key} {number(getattr(synthetic, key))} ({number(getattr(between, key))})" for key in DISTANCES]
        yield "  " + ", ".join(pairs)
        yield f"  copying {percent(row.copying_share)}"
        if row.use:
            yield (
                f"  classifier trained on them: macro-F1 {number(row.use.tstr_macro_f1)}, on recorded beats "
                f"{number(row.use.trtr_macro_f1)}, tested on unseen patients"
            )
    if report.tstr:
        yield (
            f"All classes replaced: macro-F1 {number(report.tstr.tstr_macro_f1)}, on recorded beats "
            f"{number(report.tstr.trtr_macro_f1)}"
        )
    yield report.note
