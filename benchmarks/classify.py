"""Classifying beats: the whole way from prepared beats to classes, and the network alone in numpy and in torch.

    ECG_DATA_DIR=<folder> python -m benchmarks.classify

Beats are those of the database's test records, prepared before the clock starts. The ratio of numpy to torch is of the
same network, on the same encoded beats, with as many threads, in this run.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

REPEATS = 3
BEATS = 20_000


def best(work: Callable[[], Any]) -> float:
    """Seconds of the fastest of three."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> None:
    import torch
    from torch import nn

    from ecg_core import workspace
    from ecg_core.beats.splits import split_of
    from ecg_core.beats.store import load_beats
    from ecg_core.data.sources import current_source
    from ecg_core.learning.checkpoint import module_arrays
    from ecg_core.networks.beat_cnn import BeatCnn
    from ecg_core.networks.beat_cnn_numpy import classify_beats
    from ecg_core.networks.numpy_layers import folded
    from ecg_core.tasks.classifier.inputs import Encoder
    from ecg_core.tasks.classifier.model import load_classifier
    from ecg_core.tasks.image_classifier.model import load_image_classifier
    from ecg_core.tasks.image_classifier.training import drawn

    source = current_source()
    beats = load_beats(source.folder, source.records).only(split_of(source.records, source.patients).test)
    np.asarray(beats.signals).sum()  # read from disk before the clock starts
    classifier, _ = load_classifier(workspace.MODELS / "classifier")
    from ecg_core.beats.sections import by_section
    from ecg_core.memory import keep_freed

    keep_freed()
    whole = best(lambda: classifier.predict_proba(beats))
    networks = best(lambda: list(by_section(beats, classifier.network_proba)))
    encode = best(lambda: [inputs for _, inputs in Encoder(beats).blocks()])
    inputs = Encoder(beats).encode(np.arange(min(BEATS, len(beats))))
    network = BeatCnn(inputs.signals.shape[1], inputs.numbers.shape[1], 4).eval()
    weights = folded(module_arrays(network))
    signals, numbers = torch.from_numpy(inputs.signals), torch.from_numpy(inputs.numbers)

    def in_torch() -> None:
        with torch.no_grad():
            for first in range(0, len(signals), 4096):
                some = slice(first, first + 4096)
                nn.functional.softmax(network(signals[some], numbers[some]), dim=1)

    numpy_s, torch_s = best(lambda: classify_beats(weights, inputs.signals, inputs.numbers)), best(in_torch)
    images, _ = load_image_classifier(workspace.MODELS / "image-classifier")
    pictures = drawn(beats, np.arange(4096), images.options)
    image_s = best(lambda: images.predict_proba(pictures))
    found = {
        "beats": len(beats),
        "beats_per_s": len(beats) / whole,
        "networks_per_s": len(beats) / networks,
        "encoding_share": encode / whole,
        "numpy_beats_per_s": len(inputs) / numpy_s,
        "torch_over_numpy": torch_s / numpy_s,
        "images_per_s": len(pictures) / image_s,
        "threads": torch.get_num_threads(),
    }
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=2))


if __name__ == "__main__":
    main()
