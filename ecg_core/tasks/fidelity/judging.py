"""Judging beat GANs, against the beats they were trained on and against unseen patients: as a run, or at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import DE_CHAZAL
from ecg_core.beats.store import Progress, load_beats
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.fidelity import fidelity
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.files import read_json, sha256, write_json
from ecg_core.learning.fits import check_fits
from ecg_core.learning.model_folder import WEIGHTS
from ecg_core.learning.monitor import Monitor
from ecg_core.runs.control import FIDELITY, start
from ecg_core.runs.folder import Run, now
from ecg_core.tasks.gan.beat_gan import BeatGan, load_gan
from ecg_core.tasks.material import described

KIND = "fidelity"
JUDGED = 2000
"""Synthetic beats made of each class, at least; as many as there are recorded ones where those are more."""


def start_fidelity(source: DataSource, models: Mapping[str, Path], seed: int = 1) -> Run:
    """Start judging one beat GAN a class. `models`: a name to show -> the model's folder. Raises as `loaded`."""
    loaded(models)
    config = {
        "options": {"models": ", ".join(models), "seed": seed},
        "models": {name: str(folder) for name, folder in models.items()},
        "source": described(source),
        "split": {"name": "fidelity", "train": [], "test": [], "note": ""},
        "command": "python -m ecg_core fidelity " + " ".join(f"--model {folder}" for folder in models.values()),
    }
    return start(KIND, config)


def judge_fidelity(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Judge, and keep each model's figures beside it."""
    config = run.config
    source = open_folder(Path(config["source"]["folder"]))
    models = {name: Path(folder) for name, folder in config["models"].items()}
    return judge(source, models, config["options"]["seed"], lambda done, of: monitor.phase("Judging", done, of))


def judge(
    source: DataSource, models: Mapping[str, Path], seed: int = 1, progress: Progress | None = None, keep: bool = True
) -> dict[str, Any]:
    """Every figure of `evaluation.fidelity` for one beat GAN a class, with a sentence each.

    Synthetic beats are compared with the beats of the records the GANs were trained on, and with those of the split's
    test records in the data in use. With `keep` each model's row is written beside its card.

    Raises ModelError if a model is no beat GAN, two are of one class, their training records differ or are not in the
    data in use, hold something else there, or were prepared in another way.
    """
    gans, cards = loaded(models)
    first = next(iter(cards.values()))
    train_names = first["split"]["train"]
    if any(card["split"]["train"] != train_names for card in cards.values()):
        raise ModelError("These GANs were trained on different records: judge each by itself.")
    missing = [name for name in train_names if name not in source.records]
    if missing:
        raise ModelError(
            f"The GANs were trained on record {', '.join(missing)}, which is not in the data in use: choose the data "
            "they were trained on."
        )
    beats = load_beats(source.folder, source.records, next(iter(gans.values())).config)
    for card in cards.values():
        check_fits(card, beats)
    train = beats.only(train_names)
    if any(card["data"]["data_hash"] != train.data_hash for card in cards.values()):
        raise ModelError("The GANs were trained on other recordings of the same names: choose those, or train again.")
    unseen = _unseen(beats, first, source)
    counts = train.table["beat_class"][train.used].value_counts()
    numbers = {gan.beat_class: max(JUDGED, int(counts.get(gan.beat_class, 0))) for gan in gans.values()}
    made = {gan.beat_class: gan.sample(numbers[gan.beat_class], seed) for gan in gans.values()}
    shared_allowed = first["split"]["name"] == DE_CHAZAL
    found = fidelity(made, train, unseen, seed, progress, shared_allowed=shared_allowed)
    for name, gan in gans.items():
        row = found["classes"][gan.beat_class]
        if keep:
            folder = models[name]
            kept = {"weights": sha256(folder / WEIGHTS), "judged": now(), "seed": seed, "figures": row}
            write_json(folder / FIDELITY, kept)
        found["classes"][gan.beat_class] = row | {"model": name, "sentence": sentence(row)}
    return found | {"simulated": beats.simulated, "seed": seed, "n_synthetic": numbers}


def kept_fidelity(folder: Path, card: Mapping[str, Any]) -> dict[str, Any] | None:
    """A model's figures the last time it was judged, else those its training ended with; None if there are none.

    Figures of other weights than those in the folder do not count.
    """
    try:
        kept = read_json(folder / FIDELITY)
        if kept["weights"] == sha256(folder / WEIGHTS):
            found: dict[str, Any] = kept["figures"]
            return {**found, "sentence": sentence(found)}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass  # never judged since its training, or half a file from elsewhere: the card's figures stand
    figures = card.get("figures", {}).get("fidelity")
    return {**figures, "sentence": sentence(figures)} if figures else None


def loaded(models: Mapping[str, Path]) -> tuple[dict[str, BeatGan], dict[str, dict[str, Any]]]:
    """Beat GANs and cards by name. Raises RunError without any, ModelError if one is none or two are of one class."""
    if not models:
        raise RunError("Choose at least one beat GAN to judge.")
    both = {name: load_gan(folder, name) for name, folder in models.items()}
    classes = [gan.beat_class for gan, _ in both.values()]
    twice = sorted({name for name in classes if classes.count(name) > 1})
    if twice:
        raise ModelError(f"Two of these GANs make beats of class {', '.join(twice)}: choose one a class.")
    return {name: gan for name, (gan, _) in both.items()}, {name: card for name, (_, card) in both.items()}


def _unseen(beats: BeatSet, card: Mapping[str, Any], source: DataSource) -> BeatSet | None:
    names: Sequence[str] = [name for name in card["split"]["test"] if name in source.records]
    return beats.only(names) if names else None
