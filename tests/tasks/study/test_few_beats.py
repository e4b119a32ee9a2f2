"""A study of few beats keeps these and no others of a class, for every way alike; its GANs have seen nothing else."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.data.sources import open_folder
from ecg_core.errors import RunError
from ecg_core.learning.loop import Stopped
from ecg_core.runs.control import start
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.training_beats import TrainingBeats
from ecg_core.tasks.gan import loop as gan_loop
from ecg_core.tasks.gan.options import BeatClassName, GanOptions
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.few_beats import LEFT_OUT, Few, synthetic_of
from ecg_core.tasks.study.few_options import FewBeatsOptions
from ecg_core.tasks.study.few_result import FewBeatsReport
from ecg_core.tasks.study.task import FEW_BEATS
from ecg_core.tasks.study.training import keep_result, kept_result
from tests.tasks.study.studying import StopsAfter, studied, written

FEW = Few("V", 12, 5)
GAN = GanOptions(beat_class="V", epochs=1, batch_size=16, held_out=0.0, accepted=1.0, seed=5)
SMALL = FewBeatsOptions(
    classes="V", numbers="10 20", choices="none oversampling gan", filled=60, seeds=2, epochs=1, steps_per_epoch=10,
    gan_epochs=1,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def short_epochs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gan_loop, "STEPS_PER_EPOCH", 3)
        yield


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


def louder(beats: BeatSet, rows: npt.NDArray[np.int64]) -> BeatSet:
    """The same set with some beats' samples and rhythm changed."""
    signals, table = np.array(beats.signals), beats.table.copy()
    signals[rows] = -3 * signals[rows] + 0.5
    table["rr_pre_s"] = table["rr_pre_s"].where(~table.index.isin(rows), 0.9)
    return replace(beats, signals=signals, table=table)


@pytest.mark.parametrize(("beat_class", "n", "seed"), [("V", 8, 0), ("V", 60, 3), ("S", 14, 1)])
def test_so_many_beats_of_the_class_are_kept_and_every_other_class_whole(
    train: BeatSet, beat_class: BeatClassName, n: int, seed: int
) -> None:
    few = Few(beat_class, n, seed)
    kept = few.kept(train)
    assert kept.rows_of(beat_class).tolist() == few.rows(train).tolist()
    assert len(few.rows(train)) == len(few.alone(train)) == n
    others = (train.table["beat_class"] != beat_class).to_numpy()
    assert np.array_equal(kept.used[others], train.used[others])
    assert set(kept.table["excluded"]) - set(train.table["excluded"]) == {LEFT_OUT}
    more = Few(beat_class, n + 5, seed)
    assert set(few.rows(train)) <= set(more.rows(train)), "fewer are among more"


def test_seeds_keep_other_beats(train: BeatSet) -> None:
    assert FEW.rows(train).tolist() == Few("V", 12, 5).rows(train).tolist()
    assert FEW.rows(train).tolist() != Few("V", 12, 6).rows(train).tolist()


def test_a_gan_has_seen_the_few_beats_and_nothing_else(train: BeatSet) -> None:
    kept = FEW.rows(train)
    made = synthetic_of(FEW, train, GAN, 20)
    others = np.setdiff1d(np.arange(len(train)), kept)
    blind = synthetic_of(FEW, louder(train, others), GAN, 20)
    assert np.array_equal(made.signals, blind.signals)
    assert np.array_equal(made.rhythm, blind.rhythm)
    assert not np.array_equal(made.signals, synthetic_of(FEW, louder(train, kept[:1]), GAN, 20).signals)


def test_beats_left_out_cannot_change_what_a_classifier_learns_from(train: BeatSet) -> None:
    options = ClassifierOptions(balance="none", parts=False)
    left_out = np.setdiff1d(train.rows_of("V"), FEW.rows(train))
    plain, blind = (TrainingBeats.of(FEW.kept(beats), None, options) for beats in (
        train, replace(train, signals=louder(train, left_out).signals)))  # fmt: skip
    assert np.count_nonzero(plain.labels == 2) == FEW.n
    assert np.array_equal(plain.inputs.signals, blind.inputs.signals)
    assert np.array_equal(plain.inputs.numbers, blind.inputs.numbers)


def test_a_study_that_was_stopped_goes_on_and_says_what_came_of_it(simulated: Path, tmp_path: Path) -> None:
    material, folder = Recordings.of(open_folder(simulated)), tmp_path / "run"
    with pytest.raises(Stopped):
        studied(FEW_BEATS, material, SMALL, folder, StopsAfter("Trainings", 2))
    done = written(folder / "trainings") | written(folder / "made")
    assert len(done) == 2 + 4, "a GAN for each number and seed, whatever the ways"
    report = studied(FEW_BEATS, material, SMALL, folder)
    assert isinstance(report, FewBeatsReport)
    now = written(folder / "trainings") | written(folder / "made")
    assert {name: now[name] for name in done} == done
    assert len(now) == 2 * 3 * 2 + 4
    (steps,) = report.few.values()
    assert [step.beats for step in steps] == [10, 20]
    for step in steps:
        assert list(step.ways) == ["none", "oversampling", "gan"]
        assert step.ways["none"].change == {}
        assert set(step.ways["gan"].change) == {"sensitivity", "ppv", "f1"}
        assert len(step.records) == 2
        assert all(1 <= n <= len(material.split.train) for n in step.records)
    assert (report.seeds, report.steps, report.gan_steps, report.filled) == (2, 10, 100, 60)
    assert report.support["V"].beats == np.load(folder / "trainings" / "V-10-none-0.npy")[:, 2].sum()
    assert FewBeatsReport.from_json(report.to_json(), "a result") == report
    assert len(list(report.lines())) == 1 + 2 * (1 + 3)
    path = keep_result(FEW_BEATS, report, tmp_path)
    assert path.name == "few-beats.json"
    assert kept_result(FEW_BEATS, tmp_path) == report


def test_more_beats_than_a_class_has_are_refused_with_its_number(simulated: Path, train: BeatSet) -> None:
    there = len(train.rows_of("V"))
    with pytest.raises(RunError) as caught:
        start(FEW_BEATS, Recordings.of(open_folder(simulated)), FewBeatsOptions(classes="V", numbers="10 900"))
    assert str(caught.value) == (
        f"Class V: {there} beats in the training records, 900 are asked for. Choose smaller numbers, another class or "
        "other data."
    )
    with pytest.raises(RunError, match=f"Class V: {there} beats in the training records, {there + 1} are asked for"):
        Few("V", there + 1, 0).rows(train)


def test_a_study_without_anybody_to_judge_on_is_refused(simulated: Path, tmp_path: Path) -> None:
    for path in simulated.glob("sim01.*"):
        shutil.copy(path, tmp_path)
    with pytest.raises(RunError, match="have no test records: there is nobody to judge on"):
        start(FEW_BEATS, Recordings.of(open_folder(tmp_path)), FewBeatsOptions())
