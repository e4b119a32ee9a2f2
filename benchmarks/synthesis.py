"""Synthesis at full scale: the shipped beat GANs judged on the whole database, and how fast they sample.

    ECG_DATA_DIR=<folder> python -m benchmarks.synthesis

Each GAN is judged twice: as shipped, and with its trained generator left out, so that only the mixture of Gaussians it
starts from makes the beats; the difference is what the adversarial training is worth. Sampling in numpy, as pages and
commands do, is timed against the same network in torch, in the same run.
"""

import time
from dataclasses import replace

import torch

from ecg_core import workspace
from ecg_core.beats.store import load_beats
from ecg_core.data.sources import current_source
from ecg_core.evaluation.fidelity import fidelity
from ecg_core.evaluation.fidelity_sentence import CLOSE, COPIES, KEPT, TOLD_APART, sentence
from ecg_core.networks.beat_gan import BeatGenerator
from ecg_core.networks.beat_gan_numpy import N_NOISE
from ecg_core.tasks.gan.beat_gan import BeatGan, load_gan

CLASSES = ("S", "V", "F")
JUDGED = 2000
SAMPLED = 10_000
SEED = 1
SHOWN = (
    "mmd", "mmd_real", "mmd_floor", "frechet", "frechet_real", "frechet_floor", "precision", "recall", "density",
    "coverage", "two_sample_auc", "two_sample_auc_shape", "copying_share", "tstr_macro_f1", "trtr_macro_f1",
)  # fmt: skip


def seconds_in_torch(gan: BeatGan, n: int) -> float:
    """The generator alone, by torch on one thread, for as many beats."""
    torch.set_num_threads(1)
    leads = len(gan.scaler.lead_mv)
    points = len(gan.config.times_s)
    network = BeatGenerator(leads, gan.mixture.n_components).eval()
    component = torch.zeros(n, dtype=torch.int64)
    started = time.perf_counter()
    with torch.no_grad():
        for some in torch.split(torch.arange(n), 512):
            network(torch.zeros(len(some), leads, points), torch.zeros(len(some), 4), component[some],
                    torch.randn(len(some), N_NOISE))  # fmt: skip
    return time.perf_counter() - started


def main() -> None:
    """Print both tables, what is reached of what was asked, and the speed."""
    source = current_source()
    loaded = {name: load_gan(workspace.MODELS / f"gan-{name}") for name in CLASSES}
    gans = {name: gan for name, (gan, _) in loaded.items()}
    split = loaded["V"][1].split
    beats = load_beats(source.folder, source.records, gans["V"].config)
    train, unseen = beats.only(split.train), beats.only(split.test)
    kinds = {"as shipped": gans, "mixture alone": {name: replace(gan, weights={}) for name, gan in gans.items()}}
    for title, of_kind in kinds.items():
        made = {name: gan.sample(max(JUDGED, loaded[name][1].about["beats"]), SEED) for name, gan in of_kind.items()}
        judged = fidelity(made, train, unseen, SEED, shared_allowed=True)
        rows = judged.to_json()["classes"]
        print(f"\n{title}")
        print(f"{'':22}" + "".join(f"{name:>10}" for name in CLASSES))
        for key in SHOWN:
            print(f"{key:22}" + "".join(f"{rows[name][key]:10.3f}" for name in CLASSES))
        both = judged.to_json()["tstr"]
        print(f"all three replaced: macro-F1 {both['tstr_macro_f1']:.3f}, recorded {both['trtr_macro_f1']:.3f}")
        if title == "as shipped":
            for name, row in rows.items():
                print(f"{name}: {sentence(judged.classes[name])}")
                asked = {
                    f"MMD at most {CLOSE:g} x real": row["mmd"] <= CLOSE * row["mmd_real"],
                    f"Frechet at most {CLOSE:g} x real": row["frechet"] <= CLOSE * row["frechet_real"],
                    f"copying at most {COPIES:g}": row["copying_share"] <= COPIES,
                    f"two-sample AUC at most {TOLD_APART:g}": row["two_sample_auc"] <= TOLD_APART,
                    f"TSTR at least {KEPT:g} of its ceiling": row["tstr_macro_f1"] >= KEPT * row["trtr_macro_f1"],
                }
                print("   " + ", ".join(f"{what}: {'reached' if yes else 'missed'}" for what, yes in asked.items()))
    gan = gans["V"]
    gan.sample(100, SEED)
    started = time.perf_counter()
    gan.sample(SAMPLED, SEED)
    whole = time.perf_counter() - started
    ratio = whole / seconds_in_torch(gan, SAMPLED)
    print(f"\n{SAMPLED:,} beats sampled in {whole:.2f} s, {ratio:.2f} x the generator alone in torch on one thread")


if __name__ == "__main__":
    main()
