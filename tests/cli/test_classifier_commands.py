"""Training, studying and judging classifiers from the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_command_line import answer, command, refused
from tests.cli.test_synthesis_commands import image_folder
from tests.made_images import near_copies

TINY = ("--epochs", "1", "--folds", "2", "--members", "1", "--no-parts", "--most-normal", "100")
KEYS = {"sensitivity", "ppv", "f1", "support", "records"}


def finished(*words: str, data: Path | None = None) -> dict[str, object]:
    done = command(*words, "--follow", "--json", data=data)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    assert found["state"] == "finished"
    return found


def test_a_classifier_is_trained_and_judged_with_every_figure(simulated: Path) -> None:
    found = finished("train", "classifier", *TINY, data=simulated)
    model = str(found["folder"])
    assert "Macro-F1" in answer("runs", "list")[0]["headline"]
    report = answer("evaluate", "--model", model, "--split", "test", data=simulated)
    assert set(report["classes"]) == {"N", "S", "V", "F"}
    assert set(report["classes"]["S"]) >= KEYS
    assert 0 <= report["accuracy"] <= 1
    assert set(report["intervals"]["classes"]["V"]) == {"sensitivity", "ppv", "f1"}
    assert sum(sum(row.values()) for row in report["confusion"].values()) == report["scored"]
    assert set(report["ec57"]) == {"VEB", "SVEB"}
    read = command("evaluate", "--model", model, "--split", "validation", data=simulated)
    assert read.returncode == 0, read.stderr
    assert "reference down, prediction across" in read.stdout
    run = str(found["run"])
    kept = answer("evaluate", "--run", run, "--split", "test", data=simulated)
    assert kept["macro_f1"] == report["macro_f1"]
    assert kept["evaluated"]


def test_an_image_classifier_is_trained_on_beats_and_judged(simulated: Path) -> None:
    found = finished(
        "train", "image-classifier", "--epochs", "1", "--folds", "2", "--members", "1", "--most-normal", "60",
        data=simulated,
    )  # fmt: skip
    report = answer("evaluate", "--model", str(found["folder"]), "--split", "test", data=simulated)
    assert set(report["classes"]["V"]) >= KEYS


def test_an_image_classifier_is_trained_on_a_folder_and_judged_on_another(tmp_path: Path) -> None:
    first, other = image_folder(tmp_path / "first", 40), image_folder(tmp_path / "other", 30)
    small = ("--epochs", "1", "--folds", "2", "--members", "1", "--batch-size", "16")
    words = ("train", "image-classifier", "--images")
    assert "has 1 class with 20 usable images or more" in refused(*words, str(first), *small)
    for place in (first, other):
        (place / "tall").mkdir()
        for path in list((place / "wide").glob("0*.png"))[:25]:
            (place / "tall" / path.name).write_bytes(path.read_bytes())
    found = finished(*words, str(first), *small)
    assert "flatter" in found["result"]["validation"]["note"]  # type: ignore[index]
    model = str(found["folder"])
    assert "The model was trained on these images" in refused("evaluate", "--model", model, "--images", str(first))
    assert "has a class narrow" in refused("evaluate", "--model", model, "--images", str(other))
    for path in (other / "narrow").iterdir():
        path.unlink()
    (other / "narrow").rmdir()
    report = answer("evaluate", "--model", model, "--images", str(other))
    assert set(report["classes"]) == {"tall", "wide"}


def test_a_folder_that_says_whose_its_images_are_is_counted_trained_on_and_judged_by_patient(tmp_path: Path) -> None:
    folder = near_copies(tmp_path / "images")
    assert answer("data", "images", str(folder))["n_patients"] == 10
    small = ("--epochs", "1", "--folds", "2", "--members", "1", "--batch-size", "16")
    found = finished("train", "image-classifier", "--images", str(folder), *small, "--patients", "name")
    assert "10 patients, by file names." in found["result"]["validation"]["note"]  # type: ignore[index]
    other = near_copies(tmp_path / "other", tuple(f"q{k}" for k in range(6)), seed=1)
    said = command("evaluate", "--model", str(found["folder"]), "--images", str(other)).stdout
    assert "No patient of these images was seen in training: 6 patients here (patients.csv)." in said
    assert "bootstrap over patients)" in said
    assert "N: 30 in 3 patients" in said


def test_a_study_compares_ways_of_training_and_is_kept(simulated: Path, tmp_path: Path) -> None:
    words = (
        "study",
        "augmentation",
        "--choices",
        "none smote",
        "--seeds",
        "2",
        "--epochs",
        "1",
        "--steps-per-epoch",
        "10",
    )
    found = finished(*words, "--keep", str(tmp_path), data=simulated)
    study = found["result"]["study"]  # type: ignore[index]
    assert list(study) == ["none", "smote"]
    change = study["smote"]["change"]["S"]["f1"]
    assert set(change) >= {"before", "after", "low", "high", "change", "clear"}
    kept = json.loads((tmp_path / "study.json").read_text())
    assert kept["study"] == study
    assert kept["seeds"] == 2


@pytest.mark.parametrize(
    ("words", "file", "said"),
    [
        (("images", "--choices", "augmentation"), "image-study.json", "augmentation: macro-F1 "),
        (("few-beats", "--classes", "V", "--numbers", "10", "--gan-epochs", "1", "--choices", "gan"), "few-beats.json",
         "V, 10 of 128 beats, from "),
    ],
)  # fmt: skip
def test_studies_of_images_and_of_few_beats_are_carried_out_by_workers_and_kept(
    words: tuple[str, ...], file: str, said: str, simulated: Path, tmp_path: Path
) -> None:
    small = ("--seeds", "2", "--epochs", "1", "--steps-per-epoch", "10", "--keep", str(tmp_path))
    done = command("study", *words, *small, data=simulated)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert json.loads((tmp_path / file).read_text())["seeds"] == 2


def test_the_lesson_of_a_random_split_is_taught(simulated: Path) -> None:
    found = finished("study", "random-split", *TINY, data=simulated)
    assert set(found["result"]["lesson"]) == {"random", "patients"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("train", "classifier", "--records", "sim01"), "one patient only, at least 2 are needed"),
        (("train", "classifier", "--epochs", "0"), "epochs is 0: choose a number from 1 to 200."),
        (("train", "classifier", "--added", "gan"), "models/gan-S was trained on record 101"),
        (("train", "classifier", "--added", "gan", "--gans", "models/gan-V models/gan-V"), "was trained on record 101"),
        (("train", "image-classifier", "--images", "/nowhere"), "/nowhere"),
        (
            ("train", "image-classifier", "--images", "/tmp", "--records", "sim01"),
            "name --images or --records, not both.",
        ),
        (("train", "image-classifier", "--added", "gan"), "models/image-gan-S was trained on record 101"),
        (("study", "augmentation", "--choices", "wishes"), "Unknown way of training 'wishes'"),
        (("study", "augmentation", "--choices", "smote+gan"), "two of these set added"),
        (("study", "augmentation", "--choices", "gan"), "models/gan-S was trained on record 101"),
        (("study", "few-beats", "--numbers", "10 900"), "Class V: 128 beats in the training records, 900 are asked"),
        (("evaluate", "--run", "x", "--images", "/tmp"), "Images are judged by a model: name it with --model."),
    ],
)
def test_bad_input_to_classifiers_ends_with_one_clear_line(
    words: tuple[str, ...], text: str, simulated: Path, refused_here: Callable[..., str]
) -> None:
    assert text in refused_here(*words, data=simulated)
