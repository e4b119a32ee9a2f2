"""`sample`, which makes beats or images and writes them, and `fidelity`, which judges beat GANs."""

import argparse
import time
from pathlib import Path
from typing import Any

from ecg_core import workspace
from ecg_core.beats.export import csv_bytes, npz_bytes, png_zip_bytes, write_wfdb
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.cli.output import emit, tell_over
from ecg_core.data.sources import current_source
from ecg_core.errors import ModelError
from ecg_core.files import write_bytes
from ecg_core.learning.model_folder import lead_names, load_card
from ecg_core.tasks.fidelity.judging import judge
from ecg_core.tasks.gan.beat_gan import KIND as BEAT_GAN
from ecg_core.tasks.gan.beat_gan import BeatGan, load_gan
from ecg_core.tasks.gan.image_gan import ImageGan, load_image_gan
from ecg_core.text import number, percent

FORMATS = ("npz", "csv", "wfdb", "png")
FIGURES = ("mmd", "frechet", "precision", "recall", "density", "coverage", "two_sample_auc")


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Register the verbs with a parser's sub-parsers."""
    sample = verbs.add_parser("sample", parents=[common], help="make synthetic beats or ECG images and write them")
    sample.add_argument("--model", type=Path, required=True, metavar="FOLDER", help="such as models/gan-V, or a run's")
    sample.add_argument("-n", "--number", type=int, default=100, help="how many (default: %(default)s)")
    sample.add_argument("--seed", type=int, default=1, help="the same seed makes the same (default: %(default)s)")
    sample.add_argument("--to", type=Path, default=Path("synthetic"), metavar="FOLDER", help="(default: %(default)s)")
    sample.add_argument("--formats", nargs="+", choices=FORMATS, help="of beats (default: npz; images are always png)")
    sample.set_defaults(run=_sample)
    judged = verbs.add_parser("fidelity", parents=[common], help="judge beat GANs against recorded beats")
    judged.add_argument(
        "--model", type=Path, action="append", metavar="FOLDER", help="one a class (default: the shipped ones)"
    )
    judged.add_argument("--seed", type=int, default=1)
    judged.add_argument("--keep", action="store_true", help="keep the figures beside each model, for the pages")
    judged.set_defaults(run=_fidelity)


def _sample(options: argparse.Namespace) -> int:
    kind = load_card(options.model)["kind"]
    started = time.perf_counter()
    files = _images(options) if kind == "image-gan" else _beats(options)
    found = {
        "SYNTHETIC": True,
        "model": str(options.model),
        "number": options.number,
        "seed": options.seed,
        "seconds": round(time.perf_counter() - started, 3),
        "files": [str(path) for path in files],
    }
    what = "images" if kind == "image-gan" else "beats"
    emit(found, options.json, f"{options.number:,} SYNTHETIC {what} in\n" + "\n".join(map(str, files)))
    return 0


def _beats(options: argparse.Namespace) -> list[Path]:
    gan, card = load_gan(options.model)
    beats = gan.sample(options.number, options.seed)
    about = _about(gan, card, options.seed)
    leads = lead_names(card)
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
            content = png_zip_bytes(images, beats.beat_class.tolist(), about)
        write_bytes(path, content)
        files.append(path)
    return files


def _images(options: argparse.Namespace) -> list[Path]:
    if options.formats and set(options.formats) != {"png"}:
        raise ModelError(f"{options.model} makes images: they are written as png only.")
    gan, card = load_image_gan(options.model)
    images = gan.sample(options.number, options.seed)
    labels = [gan.options.label] * len(images)
    path = options.to / f"SYNTHETIC-{gan.options.label}-images-{options.seed}.zip"
    write_bytes(path, png_zip_bytes(images, labels, _about(gan, card, options.seed)))
    return [path]


def _about(gan: BeatGan | ImageGan, card: dict[str, Any], seed: int) -> dict[str, Any]:
    return {"made_by": f"{gan.name}, seed {seed}", "trained_on": " ".join(card["split"]["train"])}


def _fidelity(options: argparse.Namespace) -> int:
    folders: list[Path] = options.model or [
        path.parent
        for path in sorted(workspace.MODELS.glob("*/card.json"))
        if load_card(path.parent)["kind"] == BEAT_GAN
    ]
    models = {str(folder): folder for folder in folders}
    found = judge(
        current_source(),
        models,
        options.seed,
        lambda done, of: tell_over(f"Judging: {done} of {of}"),
        keep=options.keep,
    )
    emit(found, options.json, _read(found))
    return 0


def _read(found: dict[str, Any]) -> str:
    lines = ["SIMULATED recordings."] if found["simulated"] else []
    for name, row in found["classes"].items():
        lines += [f"{name}: {row['sentence']}", f"  against {row['n_train']:,} training beats (between patients):"]
        lines.append("  " + ", ".join(f"{key} {number(row[key])} ({number(row[f'{key}_real'])})" for key in FIGURES))
        lines.append(f"  copying {percent(row['copying_share'])}")
        if row.get("tstr_macro_f1") is not None:
            lines.append(
                f"  classifier trained on them: macro-F1 {number(row['tstr_macro_f1'])}, on recorded beats "
                f"{number(row['trtr_macro_f1'])}, tested on unseen patients"
            )
    if found["tstr"]:
        both = found["tstr"]
        lines.append(
            f"All classes replaced: macro-F1 {number(both['tstr_macro_f1'])}, on recorded beats "
            f"{number(both['trtr_macro_f1'])}"
        )
    return "\n".join([*lines, found["note"]]).strip()
