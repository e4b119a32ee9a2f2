"""What is kept beside a GAN that was judged: `fidelity.json`, the figures and of which weights they are."""

from dataclasses import dataclass, replace
from pathlib import Path

from ecg_core.errors import DataError, ModelError
from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity
from ecg_core.files import read_json, sha256, write_json
from ecg_core.learning.model_folder import WEIGHTS
from ecg_core.tasks.gan.result import GanResult, ImageGanResult
from ecg_core.tasks.gan.task import FIDELITY_FILE
from ecg_core.typed_json import JsonObject, from_json
from ecg_core.workspace import now

MOST_WEIGHTS_BYTES = 1 << 30
"""Of what is no generator of ours no sum is taken, which would take minutes."""


@dataclass(frozen=True)
class KeptFidelity:
    """The content of `fidelity.json`."""

    weights: str
    """SHA-256 of the weights that were judged."""
    judged: str
    """ISO 8601, UTC."""
    seed: int
    figures: dict[str, object]


def keep_figures(folder: Path, figures: JsonObject, seed: int) -> None:
    """Write a judgement beside the weights it is of. Raises ModelError if they were removed while they were judged."""
    try:
        value = {"weights": sha256(folder / WEIGHTS), "judged": now(), "seed": seed, "figures": figures}
        write_json(folder / FIDELITY_FILE, value, make_folder=False)
    except FileNotFoundError:
        raise ModelError(f"The model in {folder} was removed while it was judged.") from None


def kept_figures(folder: Path) -> dict[str, object] | None:
    """Figures of the last judgement of the weights in a folder; None if those were never judged.

    Figures of other weights than those in the folder do not count, nor does half a file from elsewhere.
    """
    try:
        value = read_json(folder / FIDELITY_FILE)
        kept = from_json(KeptFidelity, value, FIDELITY_FILE, DataError)
        if (folder / WEIGHTS).stat().st_size > MOST_WEIGHTS_BYTES:
            return None
        return kept.figures if kept.weights == sha256(folder / WEIGHTS) else None
    except (OSError, ValueError, DataError):
        return None


def kept_beat_figures(folder: Path) -> ClassFidelity | None:
    """`kept_figures` of a beat GAN."""
    figures = kept_figures(folder)
    try:
        return ClassFidelity.from_json(figures, FIDELITY_FILE) if figures is not None else None
    except DataError:
        return None


def with_judgement(folder: Path, result: GanResult) -> GanResult:
    """What a beat GAN's training ended with, and what it was judged by since."""
    kept = kept_beat_figures(folder)
    return replace(result, fidelity=kept) if kept else result


def with_image_judgement(folder: Path, result: ImageGanResult) -> ImageGanResult:
    """The same of an image GAN."""
    figures = kept_figures(folder)
    try:
        kept = ImageClassFidelity.from_json(figures, FIDELITY_FILE) if figures is not None else None
    except DataError:
        kept = None
    return replace(result, fidelity=kept)
