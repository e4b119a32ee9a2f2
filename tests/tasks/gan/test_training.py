"""Runs that train a GAN: refused before they start, killed and resumed, stopped, and honest about their records.

Those that need the process are trained by a real worker; the others in this process, with epochs of a few steps.
"""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.beats.splits import split_of
from ecg_core.beats.store import load_beats
from ecg_core.data.image_folder import ScannedFolder, scan
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.errors import RunError
from ecg_core.learning.card import DataUsed
from ecg_core.learning.checkpoint import Arrays, Checkpoint, read_checkpoint
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import WEIGHTS, load_card
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.progress import EpochRow
from ecg_core.runs import control, worker
from ecg_core.runs.control import resume, start
from ecg_core.runs.folder import Run
from ecg_core.runs.worker import CHECKPOINT, FolderMonitor, work
from ecg_core.tasks import material as materials
from ecg_core.tasks.fidelity.judging import keep_fidelity
from ecg_core.tasks.gan import beat_gan_fit, image_gan_fit, scene_gan_fit, selection
from ecg_core.tasks.gan import loop as gan_loop
from ecg_core.tasks.gan.beat_gan import load_gan
from ecg_core.tasks.gan.image_model import load_image_gan
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions
from ecg_core.tasks.gan.result import GanResult, ImageGanResult
from ecg_core.tasks.gan.task import FIDELITY_FILE, GAN, IMAGE_GAN
from ecg_core.tasks.gan.training import image_parts
from ecg_core.tasks.material import ImageFolder, Recordings
from ecg_core.tasks.task import Job, imported
from tests.evaluation.factories import class_fidelity
from tests.runs.in_this_process import finished
from tests.runs.waiting import until, until_ended, until_epoch

SMALL = GanOptions(beat_class="V", epochs=2, batch_size=16)
WITHOUT_SAMPLER = replace(SMALL, accepted=1.0)
"""For runs in a process of their own, where the sampler's four hundred trees would take longer than the training."""
IMAGES = ImageGanOptions(label="V", epochs=1, batch_size=8)


@pytest.fixture(scope="module")
def simulated_source(simulated: Path) -> DataSource:
    return open_folder(simulated)


@pytest.fixture(scope="module")
def image_folder(simulated_beats: BeatSet, tmp_path_factory: pytest.TempPathFactory) -> ScannedFolder:
    """100 drawn beats of class V and 20 of class N as PNG files."""
    folder = tmp_path_factory.mktemp("images")
    for name, n in (("V", 100), ("N", 20)):
        (folder / name).mkdir()
        rows = np.flatnonzero((simulated_beats.table["beat_class"] == name).to_numpy())[:n]
        signals = np.asarray(simulated_beats.signals[rows])
        for k, image in enumerate(draw_beats(signals, simulated_beats.config.times_s, ImageConfig())):
            Image.fromarray(image).save(folder / name / f"{k:03d}.png")
    return scan(folder)


def weights_of(run: Run) -> Arrays:
    return read_checkpoint(run.folder / WEIGHTS).arrays


def same_weights(a: Run, b: Run) -> bool:
    one, other = weights_of(a), weights_of(b)
    return set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)


def state_of(run: Run) -> str:
    """Asked anew each time, which a type checker does not expect of a property."""
    return run.state


def start_gan(source: DataSource, names: tuple[str, ...] | None, options: GanOptions) -> Run:
    return start(GAN, Recordings.of(source, names), options)


def start_image_gan(source: DataSource, names: tuple[str, ...] | None, options: ImageGanOptions) -> Run:
    return start(IMAGE_GAN, Recordings.of(source, names), options)


def start_image_gan_on_folder(folder: ScannedFolder, options: ImageGanOptions) -> Run:
    return start(IMAGE_GAN, ImageFolder.of(folder.folder), options)


def carry_out(run: Run, monitor: Monitor | None = None) -> Any:
    """Do here what the worker would do."""
    task, config = run.task, run.config()
    assert task is not None
    options = task.options.from_json(config.options)
    job = Job(task, run.id, run.folder, options, config.material, config.command, monitor or Monitor())
    return imported(task.carry_out)(job)


def losses(run: Run) -> list[tuple[object, ...]]:
    return [(row.done, row.of, row.epoch, *row.figures.values()) for row in run.progress().epochs]


@pytest.fixture(scope="module")
def unbroken(simulated_source: DataSource, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A finished training, and the workspace it lies in."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(home))
        run = finished(GAN, Recordings.of(simulated_source), WITHOUT_SAMPLER)
    return home, run


class TestRealWorker:
    def test_a_gan_killed_within_an_epoch_and_resumed_has_the_weights_of_an_unbroken_one(
        self, unbroken: tuple[Path, Run], simulated_source: DataSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home, whole = unbroken
        monkeypatch.setenv("ECG_HOME", str(home))
        broken = start_gan(simulated_source, None, WITHOUT_SAMPLER)
        assert broken.id != whole.id
        until_epoch(broken, 1)
        process = broken.worker
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        until(lambda: not broken.is_held(), "the killed process's lock to be freed")
        assert state_of(broken) == "interrupted"
        assert len(broken.progress().epochs) == 1
        assert not (broken.folder / WEIGHTS).exists()
        assert [epoch for epoch, _ in broken.frames()] == [0, 1]
        resume(broken)
        until_ended(broken)
        assert state_of(broken) == "finished", broken.error
        assert losses(broken) == losses(whole)
        assert [row[0] for row in losses(broken)] == [1, 2]
        assert same_weights(broken, whole)
        for (epoch, one), (other_epoch, other) in zip(broken.frames(), whole.frames(), strict=True):
            assert epoch == other_epoch
            assert np.array_equal(one, other)
        one, other = broken.result(), whole.result()
        assert one is not None
        assert other is not None
        assert one.report == other.report

    def test_a_finished_run_holds_a_model_and_its_frames_and_says_that_nobody_has_judged_it(
        self, unbroken: tuple[Path, Run]
    ) -> None:
        _, run = unbroken
        gan, card = load_gan(run.folder)
        assert gan.sample(3, 0).trained_on == run.config().split.train
        assert [epoch for epoch, _ in run.frames()] == [0, 1, 2]
        assert run.frames()[0][1].shape == (12, *gan.sample(1, 0).signals.shape[1:])
        ended = run.result()
        assert ended is not None
        assert ended.report == GanResult(128)
        assert ended.report.headline() == "Not judged yet; trained on 128 beats"
        assert card.figures == {}
        assert not (run.folder / FIDELITY_FILE).exists()

    def test_the_film_begins_with_an_untrained_generator_that_makes_mixtures_of_average_beats(
        self, unbroken: tuple[Path, Run]
    ) -> None:
        _, run = unbroken
        gan, _ = load_gan(run.folder)
        shown = gan.draw(12, np.random.default_rng(gan.options.seed))
        (_, first), *_, (_, last) = run.frames()
        assert np.allclose(first, replace(gan, weights={}).make(*shown)[0], atol=0.05), "near what it starts from"
        assert np.array_equal(last, gan.make(*shown)[0])

    def test_a_judgement_kept_beside_the_model_is_part_of_the_result_until_the_weights_change(
        self, unbroken: tuple[Path, Run], tmp_path: Path
    ) -> None:
        folder = shutil.copytree(unbroken[1].folder, tmp_path / unbroken[1].id)
        figures = class_fidelity()
        keep_fidelity(folder, figures, 1)
        result = Run(folder).result()
        assert result is not None
        assert result.report == GanResult(128, figures)
        assert result.report.headline().startswith("Two-sample AUC 0.710")
        with (folder / WEIGHTS).open("ab") as file:
            file.write(b" ")
        changed = Run(folder).result()
        assert changed is not None and changed.report == GanResult(128)

    def test_a_run_of_before_judging_was_an_act_of_its_own_keeps_its_figures(self) -> None:
        figures = class_fidelity()
        assert GanResult.from_json({"fidelity": figures.to_json()}, "result.json") == GanResult(3785, figures)


class TestRefused:
    @pytest.mark.parametrize(("name", "n"), [("F", 5), ("Q", 8), ("S", 19)])
    def test_a_class_with_too_few_beats_is_refused_with_its_number_and_no_run_is_made(
        self, simulated_source: DataSource, simulated_beats: BeatSet, workspace_of_its_own: Path, name: Any, n: int
    ) -> None:
        train = simulated_beats.only(split_of(simulated_source.records, simulated_source.patients).train)
        assert (train.table["beat_class"] == name).sum() == n
        expected = (
            f"Class {name}: {n} beats in the training records, at least 100 are needed to learn from. "
            "Choose another class or more records."
        )
        with pytest.raises(RunError) as caught:
            start_gan(simulated_source, None, GanOptions(beat_class=name))
        assert str(caught.value) == expected
        with pytest.raises(RunError) as caught:
            start_image_gan(simulated_source, None, ImageGanOptions(label=name))
        assert str(caught.value) == expected
        assert not (workspace_of_its_own / "runs").exists()

    def test_beats_of_records_that_were_not_chosen_do_not_count(
        self, simulated_source: DataSource, workspace_of_its_own: Path
    ) -> None:
        with pytest.raises(RunError, match=r"^Class V: 2 beats in the training records, at least 100 are needed"):
            start_gan(simulated_source, ("sim01",), SMALL)
        assert not (workspace_of_its_own / "runs").exists()

    def test_an_unknown_class_of_beats_is_refused_for_images(
        self, simulated_source: DataSource, workspace_of_its_own: Path
    ) -> None:
        with pytest.raises(RunError) as caught:
            start_image_gan(simulated_source, None, ImageGanOptions(label="ventricular"))
        assert str(caught.value) == "'ventricular' is no class of beats: choose one of N, S, V, F, Q."
        assert not (workspace_of_its_own / "runs").exists()

    def test_an_unknown_or_a_small_class_of_an_image_folder_is_refused(
        self, image_folder: ScannedFolder, workspace_of_its_own: Path
    ) -> None:
        with pytest.raises(RunError) as caught:
            start_image_gan_on_folder(image_folder, ImageGanOptions(label="F"))
        assert str(caught.value) == f"{image_folder.folder} has no class 'F': choose one of N, V."
        with pytest.raises(RunError) as caught:
            start_image_gan_on_folder(image_folder, ImageGanOptions(label="N"))
        assert str(caught.value) == (
            f"Class N: 20 images in {image_folder.folder}, at least 100 are needed to learn from. "
            "Choose another class or add images."
        )
        assert not (workspace_of_its_own / "runs").exists()

    @pytest.mark.parametrize("records", [(), ("sim01", "sim99")])
    def test_no_record_and_a_record_that_is_not_there_are_refused(
        self, simulated_source: DataSource, workspace_of_its_own: Path, records: tuple[str, ...]
    ) -> None:
        message = "Unknown record sim99" if records else "Choose at least one record to train on"
        with pytest.raises(RunError, match=message):
            start_gan(simulated_source, records, SMALL)
        with pytest.raises(RunError, match=message):
            start_image_gan(simulated_source, records, IMAGES)
        assert not (workspace_of_its_own / "runs").exists()


class TestInThisProcess:
    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Runs are made but not started, and epochs are short."""
        monkeypatch.setattr(control, "_spawn", lambda *_: None)
        monkeypatch.setattr(beat_gan_fit, "MADE_FOR_CRITIC", 300)
        monkeypatch.setattr(selection, "TREES", 20)
        for module in (gan_loop, beat_gan_fit, image_gan_fit, scene_gan_fit):
            monkeypatch.setattr(module, "STEPS_PER_EPOCH", 2)

    def test_config_and_card_say_which_records_were_used(
        self, simulated_source: DataSource, simulated_beats: BeatSet
    ) -> None:
        split = split_of(simulated_source.records, simulated_source.patients)
        run = start_gan(simulated_source, None, SMALL)
        assert run.config().split.train == split.train
        assert run.config().split.test == split.test
        assert run.config().source.records == simulated_source.records
        carry_out(run)
        gan, card = load_gan(run.folder)
        assert card.split == run.config().split
        assert set(preparation_of(card).leads) == set(split.train) == set(gan.records)
        train = simulated_beats.only(split.train)
        assert card.data == DataUsed(simulated_source.label, train.data_hash, True)
        assert card.options == SMALL.to_json()
        assert card.about["beats"] == 128

    def test_the_card_holds_no_figure_after_training(
        self, simulated_source: DataSource, image_folder: ScannedFolder
    ) -> None:
        run = start_gan(simulated_source, None, SMALL)
        assert carry_out(run) == GanResult(128)
        assert load_card(run.folder).figures == {}
        images = start_image_gan_on_folder(image_folder, IMAGES)
        carry_out(images)
        assert load_card(images.folder).figures == {}

    def test_the_recordings_of_the_test_records_are_not_even_read(
        self, simulated_source: DataSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def watched(folder: Path, names: Any, *arguments: Any) -> BeatSet:
            asked.extend(names)
            return load_beats(folder, names, *arguments)

        monkeypatch.setattr(materials, "load_beats", watched)
        run = start_gan(simulated_source, None, SMALL)
        carry_out(run)
        assert asked == list(run.config().split.train)
        assert not set(asked) & set(run.config().split.test)

    def test_chosen_records_alone_are_learned_from(self, simulated_source: DataSource) -> None:
        run = start_gan(simulated_source, ("sim03", "sim10"), SMALL)
        assert run.config().split.name == "chosen records"
        assert "--records sim03 sim10" in run.config().command
        carry_out(run)
        gan, card = load_gan(run.folder)
        assert gan.sample(2, 0).trained_on == ("sim03", "sim10")
        assert set(preparation_of(card).leads) == {"sim03", "sim10"}
        assert card.about["beats"] == 105 + 69

    def test_frames_are_kept_in_the_run_and_shown_up_to_the_last_epoch_told(self, simulated_source: DataSource) -> None:
        run = start_gan(simulated_source, None, SMALL)
        carry_out(run, FolderMonitor(run))
        assert [epoch for epoch, _ in run.frames()] == [0, 1, 2]
        assert sorted(path.name for path in run.frames_folder.iterdir()) == [f"{k:06d}.npy" for k in range(3)]
        FolderMonitor(run).frame(3, np.zeros((1, 2, 3)))  # a kill between the frame and the row of its epoch
        assert [epoch for epoch, _ in run.frames()] == [0, 1, 2]
        FolderMonitor(run).epoch(EpochRow(3, 3, 3, 3, {}, 0, 0, 0))
        assert [epoch for epoch, _ in run.frames()] == [0, 1, 2, 3]

    def test_an_image_gan_on_beats_says_how_many_images_of_which_records(self, simulated_source: DataSource) -> None:
        run = start_image_gan(simulated_source, None, IMAGES)
        assert carry_out(run) == ImageGanResult(102)  # of 128, a fifth is held out
        gan, card = load_image_gan(run.folder)
        assert gan.sample(2, 0).shape == (2, 64, 64)
        assert card.about["images"] == 102
        assert set(preparation_of(card).leads) == set(
            split_of(simulated_source.records, simulated_source.patients).train
        )
        assert card.data.simulated is True

    def test_an_image_gan_on_a_folder_says_which_images(self, image_folder: ScannedFolder) -> None:
        options = ImageGanOptions(label="V", ground="paper", epochs=1, batch_size=8)
        run = start_image_gan_on_folder(image_folder, options)
        assert f"--images {image_folder.folder}" in run.config().command
        monitor = FolderMonitor(run)
        assert carry_out(run, monitor) == ImageGanResult(100)
        gan, card = load_image_gan(run.folder)
        assert gan.sample(2, 0).shape == (2, 64, 64, 3)
        assert card.data.data_hash == image_folder.data_hash
        assert card.data.simulated is False
        assert card.split.train == ()

    def test_a_stopped_image_gan_keeps_its_checkpoint_and_goes_on(
        self, image_folder: ScannedFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usual = FolderMonitor.save

        def save_and_stop(monitor: FolderMonitor, checkpoint: Checkpoint) -> None:
            usual(monitor, checkpoint)
            if checkpoint.values["done"] == 1:
                (monitor.run.folder / "stop").touch()

        monkeypatch.setattr(FolderMonitor, "save", save_and_stop)
        monkeypatch.setattr(worker, "ASK_EVERY_S", 0.0)
        options = ImageGanOptions(label="V", epochs=3, batch_size=8)
        run = start_image_gan_on_folder(image_folder, options)
        assert work(run.folder) == 0
        assert state_of(run) == "stopped"
        assert run.result() is None
        assert read_checkpoint(run.folder / CHECKPOINT).values["done"] == run.progress().epochs[-1].done == 1
        assert [(epoch, samples.shape) for epoch, samples in run.frames()] == [(0, (16, 64, 64)), (1, (16, 64, 64))]
        assert not (run.folder / WEIGHTS).exists()
        (run.folder / "stop").unlink()
        assert work(run.folder) == 0
        assert state_of(run) == "finished"
        assert [row.done for row in run.progress().epochs] == [1, 2, 3]
        assert load_card(run.folder).about["images"] == 100

    def test_the_command_names_what_differs_from_the_defaults(self, simulated_source: DataSource) -> None:
        odd = GanOptions(beat_class="N", seed=7)
        command = start_gan(simulated_source, None, odd).config().command
        assert command.startswith("python -m ecg_core train gan ")
        assert "--beat-class N" in command
        assert "--seed 7" in command
        assert "--epochs" not in command


def test_excluded_beats_are_neither_learned_from_nor_judged_by(simulated_beats: BeatSet) -> None:
    rows = simulated_beats.rows_of("V")
    table = simulated_beats.table.copy()
    table.loc[rows[:10], "excluded"] = "clipped"
    parts = image_parts(IMAGES, replace(simulated_beats, table=table))
    assert sorted([*parts.learned, *parts.judged]) == rows[10:].tolist()
    assert parts.sampler.size == 0
    assert len(parts.judged) == round(0.2 * len(rows[10:]))
