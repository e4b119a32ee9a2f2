"""A beat GAN learns from the training beats of one class and nothing else, repeats itself, and survives its folder.

On simulated recordings and with epochs of a few steps: what is asked here does not hang on how good the beats are.
"""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import split_of
from ecg_core.beats.synthetic import RHYTHM, SyntheticBeats
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.files import read_json, write_json
from ecg_core.learning.checkpoint import Arrays, Checkpoint, read_checkpoint
from ecg_core.learning.loop import Stopped
from ecg_core.learning.model_folder import CARD, WEIGHTS
from ecg_core.learning.monitor import Monitor
from ecg_core.tasks.gan import beat_gan, beat_gan_fit, selection
from ecg_core.tasks.gan import loop as gan_loop
from ecg_core.tasks.gan.beat_gan import RHYTHM_RANGE, BeatGan, Scaler, known_rhythm, load_gan, parts_of, save_gan
from ecg_core.tasks.gan.beat_gan_fit import beats_to_learn, fit_beat_gan
from ecg_core.tasks.gan.options import FEWEST_BEATS, GanOptions
from tests.learning.cards import card_of, put_weights

OPTIONS = GanOptions(beat_class="V", epochs=2, batch_size=16)
MODEL_BYTES = 5_000_000


@pytest.fixture(scope="module", autouse=True)
def short_epochs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (gan_loop, beat_gan_fit):
            patch.setattr(module, "STEPS_PER_EPOCH", 3)
        patch.setattr(beat_gan_fit, "MADE_FOR_CRITIC", 300)
        for name, value in (("TREES", 20), ("SHAPE_TREES", 10)):
            patch.setattr(selection, name, value)
        yield


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


@pytest.fixture(scope="module")
def gan(train: BeatSet) -> BeatGan:
    return fit_beat_gan(OPTIONS, train, "a gan")


def of_class(beats: BeatSet, name: str = "V") -> npt.NDArray[np.int64]:
    return np.flatnonzero((beats.table["beat_class"] == name).to_numpy())


def altered(beats: BeatSet, rows: npt.NDArray[Any], factor: float = -3.0) -> BeatSet:
    """The same set with some beats' samples and rhythm changed."""
    signals, table = np.array(beats.signals), beats.table.copy()
    signals[rows] = signals[rows] * factor + 0.5
    columns = list(RHYTHM)
    values = table[columns].to_numpy(dtype=np.float64, copy=True)
    values[rows] *= 1.7
    table[columns] = values
    return dataclasses.replace(beats, signals=signals, table=table)


def excluding(beats: BeatSet, rows: npt.NDArray[np.int64]) -> BeatSet:
    table = beats.table.copy()
    table.loc[rows, "excluded"] = "clipped"
    return dataclasses.replace(beats, table=table)


def learned(gan: BeatGan) -> Arrays:
    scaler = {f"scaler.{name}": getattr(gan.scaler, name) for name in ("lead_mv", "centre", "spread")}
    return {**gan.weights, **gan.mixture.to_arrays("mixture."), **scaler}


def same(a: BeatGan, b: BeatGan) -> bool:
    """Whether two GANs learned exactly the same."""
    one, other = learned(a), learned(b)
    return set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)


def same_sampler(a: BeatGan, b: BeatGan) -> bool:
    """Whether two GANs keep the same beats."""
    assert a.selection is not None
    assert b.selection is not None
    one, other = a.selection.to_arrays(""), b.selection.to_arrays("")
    return all(np.array_equal(one[name], other[name]) for name in one)


def same_beats(a: SyntheticBeats, b: SyntheticBeats) -> bool:
    return np.array_equal(a.signals, b.signals) and np.array_equal(a.rhythm, b.rhythm)


class TestSampling:
    def test_the_same_number_and_seed_give_the_same_beats(self, gan: BeatGan) -> None:
        assert same_beats(gan.sample(30, 1), gan.sample(30, 1))

    def test_another_seed_gives_other_beats(self, gan: BeatGan) -> None:
        assert not np.array_equal(gan.sample(30, 1).signals, gan.sample(30, 2).signals)
        assert not np.array_equal(gan.sample(30, 1).rhythm, gan.sample(30, 2).rhythm)

    def test_no_two_beats_of_a_sample_are_alike(self, gan: BeatGan) -> None:
        assert len(np.unique(gan.sample(200, 1).signals.reshape(200, -1), axis=0)) == 200

    def test_beats_have_the_shape_of_recorded_ones_and_say_where_they_come_from(
        self, gan: BeatGan, train: BeatSet
    ) -> None:
        made = gan.sample(30, 4)
        assert made.signals.shape == (30, *train.signals.shape[1:])
        assert made.rhythm.shape == (30, 4)
        assert made.signals.dtype == made.rhythm.dtype == np.float32
        assert made.beat_class.tolist() == ["V"] * 30
        assert made.config == train.config
        assert made.made_by == "a gan, seed 4"
        assert made.trained_on == train.records == gan.records

    def test_beats_are_in_mv_within_the_range_of_the_training_beats(self, gan: BeatGan, train: BeatSet) -> None:
        made, real = gan.sample(500, 0).signals, train.signals[of_class(train)]
        for lead in range(made.shape[1]):
            assert np.abs(made[:, lead]).max() < 2 * np.abs(real[:, lead]).max()
            assert 0.5 < made[:, lead].std() / real[:, lead].std() < 2
        assert np.abs(made.mean(axis=0) - real.mean(axis=0)).max() < 0.25

    def test_the_rhythm_is_that_of_the_class_and_within_what_is_human(self, gan: BeatGan, train: BeatSet) -> None:
        made = gan.sample(2000, 0).rhythm
        assert RHYTHM_RANGE[0] <= made.min()
        assert made.max() <= RHYTHM_RANGE[1]
        real = known_rhythm(train.table[list(RHYTHM)].to_numpy(dtype=np.float64)[of_class(train)])
        assert np.abs(np.median(made, axis=0) / np.median(real, axis=0) - 1).max() < 0.25

    @pytest.mark.parametrize("n", [0, -1, beat_gan.MOST_BEATS + 1])
    def test_a_number_out_of_range_is_refused(self, gan: BeatGan, n: int) -> None:
        with pytest.raises(RunError) as caught:
            gan.sample(n, 0)
        assert str(caught.value) == f"{n} synthetic beats asked for: choose 1 to 100,000."

    def test_beats_made_in_parts_are_the_same(self, gan: BeatGan, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = gan.sample(40, 3)
        monkeypatch.setattr(beat_gan, "BEATS_AT_ONCE", 7)
        parts = gan.sample(40, 3)
        assert np.allclose(parts.signals, whole.signals, atol=1e-5)
        assert np.allclose(parts.rhythm, whole.rhythm, atol=1e-5)

    def test_without_a_network_the_mixture_alone_makes_beats(self, gan: BeatGan) -> None:
        alone = dataclasses.replace(gan, weights={})
        assert same_beats(alone.sample(30, 1), alone.sample(30, 1))
        assert not np.array_equal(alone.sample(30, 1).signals, gan.sample(30, 1).signals)


class TestSampler:
    """Of the beats a GAN makes its sampler keeps some; how many it did not keep is told."""

    def test_beats_are_the_first_kept_ones_of_those_it_makes_and_all_before_the_last_are_counted(
        self, gan: BeatGan
    ) -> None:
        assert gan.selection is not None
        found = gan.sample(20, 1)
        rng = np.random.default_rng(1)
        signals, kept = [], []
        while sum(int(one.sum()) for one in kept) < 20:
            missing = 20 - sum(int(one.sum()) for one in kept)
            some = gan.candidates(math.ceil(missing / OPTIONS.accepted), rng)
            signals.append(some.signals)
            kept.append(some.kept)
        every = np.concatenate(kept)
        assert np.array_equal(np.concatenate(signals)[every][:20], found.signals)
        used = int(np.flatnonzero(every)[19]) + 1
        assert found.rejected == used - 20 > 0
        assert every[:used].sum() == 20

    def test_about_the_share_is_kept_that_the_options_ask_for(self, gan: BeatGan) -> None:
        made = gan.sample(400, 2)
        assert len(made) / (len(made) + made.rejected) == pytest.approx(OPTIONS.accepted, rel=0.3)
        assert not gan.candidates(50, np.random.default_rng(0)).kept.all()

    def test_without_a_sampler_every_beat_is_kept(self, gan: BeatGan) -> None:
        every = dataclasses.replace(gan, selection=None)
        assert every.sample(30, 1).rejected == 0
        assert every.candidates(30, np.random.default_rng(0)).kept.all()

    def test_with_every_beat_accepted_no_sampler_is_fitted(self, train: BeatSet) -> None:
        assert fit_beat_gan(dataclasses.replace(OPTIONS, accepted=1.0), train, "x").selection is None

    def test_a_sampler_that_keeps_nothing_is_told_and_not_waited_for(
        self, gan: BeatGan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert gan.selection is not None
        monkeypatch.setattr(beat_gan, "BEATS_AT_ONCE", 10)
        monkeypatch.setattr(beat_gan, "MOST_TRIES", 2)
        nothing = dataclasses.replace(gan, selection=dataclasses.replace(gan.selection, certain=1e9))
        with pytest.raises(ModelError) as caught:
            nothing.sample(5, 0)
        assert str(caught.value) == "The sampler of a gan keeps 0 of 60 beats: train the GAN again."


class TestLearning:
    def test_what_is_held_out_to_be_judged_changes_nothing_learned_not_even_the_sampler(
        self, gan: BeatGan, train: BeatSet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All but the embedding: the directions of shape, in which a beat is described, are those of all classes."""
        parts = parts_of(OPTIONS, train)
        as_it_was = PcaEmbedding.fit(train, OPTIONS.seed)
        monkeypatch.setattr(PcaEmbedding, "fit", lambda *_: as_it_was)
        without_judged = fit_beat_gan(OPTIONS, altered(train, parts.judged), "x")
        assert same(without_judged, gan)
        assert same_sampler(without_judged, gan)
        without_sampler = fit_beat_gan(OPTIONS, altered(train, parts.sampler), "x")
        assert same(without_sampler, gan)
        assert not same_sampler(without_sampler, gan)

    def test_a_seed_reproduces_everything_and_another_seed_does_not(self, gan: BeatGan, train: BeatSet) -> None:
        assert same(fit_beat_gan(OPTIONS, train, "again"), gan)
        other = fit_beat_gan(dataclasses.replace(OPTIONS, seed=1), train, "other")
        assert not np.array_equal(other.weights["first.weight"], gan.weights["first.weight"])

    def test_no_beat_of_another_record_changes_anything_learned(self, gan: BeatGan, simulated_beats: BeatSet) -> None:
        names = split_of(simulated_beats.records, simulated_beats.patients).train
        others = ~simulated_beats.table["record"].isin(names).to_numpy()
        assert others.sum() > 1000
        assert of_class(simulated_beats.only([n for n in simulated_beats.records if n not in names])).size > 50
        changed = altered(simulated_beats, others).only(names)
        found = fit_beat_gan(OPTIONS, changed, "a gan")
        assert same(found, gan)
        assert found.sample(5, 0).trained_on == names

    def test_one_beat_of_the_class_changes_what_is_learned(self, gan: BeatGan, train: BeatSet) -> None:
        assert not same(fit_beat_gan(OPTIONS, altered(train, parts_of(OPTIONS, train).learned[:1]), "x"), gan)

    def test_beats_of_other_classes_change_the_embedding_that_says_what_shape_is_and_nothing_else(
        self, gan: BeatGan, train: BeatSet
    ) -> None:
        others = (train.table["beat_class"] != "V").to_numpy()
        found = fit_beat_gan(OPTIONS, altered(train, others), "x")
        for name, array in gan.mixture.to_arrays("").items():
            assert np.array_equal(found.mixture.to_arrays("")[name], array)
        assert not np.array_equal(found.weights["shape.read"], gan.weights["shape.read"])

    def test_excluded_beats_are_not_learned_from(self, gan: BeatGan, train: BeatSet) -> None:
        out = of_class(train)[5:20]
        some = excluding(train, out)
        one = fit_beat_gan(OPTIONS, some, "x")
        assert same(fit_beat_gan(OPTIONS, altered(some, out), "x"), one)
        assert not same(one, gan)
        assert not np.isin(out, beats_to_learn(some, "V")).any()
        assert len(beats_to_learn(some, "V")) == len(of_class(train)) - 15

    @pytest.mark.parametrize("name", ["S", "F", "Q"])
    def test_a_class_with_too_few_beats_is_refused_with_its_number(self, train: BeatSet, name: Any) -> None:
        n = len(of_class(train, name))
        assert n < FEWEST_BEATS
        with pytest.raises(RunError) as caught:
            fit_beat_gan(dataclasses.replace(OPTIONS, beat_class=name), train, "x")
        assert str(caught.value) == (
            f"Class {name}: {n} beats in the training records, at least 100 are needed to learn from. "
            "Choose another class or more records."
        )

    def test_excluded_beats_do_not_count_towards_the_fewest(self, train: BeatSet) -> None:
        rows = of_class(train)
        assert len(beats_to_learn(excluding(train, rows[FEWEST_BEATS:]), "V")) == FEWEST_BEATS
        with pytest.raises(RunError, match=r"^Class V: 99 beats in the training records, at least 100 are needed"):
            beats_to_learn(excluding(train, rows[FEWEST_BEATS - 1 :]), "V")

    def test_the_network_learns_and_not_the_mixture_alone(self, gan: BeatGan) -> None:
        assert np.abs(gan.weights["last.weight"]).max() > 0
        assert all(np.isfinite(array).all() for array in learned(gan).values())


class Listener(Monitor):
    """Keeps checkpoints and frames, stops after some epochs, and gives back the checkpoint it was made with."""

    def __init__(self, resume: Checkpoint | None = None, stop_after: int | None = None) -> None:
        self.resume, self.stop_after = resume, stop_after
        self.phases: list[tuple[str, int, int]] = []
        self.kept: list[Checkpoint] = []
        self.frames: dict[int, npt.NDArray[Any]] = {}

    def phase(self, name: str, done: int, of: int) -> None:
        self.phases.append((name, done, of))

    def frame(self, epoch: int, samples: npt.NDArray[np.generic]) -> None:
        self.frames[epoch] = samples

    def save(self, checkpoint: Checkpoint) -> None:
        self.kept.append(checkpoint)

    def should_stop(self) -> bool:
        return self.stop_after is not None and len(self.kept) >= self.stop_after

    def load(self) -> Checkpoint | None:
        return self.resume


def test_a_training_that_was_stopped_and_goes_on_learns_what_an_unbroken_one_learns(
    gan: BeatGan, train: BeatSet
) -> None:
    first = Listener(stop_after=1)
    with pytest.raises(Stopped):
        fit_beat_gan(OPTIONS, train, "a gan", first)
    assert first.phases == [("Grouping beats", 0, 1)]
    second = Listener(resume=first.kept[-1])
    found = fit_beat_gan(OPTIONS, train, "a gan", second)
    assert second.phases == [("Fitting the sampler", 0, 1)]  # the mixture comes from the checkpoint
    assert same(found, gan)
    assert same_sampler(found, gan)
    assert [one.values["done"] for one in second.kept] == [2]
    assert (set(first.frames), set(second.frames)) == ({0, 1}, {2})
    for samples in (first.frames[1], second.frames[2]):
        assert samples.shape == (12, *train.signals.shape[1:])
    correlation = np.corrcoef(first.frames[1].ravel(), second.frames[2].ravel())[0, 1]
    assert 0.9 < correlation < 1  # the same noise, a few steps later


@pytest.fixture
def model(tmp_path: Path, gan: BeatGan, train: BeatSet) -> Path:
    save_gan(tmp_path / "gan", gan, card_of("gan", gan.options, train))
    return tmp_path / "gan"


def changed_card(model: Path, **changes: Any) -> None:
    card = {**read_json(model / CARD), **changes}
    write_json(model / CARD, {name: value for name, value in card.items() if value is not ...})


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_gan(folder)
    return str(caught.value)


class TestFolder:
    def test_a_loaded_gan_makes_the_beats_of_the_saved_one(self, model: Path, gan: BeatGan) -> None:
        loaded, card = load_gan(model)
        assert (loaded.options, loaded.config, loaded.records) == (gan.options, gan.config, gan.records)
        assert (loaded.name, load_gan(model, "V beats")[0].name) == ("gan", "V beats")
        assert card.kind == "gan"
        draw = gan.draw(200, np.random.default_rng(0))
        for one, other in zip(loaded.make(*draw), gan.make(*draw), strict=True):
            assert np.abs(one - other).max() < 0.01  # mV, s: the mixture is kept in half precision
        assert same_beats(loaded.sample(50, 1), load_gan(model)[0].sample(50, 1))

    def test_a_gan_saved_again_makes_exactly_the_same_beats(self, model: Path, tmp_path: Path) -> None:
        loaded, card = load_gan(model)
        save_gan(tmp_path / "second", loaded, card)
        assert same(load_gan(tmp_path / "second")[0], loaded)
        assert (tmp_path / "second" / WEIGHTS).read_bytes() == (model / WEIGHTS).read_bytes()

    def test_the_folder_holds_weights_and_card_of_five_megabytes_at_most(self, model: Path) -> None:
        assert sorted(path.name for path in model.iterdir()) == [CARD, WEIGHTS]
        assert (model / WEIGHTS).stat().st_size <= MODEL_BYTES

    def test_the_sampler_keeps_the_same_beats_once_loaded(self, model: Path, gan: BeatGan) -> None:
        loaded = load_gan(model)[0]
        signals, rhythm = gan.make(*gan.draw(300, np.random.default_rng(0)))
        assert gan.selection is not None
        assert loaded.selection is not None
        one, other = (each.acceptance(signals, rhythm) for each in (gan.selection, loaded.selection))
        assert np.abs(one - other).mean() < 1e-3
        assert loaded.sample(50, 1).rejected > 0

    def test_a_model_from_before_there_was_a_sampler_keeps_every_beat(self, model: Path, gan: BeatGan) -> None:
        options = {name: value for name, value in gan.options.to_json().items() if name not in ("held_out", "accepted")}
        stored = read_checkpoint(model / WEIGHTS)
        arrays = {name: array for name, array in stored.arrays.items() if not name.startswith("selection.")}
        put_weights(model, Checkpoint(arrays, stored.values))
        changed_card(model, options=options)
        loaded, _ = load_gan(model)
        assert loaded.selection is None
        assert (loaded.options.accepted, loaded.options.held_out) == (1, 0)
        assert loaded.sample(30, 0).rejected == 0

    def test_a_mixture_alone_survives_too(self, tmp_path: Path, gan: BeatGan, train: BeatSet) -> None:
        save_gan(tmp_path, dataclasses.replace(gan, weights={}), card_of("gan", gan.options, train))
        assert load_gan(tmp_path)[0].weights == {}

    def test_a_folder_without_a_card_holds_no_model(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "none") == f"{tmp_path / 'none'} holds no model: there is no card.json in it."

    def test_a_model_of_another_kind_is_refused(self, model: Path) -> None:
        changed_card(model, kind="autoencoder")
        assert refused(model) == f"{model} holds a model of kind 'autoencoder', expected 'gan'."

    def test_missing_weights_are_named(self, model: Path) -> None:
        (model / WEIGHTS).unlink()
        message = refused(model)
        assert message.startswith(f"The model in {model} is incomplete or damaged (")
        assert WEIGHTS in message

    @pytest.mark.parametrize("kept", [0, 7, 100, -1])
    def test_weights_cut_off_are_damaged(self, model: Path, kept: int) -> None:
        (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes()[:kept])
        assert refused(model).startswith(f"The model in {model} is incomplete or damaged ({WEIGHTS} is damaged (")

    @pytest.mark.parametrize(
        "name",
        [
            "scaler.centre",
            "scaler.lead_mv",
            "mixture.mean",
            "mixture.factors",
            "selection.whole.left",
            "selection.certain",
        ],
    )
    def test_an_array_that_is_missing_is_named(self, model: Path, name: str) -> None:
        stored = read_checkpoint(model / WEIGHTS)
        del stored.arrays[name]
        put_weights(model, stored)
        assert refused(model) == f"The model in {model} is incomplete or damaged ('{name}')."

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"options": {"width": 3}}, "Unknown option width of a beat GAN."),
            ({"options": {"beat_class": "X"}}, "beat_class is 'X': choose one of S, V, F, N, Q."),
        ],
    )
    def test_a_card_that_lies_is_damaged(self, model: Path, changes: dict[str, Any], reason: str) -> None:
        changed_card(model, **changes)
        assert refused(model) == f"The model in {model} is incomplete or damaged ({reason})."

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"options": ...}, "Object missing required field `options`."),
            ({"split": ...}, "Object missing required field `split`."),
            ({"split": {"name": "x"}}, "Object missing required field `train` - at `$.split`."),
        ],
    )
    def test_what_any_card_must_have_is_named(self, model: Path, changes: dict[str, Any], message: str) -> None:
        changed_card(model, **changes)
        assert refused(model) == f"{model / CARD} is damaged: {message}"

    def test_a_beat_gan_without_preparation_is_refused(self, model: Path) -> None:
        changed_card(model, preprocessing=...)
        with pytest.raises(ModelError, match="trained on a folder of images"):
            load_gan(model)

    def test_the_card_is_written_last(self, tmp_path: Path, gan: BeatGan, train: BeatSet) -> None:
        with pytest.raises(ValueError, match="JSON"):
            save_gan(tmp_path, gan, card_of("gan", gan.options, train, figures={"fidelity": float("nan")}))
        assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]


signals_mv = hnp.arrays(
    np.float32,
    st.tuples(st.integers(2, 6), st.integers(1, 3), st.integers(2, 12)),
    elements=st.floats(-8, 8, width=32),
)


class TestScaler:
    @settings(deadline=None, max_examples=60)
    @given(signals_mv, st.data())
    def test_what_is_encoded_is_decoded_again(self, signals: npt.NDArray[np.float32], data: st.DataObject) -> None:
        shape = (len(signals), len(RHYTHM))
        rhythm = data.draw(hnp.arrays(np.float64, shape, elements=st.floats(*RHYTHM_RANGE)))
        scaler = Scaler.fit(signals, rhythm)
        rows = scaler.encode(signals, rhythm)
        assert rows.shape == (len(signals), signals[0].size + 4)
        assert rows.dtype == np.float32
        beats, when = scaler.decode(*scaler.split(rows))
        assert np.allclose(beats, signals, rtol=1e-4, atol=1e-4)
        assert np.allclose(when, rhythm, rtol=1e-3)
        assert beats.shape == signals.shape

    def test_encoded_training_beats_are_standardised(self, train: BeatSet) -> None:
        rows = of_class(train)
        signals = np.asarray(train.signals[rows])
        rhythm = train.table[list(RHYTHM)].to_numpy(dtype=np.float64)[rows]
        scaler = Scaler.fit(signals, rhythm)
        beats, when = scaler.split(scaler.encode(signals, rhythm))
        assert np.allclose(beats.std(axis=(0, 2)), 1, atol=1e-3)
        assert np.allclose(when.mean(axis=0), 0, atol=1e-3)
        assert np.allclose(when.std(axis=0), beat_gan.RHYTHM_WEIGHT, rtol=0.05)

    def test_a_flat_lead_is_no_division_by_zero(self) -> None:
        signals = np.zeros((4, 2, 8), np.float32)
        rhythm = np.ones((4, 4))
        scaler = Scaler.fit(signals, rhythm)
        assert np.isfinite(scaler.encode(signals, rhythm)).all()

    def test_rhythm_that_is_not_known_is_the_median_of_the_others(self) -> None:
        rhythm = np.full((5, 4), 0.8)
        rhythm[:, 1] = [0.5, 0.6, np.nan, 0.8, 1.9]
        found = known_rhythm(rhythm)
        assert found[:, 1].tolist() == pytest.approx([0.5, 0.6, 0.7, 0.8, 1.9])
        assert np.isnan(rhythm[2, 1])
        scaler = Scaler.fit(np.ones((5, 2, 8), np.float32), rhythm)
        assert np.allclose(scaler.centre, np.log(found).mean(axis=0))
        assert np.isfinite(scaler.encode(np.ones((5, 2, 8), np.float32), rhythm)).all()

    def test_rhythm_out_of_human_range_is_brought_into_it(self) -> None:
        assert known_rhythm(np.array([[0.0, 100.0, 1.0, np.nan], [1.0, 1.0, 1.0, 1.0]])).tolist() == [
            [0.1, 6.0, 1.0, 1.0],
            [1.0, 1.0, 1.0, 1.0],
        ]
        scaler = Scaler(*(np.ones(k, np.float32) for k in (1, 4, 4)))
        _, when = scaler.decode(np.zeros((2, 1, 8), np.float32), np.array([[99.0] * 4, [-99.0] * 4], np.float32))
        assert when.tolist() == [[6.0] * 4, [pytest.approx(0.1)] * 4]
