"""Judging image GANs: which are refused, and what is kept. The GANs here have learned nothing; no matter."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ecg_core import workspace
from ecg_core.__main__ import parser
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.splits import split_of
from ecg_core.cli.synthesis_verbs import named_models
from ecg_core.data import image_folder
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation import image_fidelity, image_tstr
from ecg_core.evaluation.image_fidelity_report import ImageFidelityReport
from ecg_core.learning.card import DataUsed, SplitUsed
from ecg_core.learning.checkpoint import module_arrays
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.image_gan import ImageGenerator
from ecg_core.runs import control
from ecg_core.runs.control import start
from ecg_core.tasks.fidelity import judging_images
from ecg_core.tasks.fidelity.judging import gans_of
from ecg_core.tasks.fidelity.judging_images import (
    carry_out,
    judge_images_at_once,
    kept_image_fidelity,
    recorded_images,
)
from ecg_core.tasks.fidelity.options import ImageFidelityOptions
from ecg_core.tasks.fidelity.task import IMAGE_FIDELITY
from ecg_core.tasks.gan.image_gan import PixelGan
from ecg_core.tasks.gan.image_model import save_image_gan
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.gan.task import FIDELITY_FILE, IMAGE_GAN
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import Job
from ecg_core.workspace import MODELS
from tests.cli.test_synthesis_commands import image_folder as made_folder
from tests.learning.cards import card_of

TEST = tuple(f"sim{k:02d}" for k in range(2, 13, 2))
OPTIONS = ImageGanOptions(label="V")


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Judging is rough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging_images, "JUDGED", 40)
        patch.setattr(judging_images, "MOST_JUDGED", 40)
        patch.setattr(judging_images, "MOST_OF_A_CLASS", 60)
        for name, value in (("DRAWS", 1), ("TRACE_DRAWS", 1), ("NETWORK_DRAWS", 0)):
            patch.setattr(image_fidelity, name, value)
        patch.setattr(image_tstr, "REPEATS", 1)
        patch.setattr(image_tstr, "TREES", 5)
        yield


@pytest.fixture(scope="module")
def source(simulated: Path) -> DataSource:
    return open_folder(simulated)


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


def model_of(folder: Path, train: BeatSet | None, options: ImageGanOptions = OPTIONS, **changes: Any) -> Path:
    """A folder with a generator that has learned nothing, as a training would have left it."""
    torch.manual_seed(0)
    gan = PixelGan(options, module_arrays(ImageGenerator(options.size, 1)), folder.name)
    split = SplitUsed("records", train.records, TEST) if train else SplitUsed("image folder", (), ())
    save_image_gan(folder, gan, replace(card_of("image-gan", options, train, split=split), **changes))
    return folder


@pytest.fixture(scope="module")
def model(train: BeatSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_of(tmp_path_factory.mktemp("models") / "v", train)


def refused(source: DataSource, folder: Path, images: Path | None = None) -> str:
    with pytest.raises(ModelError) as caught:
        judge_images_at_once(source, {"one": folder}, 1, None, keep=False, images=images)
    return str(caught.value)


def test_figures_of_every_kind_are_there_and_kept_beside_the_card(
    source: DataSource, model: Path, train: BeatSet
) -> None:
    assert kept_image_fidelity(model) is None
    report = judge_images_at_once(source, {"one": model}, 3, None, keep=True)
    row = report.classes["V"]
    assert (row.model, row.n_synthetic, report.seed, report.simulated) == ("one", 40, 3, True)
    assert set(row.train_records) <= set(train.records)
    assert row.unseen is not None
    assert set(row.unseen.records) <= set(TEST)
    assert row.use is not None
    assert row.distances.two_sample_auc_trace is not None
    assert row.sharpness_recorded.interrupted == 0
    assert kept_image_fidelity(model) == replace(row, model="")
    assert ImageFidelityReport.from_json(report.to_json(), "figures") == report


def test_figures_of_other_weights_or_half_a_file_do_not_count(
    source: DataSource, train: BeatSet, tmp_path: Path
) -> None:
    model = model_of(tmp_path / "v", train)
    judge_images_at_once(source, {"one": model}, 3, None, keep=True)
    kept = (model / FIDELITY_FILE).read_text()
    (model / FIDELITY_FILE).write_text(kept[:100])
    assert kept_image_fidelity(model) is None
    (model / FIDELITY_FILE).write_text(kept)
    assert kept_image_fidelity(model) is not None
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes() + b" ")
    assert kept_image_fidelity(model) is None


def test_recorded_images_are_drawn_as_the_gan_draws_and_all_of_its_class_are(train: BeatSet) -> None:
    found = recorded_images(train, "V", OPTIONS, 1)
    rows = train.rows_of("V")
    assert set(found.beat_class.tolist()) <= {"N", "S", "V", "F"}
    assert len(found.rows_of("V")) == len(rows)
    assert len(found.rows_of("N")) == 60
    expected = draw_rows(train, rows, OPTIONS.drawing)
    np.testing.assert_array_equal(found.images[found.rows_of("V")], expected)
    assert found.record[found.rows_of("V")].tolist() == train.table["record"].to_numpy()[rows].tolist()


class TestRefused:
    def test_a_beat_gan(self, source: DataSource) -> None:
        folder = MODELS / "gan-V"
        said = refused(source, folder)
        assert said == f"{folder} holds a beat GAN, which makes no images: judge it without --images."

    def test_an_image_gan_among_beat_gans(self, model: Path) -> None:
        with pytest.raises(ModelError) as caught:
            gans_of({"one": model})
        assert str(caught.value) == f"{model} holds an image GAN, which makes no beats: judge it with --images."

    def test_two_of_one_class_and_none_at_all(self, source: DataSource, model: Path) -> None:
        with pytest.raises(ModelError, match=r"Two of these image GANs make images of class V: choose one a class\."):
            judge_images_at_once(source, {"a": model, "b": model}, 1, None, keep=False)
        with pytest.raises(RunError, match="Choose at least one image GAN to judge"):
            judge_images_at_once(source, {}, 1, None, keep=False)

    def test_training_records_that_are_not_there_or_hold_something_else(
        self, source: DataSource, train: BeatSet, tmp_path: Path
    ) -> None:
        some = DataSource("chosen", source.folder, ("sim02", "sim03", "sim05", "sim07", "sim11"))
        assert "one was trained on record sim01, sim09, which is not in the data in use" in refused(
            some, model_of(tmp_path / "v", train)
        )
        other = model_of(tmp_path / "w", train, data=DataUsed("x", "0" * 64, simulated=True))
        assert "was trained on other recordings of the same names" in refused(source, other)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_folder(tmp_path_factory.mktemp("images") / "all")


@pytest.fixture(scope="module")
def wide(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = replace(OPTIONS, label="wide")
    used = DataUsed("Images in all", image_folder.scan(images).data_hash, simulated=False)
    return model_of(tmp_path_factory.mktemp("models") / "wide", None, options, data=used)


class TestFolderOfImages:
    def test_its_gan_is_judged_by_them_without_patients(self, source: DataSource, wide: Path, images: Path) -> None:
        row = judge_images_at_once(source, {"one": wide}, 1, None, keep=False, images=images).classes["wide"]
        assert row.n_train == 100
        assert row.between_patients.mmd is None
        assert row.distances.mmd is not None
        assert row.trace == ()
        assert row.note.startswith("Nobody says whose these images are")

    def test_the_folder_must_be_named_and_be_the_one(self, source: DataSource, wide: Path, tmp_path: Path) -> None:
        assert "name that folder, --images FOLDER, to judge it by" in refused(source, wide)
        other = made_folder(tmp_path / "other", 20)
        assert f"was trained on other images than {other} holds" in refused(source, wide, other)


def under_a_name(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """A copy of a model among the models: its place, and where it lies."""
    monkeypatch.setattr(workspace, "MODELS", home / "models")
    monkeypatch.setattr(control, "_spawn", lambda *_: None)
    target = home / "models" / folder.name
    shutil.copytree(folder, target)
    return f"models/{folder.name}", target


class TestAsARun:
    def test_it_keeps_the_figures_and_tells_how_far_it_is(
        self, source: DataSource, train: BeatSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place, folder = under_a_name(tmp_path, model_of(tmp_path / "v", train), monkeypatch)
        run = start(IMAGE_FIDELITY, Recordings.of(source), ImageFidelityOptions(models=place, seed=5))
        config = run.config()
        assert (run.kind, config.options) == ("image-fidelity", {"models": place, "seed": 5})
        phases: list[tuple[str, int, int]] = []

        class Listener(Monitor):
            def phase(self, name: str, done: int, of: int) -> None:
                phases.append((name, done, of))

        options = ImageFidelityOptions.from_json(config.options)
        job = Job(IMAGE_FIDELITY, run.id, run.folder, options, config.material, config.command, Listener())
        found = carry_out(job)
        assert found.classes["V"].model == place
        assert kept_image_fidelity(folder) == replace(found.classes["V"], model="")
        assert phases == [("Judging", k, len(phases)) for k in range(1, len(phases) + 1)]

    def test_its_command_judges_the_same_at_once(
        self, source: DataSource, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place, folder = under_a_name(tmp_path, model, monkeypatch)
        run = start(IMAGE_FIDELITY, Recordings.of(source), ImageFidelityOptions(models=place, seed=5))
        words = run.config().command.removeprefix("python -m ecg_core ").split()
        assert words == ["fidelity", "--images", "--models", place, "--seed", "5"]
        options = parser("fidelity").parse_args(words)
        assert (options.images, options.seed) == (True, 5)
        assert named_models(options, IMAGE_GAN.kind) == {place: folder}

    def test_a_gan_of_a_folder_of_images_is_refused_with_the_way_to_judge_it(
        self, source: DataSource, wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place, _ = under_a_name(tmp_path, wide, monkeypatch)
        with pytest.raises(ModelError, match=f"{place} was trained on a folder of images .*fidelity --images FOLDER"):
            start(IMAGE_FIDELITY, Recordings.of(source), ImageFidelityOptions(models=place))


def test_progress_of_several_gans_is_counted_as_one() -> None:
    told: list[tuple[int, int]] = []
    for number in range(2):
        counted = judging_images._one_of(lambda done, of: told.append((done, of)), number, 2)
        for done in (1, 2, 3):
            counted(done, 3)
    assert told == [(done, 6) for done in range(1, 7)]


def test_nothing_is_left_behind_unless_asked(source: DataSource, train: BeatSet, tmp_path: Path) -> None:
    model = model_of(tmp_path / "clean", train)
    judge_images_at_once(source, {"one": model}, 1, None, keep=False)
    assert sorted(path.name for path in model.iterdir()) == [CARD, WEIGHTS]
    assert load_card(model).kind == "image-gan"
