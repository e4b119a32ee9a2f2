"""Training GANs, sampling and judging them from the command line."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from ecg_core.beats.images import png_bytes
from ecg_core.beats.synthetic import SYNTHETIC
from ecg_core.data.reader import read_record
from tests.cli.test_command_line import answer, command, refused

FIGURES = {
    "mmd", "mmd_real", "frechet", "frechet_real", "precision", "recall", "density", "coverage", "two_sample_auc",
    "copying_share", "tstr_macro_f1", "trtr_macro_f1",
}  # fmt: skip


def image_folder(place: Path, n: int = 100) -> Path:
    """`n` small images of class `wide` and three of `narrow`, and one file that is none."""
    rng = np.random.default_rng(0)
    for label, count in (("wide", n), ("narrow", 3)):
        (place / label).mkdir(parents=True)
        for k in range(count):
            image = np.full((64, 64), 255, np.uint8)
            image[rng.integers(20, 40), :] = 0
            (place / label / f"{k:03d}.png").write_bytes(png_bytes(image, {"form": "usual"}))
    (place / "wide" / "broken.png").write_bytes(b"no image")
    return place


def test_a_gan_is_trained_judged_and_sampled_in_every_form(simulated: Path, tmp_path: Path) -> None:
    small = ("--beat-class", "V", "--epochs", "1", "--batch-size", "16", "--accepted", "1")
    done = command("train", "gan", *small, "--follow", "--json", data=simulated)
    assert done.returncode == 0, done.stderr
    assert "generator_loss" in done.stderr
    found = json.loads(done.stdout)
    assert found["state"] == "finished"
    model = found["folder"]
    assert answer("runs", "list")[0]["headline"] == "Not judged yet; trained on 128 beats"

    judged = answer("fidelity", "--model", model, "--keep", data=simulated)
    assert judged["simulated"] is True
    assert set(judged["classes"]) == {"V"}
    assert set(judged["classes"]["V"]) >= FIGURES
    assert judged["classes"]["V"]["unseen"]["n"] > 0
    assert (Path(model) / "fidelity.json").is_file()
    assert "AUC" in answer("runs", "list")[0]["headline"], "a judgement that is kept is told with the run"

    made = answer("sample", "--model", model, "--number", "5", "--seed", "3", "--to", str(tmp_path),
                  "--formats", "npz", "csv", "wfdb", "png")  # fmt: skip
    assert made["SYNTHETIC"] is True
    assert made["rejected"] == 0, "all that is made is kept, as was asked"
    names = {Path(path).name for path in made["files"]}
    assert names == {f"SYNTHETIC-V-3{end}" for end in (".npz", ".csv", ".hea", ".dat", ".atr", "-png.zip")}
    with np.load(tmp_path / "SYNTHETIC-V-3.npz", allow_pickle=False) as arrays:
        assert arrays["signals_mv"].shape == (5, 2, 144)
        assert json.loads(str(arrays["metadata"]))["SYNTHETIC"] is True
    assert set(pd.read_csv(tmp_path / "SYNTHETIC-V-3.csv")["synthetic"]) == {SYNTHETIC}
    record = read_record(tmp_path, "SYNTHETIC-V-3")
    assert (record.annotations.symbol == "V").sum() == 5
    assert any(SYNTHETIC in comment for comment in record.comments)
    with zipfile.ZipFile(tmp_path / "SYNTHETIC-V-3-png.zip") as images:
        beats = [name for name in images.namelist() if name.startswith("V/")]
        assert len(beats) == 5
        with Image.open(BytesIO(images.read(beats[0]))) as image:
            assert any(SYNTHETIC in f"{key}{value}" for key, value in image.info.items())
            assert image.info["form"] == "beat"


def test_what_the_sampler_rejected_is_told(tmp_path: Path) -> None:
    made = answer("sample", "--model", "models/gan-F", "--number", "20", "--to", str(tmp_path), "--formats", "csv")
    assert made["rejected"] > 20, "about a quarter of what is made is kept"


def test_an_image_gan_is_trained_on_an_image_folder_and_sampled(tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "images")
    counted = answer("data", "images", str(folder))
    assert counted["counts"] == {"narrow": 3, "wide": 100}
    assert [one["path"] for one in counted["rejected"]] == ["wide/broken.png"]
    assert counted["form"] == "usual"
    small = ("--label", "wide", "--epochs", "1", "--batch-size", "8")
    done = command("train", "image-gan", "--images", str(folder), *small, "--follow", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["result"]["images"] == 100
    made = answer("sample", "--model", found["folder"], "--number", "3", "--to", str(tmp_path / "made"))
    with zipfile.ZipFile(made["files"][0]) as images:
        wide = [name for name in images.namelist() if name.startswith("wide/")]
        assert len(wide) == 3
        with Image.open(BytesIO(images.read(wide[0]))) as image:
            assert image.info["form"] == "usual", "as the images it was trained on say"
    assert "written as png only" in refused("sample", "--model", found["folder"], "--formats", "csv")


def test_the_shipped_gans_are_what_fidelity_judges_when_none_is_named(simulated: Path) -> None:
    assert "which is not in the data in use" in refused("fidelity", data=simulated)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("train", "gan", "--beat-class", "Q"), "Class Q: 8 beats in the training records, at least 100 are needed"),
        (("train", "gan", "--beat-class", "V", "--epochs", "0"), "epochs is 0: choose a number from 1 to 1000."),
        (("train", "image-gan", "--label", "X"), "'X' is no class of beats: choose one of N, S, V, F, Q."),
        (("train", "image-gan", "--images", "/nowhere"), "/nowhere"),
        (("train", "image-gan", "--images", "/tmp", "--records", "sim01"), "name --images or --records, not both."),
        (("sample", "--model", "models/nothing"), "models/nothing holds no model: there is no card.json in it."),
        (("sample", "--model", "models/autoencoder"), "'autoencoder', which makes nothing: name a GAN."),
        (("sample", "--model", "models/gan-V", "--number", "0"), "0 synthetic beats asked for: choose 1 to 100,000."),
        (("fidelity", "--model", "models/autoencoder"), "holds a model of kind 'autoencoder', expected 'gan'."),
        (("fidelity", "--images", "--model", "models/gan-V"), "makes no images: judge it without --images."),
        (("fidelity", "--model", "models/image-gan-V"), "makes no beats: judge it with --images."),
        (("fidelity", "--images"), "which is not in the data in use: choose the data it was trained on."),
        (("data", "images", "/nowhere"), "/nowhere"),
    ],
)
def test_bad_input_to_synthesis_ends_with_one_clear_line(
    words: tuple[str, ...], text: str, simulated: Path, refused_here: Callable[..., str]
) -> None:
    assert text in refused_here(*words, data=simulated)
