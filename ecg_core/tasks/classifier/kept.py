"""What a classifier says of the beats of recordings, worked out once and kept: `cache/classes/<model>/<recording>.*`.

Every recording is classified by itself, so that what was worked out before a stop, or for another page, is not worked
out again. A file is named after what it was made from, a digest of the network and one of the recording's files with
the way its beats were prepared, and says both again inside; one that is damaged, or of something else, is made anew.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from joblib import Parallel, cpu_count, delayed

from ecg_core import workspace
from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.errors import RunError
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.one_thread import ready
from ecg_core.parallel.spread import in_order
from ecg_core.parallel.workers import chosen_workers, were_chosen
from ecg_core.tasks.classifier.classifier import BeatClassifier, Probabilities

FORMAT = 2
"""Raise when a network's forward pass or its inputs change: what was kept is then made anew."""
THREADS = 2
PROBABILITY = "probability"

Progress = Callable[[int, int], None]
"""Called with how many recordings are done, and of how many; what it raises ends the work, keeping what is done."""


def kept_probability(classifier: BeatClassifier, beats: BeatSet, progress: Progress | None = None) -> Probabilities:
    """`classifier.predict_proba(beats)`, (n, n_classes): read where it is kept, else worked out and kept.

    Raises ModelError if the classifier is not trained. What cannot be kept, as on a full disk, is given all the same.
    """
    probability = np.zeros((len(beats), len(classifier.classes_)), np.float32)
    places = _places(classifier, beats)
    missing: list[str] = []
    rows_of = rows_by_record(beats.table)
    for name, rows in rows_of.items():
        found = _read(places[name], (len(rows), len(classifier.classes_)))
        if found is None:
            missing.append(name)
        else:
            probability[rows] = found
    for done, (name, found) in enumerate(_classified(classifier, beats, missing), start=1):
        probability[rows_of[name]] = found
        _write(places[name], found)
        if progress:
            progress(done, len(missing))
    if missing:
        _evict()
    return probability


def _classified(classifier: BeatClassifier, beats: BeatSet, names: list[str]) -> Iterator[tuple[str, Probabilities]]:
    if were_chosen():
        parts = [(beats.only([name]),) for name in names]
        yield from zip(names, in_order(classifier.predict_proba, parts, chosen_workers()), strict=True)
        return
    ready()
    tasks = (delayed(classifier.predict_proba)(beats.only([name])) for name in names)
    outcomes = Parallel(
        n_jobs=min(THREADS, cpu_count()), backend="threading", return_as="generator", pre_dispatch=THREADS
    )(tasks)
    try:
        yield from zip(names, outcomes, strict=True)
    finally:
        outcomes.close()


def _root() -> Path:
    return workspace.home() / "cache" / "classes"


def _places(classifier: BeatClassifier, beats: BeatSet) -> dict[str, Path]:
    folder = _root() / _network(classifier)
    return {
        name: folder / f"{_digest(str(FORMAT), beats.config.hash, beats.digests[name])}.safetensors"
        for name in beats.records
    }


def _network(classifier: BeatClassifier) -> str:
    """A digest of everything that a prediction depends on besides the beats."""
    said = hashlib.sha256(json.dumps([classifier.options.to_json(), classifier.missing_], sort_keys=True).encode())
    scaler = classifier.scaler_
    arrays = [{"mean": scaler.mean, "deviation": scaler.deviation}] if scaler else []
    steps = [classifier.chain_.to_arrays("")] if classifier.chain_ else []
    for weights in [*arrays, *classifier.networks_, *steps]:
        for name, array in sorted(weights.items()):
            said.update(f"{name} {array.shape} {array.dtype}".encode())
            said.update(np.ascontiguousarray(array).tobytes())
    return said.hexdigest()[:24]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _about(place: Path, probability: Probabilities) -> dict[str, str]:
    """What a file says of itself: another place's, or another array's, is not its own."""
    return {
        "of": f"{place.parent.name}/{place.stem}",
        "sha256": hashlib.sha256(np.ascontiguousarray(probability).tobytes()).hexdigest(),
    }


def _read(place: Path, shape: tuple[int, int]) -> Probabilities | None:
    """What is kept there, if it is whole and of this place."""
    try:
        stored = read_checkpoint(place)
    except (FileNotFoundError, NotADirectoryError, RunError):
        return None
    probability = stored.arrays.get(PROBABILITY)
    if probability is None or probability.shape != shape or probability.dtype != np.float32:
        return None
    return probability if stored.values == _about(place, probability) else None


def _write(place: Path, probability: Probabilities) -> None:
    with suppress(OSError):  # a full disk costs the next visitor the same seconds, nothing else
        write_checkpoint(place, Checkpoint({PROBABILITY: probability}, dict(_about(place, probability))))


def _evict() -> None:
    """Remove the oldest files until the rest fits the budget of the cache."""
    with suppress(OSError):
        files = sorted((status.st_mtime, status.st_size, path) for path in _root().glob("*/*.safetensors")
                       if (status := path.stat()))  # fmt: skip
        excess = sum(size for _, size, _ in files) - workspace.cache_budget_bytes()
        for _, size, path in files:
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= size
