"""Training and scoring an autoencoder of single beats, against BeatGAN's own network and PyOD's autoencoder.

    ECG_DATA_DIR=<folder> python -m benchmarks.train

All on the first fold of the protocol `beatgan` (`ecg_core.protocols.one_beat`), on as many threads. Ours is trained
whole, and must reach BeatGAN's published AUC of 0.9447. Of BeatGAN, built from its published description, some steps
are timed and multiplied to its schedule (100 epochs, batches of 64): the whole takes hours. PyOD's AutoEncoder trains
as it does by default; without PyOD (`pip install pyod`, no requirement of ours) it is left out.

Classifier and GAN: a step of a training as it is carried out (rows drawn and varied, losses kept) against the bare step
of torch, by the same networks on one and the same batch. That of the GAN is without the penalty on slopes, which every
fourth step of ours takes.
"""

import json
import time
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from ecg_core.beats.beat_set import BeatSet
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow

PUBLISHED_AUC = 0.9447
EPOCHS, BATCH, RATE, CODE = 100, 64, 1e-4, 50
WARM, STEPS, SCORED = 3, 25, 4096


def beat_gan() -> tuple[Any, Any, Any]:
    """Encoder, decoder and discriminator of BeatGAN for one lead of 320 samples (IJCAI 2019, network.py)."""
    from torch import nn

    widths = (32, 64, 128, 256, 512)

    def encoder(n_out: int) -> nn.Sequential:
        layers: list[nn.Module] = [nn.Conv1d(1, 32, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
        for a, b in pairwise(widths):
            layers += [nn.Conv1d(a, b, 4, 2, 1, bias=False), nn.BatchNorm1d(b), nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers, nn.Conv1d(512, n_out, 10, 1, 0, bias=False))

    layers: list[nn.Module] = [nn.ConvTranspose1d(CODE, 512, 10, 1, 0, bias=False), nn.BatchNorm1d(512), nn.ReLU()]
    for a, b in pairwise(widths[::-1]):
        layers += [nn.ConvTranspose1d(a, b, 4, 2, 1, bias=False), nn.BatchNorm1d(b), nn.ReLU()]
    decoder = nn.Sequential(*layers, nn.ConvTranspose1d(32, 1, 4, 2, 1, bias=False), nn.Tanh())
    return encoder(CODE), decoder, encoder(1)


def beat_gan_step_s(signal: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Seconds of one step of its training, and beats a second that it scores."""
    import torch
    from torch import nn

    encode, decode, tell = beat_gan()
    of_g = torch.optim.Adam([*encode.parameters(), *decode.parameters()], RATE, (0.5, 0.999))
    of_d = torch.optim.Adam(tell.parameters(), RATE, (0.5, 0.999))
    beats = torch.from_numpy(signal)[:, None]

    def step() -> None:
        some = beats[torch.randint(len(beats), (BATCH,))]
        drawn = decode(encode(some))
        of_d.zero_grad()
        real, false = (torch.sigmoid(tell(x)).flatten() for x in (some, drawn.detach()))
        (
            nn.functional.binary_cross_entropy(real, torch.ones_like(real))
            + nn.functional.binary_cross_entropy(false, torch.zeros_like(false))
        ).backward()  # type: ignore[no-untyped-call]
        of_d.step()
        of_g.zero_grad()
        likeness = nn.functional.mse_loss(tell[:-1](drawn), tell[:-1](some))
        (nn.functional.mse_loss(drawn, some) + likeness).backward()  # type: ignore[no-untyped-call]
        of_g.step()

    for _ in range(WARM):
        step()
    started = time.perf_counter()
    for _ in range(STEPS):
        step()
    step_s = (time.perf_counter() - started) / STEPS

    def score() -> None:
        with torch.no_grad():
            for first in range(0, SCORED, BATCH):
                some = beats[first : first + BATCH]
                ((decode(encode(some)) - some) ** 2).mean(dim=(1, 2)).numpy()

    for network in (encode, decode):
        network.eval()
    score()
    return step_s, SCORED / seconds(score)


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def pyod(learned: npt.NDArray[np.float32], tested: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Seconds and scores of PyOD's autoencoder; nothing without PyOD."""
    try:
        module = import_module("pyod.models.auto_encoder")
    except ImportError:
        return {}
    model = module.AutoEncoder(verbose=0, random_state=0)
    fit_s = seconds(lambda: model.fit(learned))
    return {"fit_s": fit_s, "score": model.decision_function(tested)}


class Epochs(Monitor):
    """Keeps how long each epoch took."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def epoch(self, row: EpochRow) -> None:
        self.seconds.append(row.seconds)


def classifier_step_s(beats: BeatSet) -> tuple[float, float]:
    """Seconds of a step of a classifier's training, and of the bare one."""
    import torch
    from torch.nn.functional import cross_entropy

    from ecg_core.networks.beat_cnn import BeatCnn
    from ecg_core.tasks.classifier.classifier import BeatClassifier
    from ecg_core.tasks.classifier.options import ClassifierOptions
    from ecg_core.tasks.classifier.training_beats import TrainingBeats

    options = ClassifierOptions(epochs=3, members=1, steps_per_epoch=STEPS)
    epochs = Epochs()
    BeatClassifier(options).fit(beats, None, epochs, validate=False)
    inputs = TrainingBeats.of(beats, None, options, None).inputs
    x, numbers = (torch.from_numpy(part[: options.batch_size].copy()) for part in (inputs.signals, inputs.numbers))
    labels = torch.arange(len(x)) % len(options.names)
    network = BeatCnn(x.shape[1], numbers.shape[1], len(options.names)).train()
    optimiser = torch.optim.AdamW(network.parameters())

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        cross_entropy(network(x, numbers), labels).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return min(epochs.seconds) / STEPS, fastest_s(step)


def gan_step_s(beats: BeatSet) -> tuple[float, float]:
    """Seconds of a step of a GAN's training, and of the bare one: generator and critic forwards and backwards once."""
    import torch
    from torch.nn.functional import softplus

    from ecg_core.networks.beat_gan import BeatCritic, BeatGenerator, Texture
    from ecg_core.networks.beat_gan_numpy import N_NOISE
    from ecg_core.tasks.gan.beat_gan_fit import fit_beat_gan
    from ecg_core.tasks.gan.options import STEPS_PER_EPOCH, GanOptions

    options, epochs = GanOptions(beat_class="V", epochs=3, accepted=1.0), Epochs()
    gan = fit_beat_gan(options, beats, "timed", epochs)
    n, (n_leads, n_points) = options.batch_size, beats.signals.shape[1:]
    read, write = (torch.from_numpy(gan.weights[f"shape.{name}"]) for name in ("read", "write"))
    generator = BeatGenerator(n_leads, gan.mixture.n_components, (read, write))
    critic = BeatCritic(n_leads, n_points, gan.mixture.n_components)
    of_generator = torch.optim.Adam([one for one in generator.parameters() if one.requires_grad])
    of_critic = torch.optim.Adam(critic.parameters())
    x, when = torch.randn(n, n_leads, n_points), torch.randn(n, 4)
    texture, component = Texture(x), torch.zeros(n, dtype=torch.int64)
    real = (x, when, texture(x), component)

    def made() -> tuple[torch.Tensor, ...]:
        beat, rhythm = generator(x, when, component, torch.randn(n, N_NOISE))
        return beat, rhythm, texture(beat), component

    def step() -> None:
        with torch.no_grad():
            drawn = made()
        of_critic.zero_grad(set_to_none=True)
        softplus(critic(*drawn) - critic(*real)).mean().backward()  # type: ignore[no-untyped-call]
        of_critic.step()
        with torch.no_grad():
            on_real = critic(*real)
        critic.requires_grad_(False)
        of_generator.zero_grad(set_to_none=True)
        softplus(on_real - critic(*made())).mean().backward()  # type: ignore[no-untyped-call]
        of_generator.step()
        critic.requires_grad_(True)

    return min(epochs.seconds) / STEPS_PER_EPOCH, fastest_s(step)


def fastest_s(step: Callable[[], None]) -> float:
    """Seconds of a step in the fastest of some rounds."""

    def some() -> None:
        for _ in range(STEPS):
            step()

    some()
    return min(seconds(some) for _ in range(3)) / STEPS


def main() -> None:
    import torch

    from ecg_core.beats.splits import DS1
    from ecg_core.beats.store import load_beats
    from ecg_core.data.reader import read_record
    from ecg_core.data.sources import current_source
    from ecg_core.networks.dense_autoencoder_numpy import encode, reconstruct
    from ecg_core.one_thread import one_thread
    from ecg_core.protocols.heartbeats import ALL
    from ecg_core.protocols.one_beat import folds_of, one_beat_scores, trained, windows_of

    torch.set_num_threads(1)
    folder = current_source().folder
    windows = windows_of([read_record(folder, name) for name in ALL])
    fold = folds_of(windows.label)[0]
    learned, abnormal = windows.signal[fold.learned], windows.label[fold.tested] != "N"
    with one_thread():
        started = time.perf_counter()
        weights = trained(learned)
        ours_s = time.perf_counter() - started
        code = encode(weights, windows.signal)
        code /= code[fold.learned].std(axis=0)
        auc = float(roc_auc_score(abnormal, one_beat_scores(code, fold)))
        some = windows.signal[:SCORED]
        reconstruct(weights, some)
        ours_scored = SCORED / min(seconds(lambda: reconstruct(weights, some)) for _ in range(3))
        step_s, theirs_scored = beat_gan_step_s(learned)
        schedule_s = step_s * EPOCHS * -(-len(learned) // BATCH)
        other = pyod(learned, windows.signal[fold.tested])
        ds1 = load_beats(folder, DS1)
        classifier, bare_classifier = classifier_step_s(ds1)
        gan, bare_gan = gan_step_s(ds1)
    if auc < PUBLISHED_AUC:
        raise SystemExit(f"AUC {auc:.4f}: BeatGAN's published {PUBLISHED_AUC} is not reached")
    found: dict[str, Any] = {
        "auc": auc, "train_s": ours_s, "beatgan_schedule_s": schedule_s, "beatgan_over_ours": schedule_s / ours_s,
        "beats_scored_per_s": ours_scored, "scored_over_beatgan": ours_scored / theirs_scored,
    }  # fmt: skip
    found |= {"classifier_step_s": classifier, "classifier_over_bare": classifier / bare_classifier}
    found |= {"gan_step_s": gan, "gan_over_bare": gan / bare_gan}
    if other:
        found |= {"pyod_auc": float(roc_auc_score(abnormal, other["score"])), "pyod_over_ours": other["fit_s"] / ours_s}
    print(json.dumps({name: round(value, 4) for name, value in found.items()}, indent=2))


if __name__ == "__main__":
    main()
