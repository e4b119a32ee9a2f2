"""Judging beat GANs: which are refused, which figures there are, and which figures of a folder may be believed.

The GANs here are mixtures without a network: what is asked does not hang on how good their beats are.
"""

import json
import math
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecg_core import workspace
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.beats.store import load_beats
from ecg_core.beats.synthetic import RHYTHM
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation import fidelity, tstr
from ecg_core.evaluation.fidelity_report import ClassFidelity, FidelityReport
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.files import read_json, write_json
from ecg_core.learning.card import Card, Preparation, SplitUsed
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.loop import Stopped
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card
from ecg_core.learning.monitor import Monitor
from ecg_core.runs import control
from ecg_core.runs.control import start
from ecg_core.runs.folder import Run
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.fidelity import judging as fidelity_tasks
from ecg_core.tasks.fidelity.judging import carry_out, gans_of, judge_at_once, kept_fidelity
from ecg_core.tasks.fidelity.options import FidelityOptions
from ecg_core.tasks.fidelity.task import FIDELITY
from ecg_core.tasks.gan.beat_gan import BeatGan, Scaler, save_gan
from ecg_core.tasks.gan.mixture import fit_mixture
from ecg_core.tasks.gan.options import BeatClassName, GanOptions
from ecg_core.tasks.gan.task import FIDELITY_FILE
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import Job
from tests.learning.cards import card_of

TEST = tuple(f"sim{k:02d}" for k in range(2, 13, 2))
NAMED_BY_THE_ISSUE = {
    "mmd", "mmd_real", "frechet", "frechet_real", "precision", "recall", "density", "coverage", "two_sample_auc",
    "copying_share", "tstr_macro_f1", "trtr_macro_f1",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Judging is rough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fidelity_tasks, "JUDGED", 100)
        patch.setattr(fidelity, "DRAWS", 2)
        patch.setattr(fidelity, "AUC_DRAWS", 1)
        for name, value in (("REPEATS", 1), ("MOST_OF_A_CLASS", 200), ("TREES", 8)):
            patch.setattr(tstr, name, value)
        yield


@pytest.fixture(scope="module")
def simulated_source(simulated: Path) -> DataSource:
    return open_folder(simulated)


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


def model_of(
    folder: Path, train: BeatSet, beat_class: BeatClassName = "V", test: tuple[str, ...] = TEST, **fields: Any
) -> Path:
    """A folder with a mixture fitted to a class, as a training would have left it."""
    rows = (train.table["beat_class"] == beat_class).to_numpy().nonzero()[0][:300]
    signals = train.signals[rows]
    rhythm = train.table[list(RHYTHM)].to_numpy(dtype=float)[rows]
    scaler = Scaler.fit(signals, rhythm)
    options = GanOptions(beat_class=beat_class)
    mixture = fit_mixture(scaler.encode(signals, rhythm), 30, 0)
    gan = BeatGan(options, train.config, train.records, scaler, mixture, {}, folder.name)
    split = SplitUsed("records", train.records, test)
    card = card_of("gan", options, train, split=split)
    save_gan(folder, gan, replace(card, **{name: change(card) for name, change in fields.items()}))
    return folder


@pytest.fixture(scope="module")
def models(train: BeatSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("models")
    return {"one": model_of(place / "v", train), "two": model_of(place / "n", train, "N")}


def home(patch: pytest.MonkeyPatch, factory: pytest.TempPathFactory) -> None:
    patch.setenv("ECG_HOME", str(factory.mktemp("home")))


@pytest.fixture(scope="module")
def judged(
    simulated_source: DataSource, models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> FidelityReport:
    """Both GANs judged once, their figures kept."""
    with pytest.MonkeyPatch.context() as patch:
        home(patch, tmp_path_factory)
        return judge(simulated_source, models, seed=3)


def judge(source: DataSource, models: Mapping[str, Path], seed: int = 1, keep: bool = True) -> FidelityReport:
    return judge_at_once(source, models, seed, None, keep)


def refused(source: DataSource, models: Mapping[str, Path]) -> str:
    with pytest.raises(ModelError) as caught:
        judge(source, models)
    return str(caught.value)


def started(source: DataSource, models: str, seed: int = 1) -> Run:
    return start(FIDELITY, Recordings.of(source), FidelityOptions(models=models, seed=seed))


class TestFigures:
    def test_every_figure_the_issue_names_is_there_and_a_number(self, judged: FidelityReport) -> None:
        assert set(judged.classes) == {"V", "N"}
        for fidelity_of_class in judged.classes.values():
            row = fidelity_of_class.to_json()
            assert set(row) >= NAMED_BY_THE_ISSUE
            assert all(math.isfinite(row[name]) for name in NAMED_BY_THE_ISSUE)
            for name in ("precision", "recall", "coverage", "two_sample_auc", "copying_share", "tstr_macro_f1"):
                assert 0 <= row[name] <= 1, name

    def test_each_row_names_its_model_and_ends_in_a_sentence(self, judged: FidelityReport) -> None:
        rows = judged.classes
        assert (rows["V"].model, rows["N"].model) == ("one", "two")
        for name, row in rows.items():
            assert sentence(row).startswith(f"Synthetic {name} beats are ")
        assert judged.n_synthetic == {name: row.n_synthetic for name, row in rows.items()}
        assert all(row.n_synthetic >= max(100, row.n_train) for row in rows.values())
        assert (judged.seed, judged.simulated) == (3, True)
        assert FidelityReport.from_json(json.loads(json.dumps(judged.to_json())), "figures") == judged

    def test_synthetic_beats_are_compared_with_unseen_patients_of_the_test_records(
        self, judged: FidelityReport, train: BeatSet
    ) -> None:
        unseen = judged.classes["V"].unseen
        assert unseen is not None
        assert unseen.records
        assert not set(unseen.records) & set(train.records)
        assert set(judged.classes["V"].train_records) <= set(train.records)

    def test_without_test_records_in_use_no_classifier_is_tried(
        self, simulated_source: DataSource, train: BeatSet, tmp_path: Path
    ) -> None:
        model = model_of(tmp_path / "alone", train, test=())
        row = judge(simulated_source, {"alone": model}).classes["V"]
        assert row.unseen is None
        assert row.use is None


class TestRefused:
    def test_two_gans_of_one_class(self, simulated_source: DataSource, models: dict[str, Path]) -> None:
        both = {"a": models["one"], "b": models["one"], "c": models["two"]}
        assert refused(simulated_source, both) == "Two of these GANs make beats of class V: choose one a class."

    def test_none_at_all(self, simulated_source: DataSource) -> None:
        for refuse in (lambda: judge(simulated_source, {}), lambda: started(simulated_source, "")):
            with pytest.raises(RunError) as caught:
                refuse()
            assert str(caught.value) == "Choose at least one beat GAN to judge."

    def test_a_model_that_is_no_beat_gan(self, simulated_source: DataSource, tmp_path: Path) -> None:
        write_json(tmp_path / CARD, card_of("autoencoder", AutoencoderOptions()).to_json())
        message = refused(simulated_source, {"other": tmp_path})
        assert message == f"{tmp_path} holds a model of kind 'autoencoder', expected 'gan'."

    def test_training_records_that_are_not_in_the_data_in_use(
        self, simulated_source: DataSource, models: dict[str, Path]
    ) -> None:
        some = DataSource("chosen", simulated_source.folder, ("sim02", "sim03", "sim04", "sim05", "sim07", "sim11"))
        assert refused(some, models) == (
            "The GANs were trained on record sim01, sim09, which is not in the data in use: choose the data they were "
            "trained on."
        )

    def test_gans_trained_on_different_records(
        self, simulated_source: DataSource, simulated_beats: BeatSet, models: dict[str, Path], tmp_path: Path
    ) -> None:
        fewer = model_of(tmp_path / "fewer", simulated_beats.only(["sim01", "sim03"]), "N")
        message = refused(simulated_source, {"one": models["one"], "fewer": fewer})
        assert message == "These GANs were trained on different records: judge each by itself."

    def test_a_gan_of_another_preparation_than_the_first(
        self, simulated_source: DataSource, train: BeatSet, models: dict[str, Path], tmp_path: Path
    ) -> None:
        other = replace(train, config=replace(train.config, band_hz=(0.5, 35.0)))
        message = refused(simulated_source, {"one": models["one"], "other": model_of(tmp_path / "other", other, "N")})
        assert message == (
            "The model was trained on beats prepared with band_hz = (0.5, 35.0), these have (0.5, 40.0): prepare the "
            "beats as the model's card says, or train a model on these."
        )

    def test_a_gan_of_another_format_of_preparation(
        self, simulated_source: DataSource, train: BeatSet, tmp_path: Path
    ) -> None:

        def older(card: Card) -> Preparation:
            return replace(preparation_of(card), hash="0" * 16)

        model = model_of(tmp_path / "old", train, preparation=older)
        assert refused(simulated_source, {"old": model}) == (
            "The model was trained on beats of another preparation format (preprocessing_hash 0000000000000000, these "
            f"have {train.config.hash}): train it again."
        )

    def test_beats_are_prepared_as_the_gan_asks(
        self, simulated_source: DataSource, simulated: Path, train: BeatSet, tmp_path: Path
    ) -> None:
        config = replace(train.config, band_hz=(0.5, 35.0))
        beats = load_beats(simulated, simulated_source.records, config).only(train.records)
        model = model_of(tmp_path / "narrow", beats, test=())
        found = judge(simulated_source, {"narrow": model}, keep=False).classes["V"]
        assert found.distances.mmd is not None
        assert found.distances.mmd < 1

    def test_a_refused_start_makes_no_run(
        self, simulated_source: DataSource, models: dict[str, Path], workspace_of_its_own: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        place = named(monkeypatch, workspace_of_its_own, {"one": models["one"], "other": models["one"]})
        with pytest.raises(ModelError, match="Two of these GANs make beats of class V"):
            started(simulated_source, ", ".join(place))
        assert not (workspace_of_its_own / "runs").exists()


def named(patch: pytest.MonkeyPatch, home: Path, models: Mapping[str, Path]) -> list[str]:
    """Models laid where an option can name them."""
    patch.setattr(workspace, "MODELS", home / "models")
    for name, folder in models.items():
        shutil.copytree(folder, home / "models" / name)
    return [f"models/{name}" for name in models]


class TestKept:
    @pytest.fixture
    def model(self, models: dict[str, Path], judged: FidelityReport, tmp_path: Path) -> Path:
        """A judged model's folder, to be spoilt."""
        assert judged.classes["V"].model == "one"
        place = tmp_path / "judged"
        place.mkdir()
        for path in models["one"].iterdir():
            (place / path.name).write_bytes(path.read_bytes())
        return place

    def test_the_figures_of_the_last_judging_are_kept_beside_the_card(
        self, model: Path, judged: FidelityReport
    ) -> None:
        card = load_card(model)
        row = replace(judged.classes["V"], model="")
        assert kept_fidelity(model, card) == row, "where the model lay is nobody's business"
        kept = read_json(model / FIDELITY_FILE)
        assert kept["seed"] == 3
        assert kept["judged"][:2] == "20"
        assert card.figures == {}

    def test_judging_may_leave_nothing_behind(
        self, simulated_source: DataSource, train: BeatSet, tmp_path: Path
    ) -> None:
        model = model_of(tmp_path / "clean", train, test=())
        judge(simulated_source, {"clean": model}, keep=False)
        assert sorted(path.name for path in model.iterdir()) == [CARD, WEIGHTS]

    def test_figures_of_other_weights_do_not_count(self, model: Path) -> None:
        figures = read_json(model / FIDELITY_FILE)["figures"]
        (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes() + b" ")
        card = load_card(model)
        assert kept_fidelity(model, card) is None
        ended_with = {**figures, "mmd": 9.0}
        found = kept_fidelity(model, replace(card, figures={"fidelity": ended_with}))
        assert found == ClassFidelity.from_json(ended_with, "figures")
        assert found.distances.mmd == 9.0

    @pytest.mark.parametrize("content", ["", '{"weights": "', "[]", "null", "3", "{}", '{"weights": 1}'])
    def test_half_a_file_or_another_does_not_count(self, model: Path, content: str) -> None:
        figures = read_json(model / FIDELITY_FILE)["figures"]
        (model / FIDELITY_FILE).write_text(content)
        card = load_card(model)
        assert kept_fidelity(model, card) is None
        found = kept_fidelity(model, replace(card, figures={"fidelity": figures}))
        assert found is not None
        assert found.distances.mmd == figures["mmd"]

    def test_a_model_that_was_never_judged_has_no_figures(self, tmp_path: Path, model: Path) -> None:
        (model / FIDELITY_FILE).unlink()
        assert kept_fidelity(model, load_card(model)) is None
        assert kept_fidelity(tmp_path, load_card(model)) is None


def test_a_run_judges_keeps_the_figures_and_tells_how_far_it_is(
    simulated_source: DataSource, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, workspace_of_its_own: Path
) -> None:
    monkeypatch.setattr(control, "_spawn", lambda *_: None)
    (place,) = named(monkeypatch, workspace_of_its_own, {"one": models["one"]})
    folder = workspace_of_its_own / "models" / "one"
    run = started(simulated_source, place, seed=5)
    config = run.config()
    assert (run.kind, config.options) == ("fidelity", {"models": place, "unseen": True, "seed": 5})
    assert config.command == f"python -m ecg_core fidelity --models {place} --seed 5"
    phases: list[tuple[str, int, int]] = []

    class Listener(Monitor):
        def phase(self, name: str, done: int, of: int) -> None:
            phases.append((name, done, of))

    options = FidelityOptions.from_json(config.options)
    found = carry_out(Job(FIDELITY, run.id, run.folder, options, config.material, config.command, Listener()))
    assert found.classes["V"].model == place
    assert kept_fidelity(folder, load_card(folder)) == replace(found.classes["V"], model="")
    assert found.seed == 5
    assert phases == [("Judging", k, len(phases) - 1) for k in range(len(phases))]


def test_judging_without_test_records_looks_at_none_and_says_nothing_of_use(
    simulated_source: DataSource, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, workspace_of_its_own: Path
) -> None:
    asked: list[str] = []

    def watched(folder: Path, names: Any, *arguments: Any, **named: Any) -> BeatSet:
        asked.extend(names)
        return load_beats(folder, names, *arguments, **named)

    monkeypatch.setattr(fidelity_tasks, "load_beats", watched)
    monkeypatch.setattr(control, "_spawn", lambda *_: None)
    (place,) = named(monkeypatch, workspace_of_its_own, {"one": models["one"]})
    run = start(FIDELITY, Recordings.of(simulated_source), FidelityOptions(models=place, unseen=False))
    config = run.config()
    assert config.command == f"python -m ecg_core fidelity --models {place} --no-unseen"
    found = carry_out(
        Job(FIDELITY, run.id, run.folder, FidelityOptions.from_json(config.options), config.material, config.command)
    )
    assert (found.classes["V"].unseen, found.classes["V"].use, found.tstr) == (None, None, None)
    assert asked and not set(asked) & set(TEST)


def test_a_judgement_that_is_asked_to_stop_ends_at_its_next_step(
    simulated_source: DataSource, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, workspace_of_its_own: Path
) -> None:
    monkeypatch.setattr(control, "_spawn", lambda *_: None)
    (place,) = named(monkeypatch, workspace_of_its_own, {"one": models["one"]})
    folder = workspace_of_its_own / "models" / "one"
    (folder / FIDELITY_FILE).unlink(missing_ok=True)
    run = started(simulated_source, place)
    config, options = run.config(), FidelityOptions(models=place)

    class Impatient(Monitor):
        told = 0

        def phase(self, name: str, done: int, of: int) -> None:  # noqa: ARG002 - as its base
            self.told = done

        def should_stop(self) -> bool:
            return self.told == 2

    monitor = Impatient()
    with pytest.raises(Stopped):
        carry_out(Job(FIDELITY, run.id, run.folder, options, config.material, config.command, monitor))
    assert monitor.told == 2
    assert not (folder / FIDELITY_FILE).exists(), "nothing half-judged is kept"


def test_gans_and_cards_come_by_the_names_asked_for(models: dict[str, Path]) -> None:
    gans = gans_of(models)
    assert list(gans) == ["one", "two"]
    assert [gan.beat_class for gan, _ in gans.values()] == ["V", "N"]
    assert [card.kind for _, card in gans.values()] == ["gan", "gan"]
    assert gans["one"][0].name == "one"
