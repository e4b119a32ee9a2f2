"""A study of images draws them once, trains every way on the same ones, and takes GANs that make such images only."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core import workspace
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.scenes import Scenes, scenes
from ecg_core.beats.splits import split_of
from ecg_core.data.sources import open_folder
from ecg_core.errors import ModelError
from ecg_core.learning.loop import Stopped
from ecg_core.runs.control import start
from ecg_core.tasks.gan.image_model import KIND, load_image_gan, save_image_gan
from ecg_core.tasks.gan.mixture import fit_mixture
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.gan.scene_gan import SceneGan, SceneScaler
from ecg_core.tasks.image_classifier import training as image_training
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.places import folder_of
from ecg_core.tasks.study.image_options import ImageStudyOptions
from ecg_core.tasks.study.images import drawn_images, varied_scenes
from ecg_core.tasks.study.result import StudyReport
from ecg_core.tasks.study.task import IMAGE_STUDY
from ecg_core.tasks.task import Job
from tests.learning.cards import card_of
from tests.tasks.study.studying import StopsAfter, studied, written


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


@pytest.fixture(scope="module")
def shown(train: BeatSet) -> Scenes:
    return scenes(train, train.rows_of("V"), "context")


@pytest.fixture(autouse=True)
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "MODELS", tmp_path / "models")


def image_gan(name: str, train: BeatSet, shown: Scenes, **chosen: object) -> str:
    """The mixture an image GAN of class V starts from, as a model of that name."""
    options = ImageGanOptions(**{"label": "V", "form": "context", **chosen})  # type: ignore[arg-type]
    scaler = SceneScaler.fit(shown)
    mixture = fit_mixture(scaler.encode(shown), 20, 0, 8)
    gan = SceneGan(options, {}, "an image GAN", scaler, mixture, shown.times_s)
    folder = workspace.MODELS / name
    folder.mkdir(parents=True)
    save_image_gan(folder, gan, card_of(KIND, options, train))
    return f"models/{name}"


def test_images_are_drawn_once_and_a_study_that_was_stopped_goes_on(
    simulated: Path, simulated_beats: BeatSet, train: BeatSet, shown: Scenes, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(image_training, "SAMPLED", 20)
    gan = image_gan("gan", train, shown)
    options = ImageStudyOptions(choices="augmentation gan", seeds=2, epochs=1, steps_per_epoch=10, ratio=1.0, gans=gan)
    material, folder = Recordings.of(open_folder(simulated)), tmp_path / "run"
    with pytest.raises(Stopped):
        studied(IMAGE_STUDY, material, options, folder, StopsAfter("Trainings", 2))
    images = written(folder / "images")
    assert {"train.npy", "varied.npy", "test.npy", "made-0.npy", "made-1.npy"} <= set(images)
    judged = simulated_beats.table["record"].isin(material.split.test).to_numpy() & simulated_beats.used
    rows = np.flatnonzero(judged & simulated_beats.table["beat_class"].isin(["N", "S", "V", "F"]).to_numpy())
    drawing = options.of_way("none", 0).drawing
    assert np.array_equal(np.load(folder / "images" / "test.npy"), draw_rows(simulated_beats, rows, drawing))
    plain, varied = (np.load(folder / "images" / f"{name}.npy") for name in ("train", "varied"))
    assert plain.shape == varied.shape
    assert not np.array_equal(plain, varied)
    drawn = drawn_images(Job(IMAGE_STUDY, "run", folder, options, material, ""), simulated_beats)
    (alone, labels), (more, more_labels) = (drawn.learned(varied, 1) for varied in (False, True))
    assert np.array_equal(more[: len(alone)], alone)
    assert len(more) == 2 * len(alone)
    assert np.array_equal(more_labels, np.tile(labels, 2))
    assert np.array_equal(drawn.made(0)[0], load_image_gan(folder_of(gan))[0].sample(20, 1))
    assert set(drawn.made(0)[1]) == {2}, "V"
    done = written(folder / "trainings")
    with pytest.raises(Stopped):
        studied(IMAGE_STUDY, material, options, folder, StopsAfter("Trainings", 4))
    assert written(folder / "images") == images
    report = studied(IMAGE_STUDY, material, options, folder)
    assert isinstance(report, StudyReport)
    now = written(folder / "trainings")
    assert {name: now[name] for name in done} == done
    assert len(now) == 3 * 2
    assert not (folder / "images").exists(), "images are large, and the result needs them no more"
    assert list(report.study) == ["none", "augmentation", "gan"]
    assert (report.seeds, report.steps, report.gans) == (2, 10, (gan,))
    assert sum(row.beats for row in report.support.values()) == len(rows)
    assert set(report.study["gan"].change) == {"N", "S", "V", "F", "all"}


def test_a_varied_image_shows_the_beat_larger_or_smaller_over_the_same_usual_beat(shown: Scenes) -> None:
    found = varied_scenes(shown, np.random.default_rng(0))
    for name in ("usual", "unit_mv", "rhythm"):
        assert np.array_equal(getattr(found, name), getattr(shown, name))
    before, after = shown.beats - shown.usual, found.beats - found.usual
    factor = (after * before).sum(axis=2) / (before**2).sum(axis=2)
    assert np.std(np.log(factor)) == pytest.approx(0.1, rel=0.3)
    noise = after - factor[:, :, None] * before
    assert noise.std() == pytest.approx(0.02, rel=0.1)
    usual = replace(shown, beats=shown.usual)
    assert np.abs(varied_scenes(usual, np.random.default_rng(0)).beats - shown.usual).max() < 0.2, "noise alone"


def test_gans_that_make_other_images_or_the_same_class_twice_are_refused(
    simulated: Path, train: BeatSet, shown: Scenes
) -> None:
    material = Recordings.of(open_folder(simulated))
    other, own = image_gan("other", train, shown, form="usual"), image_gan("own", train, shown)
    with pytest.raises(ModelError) as caught:
        start(IMAGE_STUDY, material, ImageStudyOptions(choices="gan", gans=other))
    assert str(caught.value) == (
        f"{other} makes images with form usual, these have context: choose the same form for both."
    )
    with pytest.raises(ModelError) as caught:
        start(IMAGE_STUDY, material, ImageStudyOptions(choices="gan", gans=f"{own} {own}"))
    assert str(caught.value) == f"{own} and {own} both make class V: choose one."
    with pytest.raises(ModelError, match="was trained on record"):
        start(IMAGE_STUDY, replace(material, split=replace(material.split, train=("sim01", "sim03"))),
              ImageStudyOptions(choices="gan", gans=own))  # fmt: skip
