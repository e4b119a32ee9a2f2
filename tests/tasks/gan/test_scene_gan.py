"""An image GAN that leads a pen: repeats itself, goes on where it stopped, survives its folder, and stays small."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_scenes
from ecg_core.beats.scenes import Scenes, scenes
from ecg_core.beats.splits import split_of
from ecg_core.learning.checkpoint import Checkpoint
from ecg_core.learning.loop import Stopped
from ecg_core.learning.model_folder import WEIGHTS
from ecg_core.tasks.gan import loop as gan_loop
from ecg_core.tasks.gan import scene_gan, scene_gan_fit
from ecg_core.tasks.gan.image_model import load_image_gan, save_image_gan
from ecg_core.tasks.gan.mixture import Mixture
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.gan.scene_gan import SceneGan, SceneScaler
from ecg_core.tasks.gan.scene_gan_fit import COMPONENTS, RANK, fit_scene_gan
from ecg_core.tasks.gan.training import image_parts
from tests.beats.made_scenes import made_scenes
from tests.learning.cards import card_of
from tests.learning.listening import Listener

OPTIONS = ImageGanOptions(label="V", epochs=1, batch_size=8)
MODEL_BYTES = 5_000_000


@pytest.fixture(scope="module", autouse=True)
def short_epochs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (gan_loop, scene_gan_fit):
            patch.setattr(module, "STEPS_PER_EPOCH", 2)
        yield


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


def fitted(train: BeatSet, options: ImageGanOptions = OPTIONS, monitor: Any = None) -> SceneGan:
    return fit_scene_gan(options, train, image_parts(options, train).learned, "a gan", monitor)


@pytest.fixture(scope="module")
def gan(train: BeatSet) -> SceneGan:
    return fitted(train)


class WithFrames(Listener):
    """Keeps frames besides."""

    def __init__(self, stop_after: int | None = None, resume: Checkpoint | None = None) -> None:
        super().__init__(stop_after, resume)
        self.frames: dict[int, npt.NDArray[Any]] = {}

    def frame(self, epoch: int, samples: npt.NDArray[np.generic]) -> None:
        self.frames[epoch] = samples


def same(a: SceneGan, b: SceneGan) -> bool:
    one, other = a.to_arrays(), b.to_arrays()
    return set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)


class TestScaler:
    @settings(deadline=None, max_examples=20)
    @given(st.integers(2, 12), st.integers(0, 1000))
    def test_scenes_come_back_from_the_gans_units(self, n: int, seed: int) -> None:
        shown = made_scenes(n, seed)
        scaler = SceneScaler.fit(shown)
        rows = scaler.encode(shown)
        assert rows.shape == (n, shown.beats[0].size + shown.usual[0].size + 2 + 5)
        assert rows.dtype == np.float32
        back = scaler.decode(*scaler.split(rows), shown.times_s)
        for name in ("beats", "usual", "unit_mv", "rhythm"):
            assert np.allclose(getattr(back, name), getattr(shown, name), rtol=1e-3, atol=1e-3)

    def test_training_scenes_are_standardised_and_their_numbers_count_more(self) -> None:
        shown = made_scenes(200)
        scaler = SceneScaler.fit(shown)
        signals, numbers = scaler.split(scaler.encode(shown))
        assert np.allclose(signals.std(axis=(0, 2)), 1, atol=1e-3)
        assert np.allclose(numbers.mean(axis=0), 0, atol=1e-2)
        assert np.allclose(numbers.std(axis=0), scene_gan.NUMBERS_WEIGHT, rtol=0.02)

    def test_a_flat_lead_and_equal_numbers_are_no_division_by_zero(self) -> None:
        one = made_scenes(4)
        flat = Scenes(
            np.zeros_like(one.beats), np.zeros_like(one.usual), np.zeros_like(one.unit_mv), np.zeros_like(one.rhythm),
            one.times_s,
        )  # fmt: skip
        scaler = SceneScaler.fit(flat)
        rows = scaler.encode(flat)
        assert np.isfinite(rows).all()
        assert (scaler.decode(*scaler.split(rows), one.times_s).unit_mv > 0).all()


class TestSampling:
    def test_the_same_number_and_seed_give_the_same_images_and_another_seed_others(self, gan: SceneGan) -> None:
        one = gan.sample(6, 3)
        assert (one.shape, one.dtype) == ((6, 64, 64), np.uint8)
        assert np.array_equal(gan.sample(6, 3), one)
        assert not np.array_equal(gan.sample(6, 4), one)
        assert len(np.unique(one.reshape(6, -1), axis=0)) == 6

    def test_images_are_the_scenes_it_makes_drawn_as_recorded_ones_are(self, gan: SceneGan) -> None:
        drawn = gan.draw(5, np.random.default_rng(0))
        assert np.array_equal(gan.make(*drawn), draw_scenes(gan.scenes(*drawn), OPTIONS.drawing))

    def test_images_made_in_parts_are_the_same(self, gan: SceneGan, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = gan.draw(9, np.random.default_rng(0))
        whole = gan.make(*drawn).astype(int)
        monkeypatch.setattr(scene_gan, "IMAGES_AT_ONCE", 4)
        assert np.abs(gan.make(*drawn).astype(int) - whole).max() <= 1

    def test_amplitude_and_rhythm_are_those_of_the_class(self, gan: SceneGan, train: BeatSet) -> None:
        made = gan.scenes(*gan.draw(1000, np.random.default_rng(0)))
        real = scenes(train, train.rows_of("V"), "context")
        assert np.allclose(np.median(made.unit_mv, axis=0), np.median(real.unit_mv, axis=0), rtol=0.25)
        assert np.abs(made.rhythm.mean(axis=0) - real.rhythm.mean(axis=0)).max() < 0.5 * real.rhythm.std(axis=0).max()
        assert np.abs(made.beats.mean(axis=0) - real.beats.mean(axis=0)).max() < 0.25

    def test_without_a_network_the_mixture_alone_makes_images(self, gan: SceneGan) -> None:
        alone = dataclasses.replace(gan, weights={})
        assert alone.sample(3, 1).shape == (3, 64, 64)
        assert not np.array_equal(alone.sample(3, 1), gan.sample(3, 1))


class TestLearning:
    def test_a_seed_reproduces_everything_and_another_seed_does_not(self, gan: SceneGan, train: BeatSet) -> None:
        assert same(fitted(train), gan)
        assert not same(fitted(train, dataclasses.replace(OPTIONS, seed=1)), gan)

    def test_the_network_learns_and_not_the_mixture_alone(self, gan: SceneGan) -> None:
        assert np.abs(gan.weights["last.weight"]).max() > 0
        assert np.abs(gan.weights["rhythm_last.weight"]).max() > 0
        assert all(np.isfinite(array).all() for array in gan.to_arrays().values())

    def test_a_training_that_was_stopped_and_goes_on_learns_what_an_unbroken_one_learns(self, train: BeatSet) -> None:
        options = dataclasses.replace(OPTIONS, epochs=2)
        first = WithFrames(stop_after=1)
        with pytest.raises(Stopped):
            fitted(train, options, first)
        second, unbroken = WithFrames(resume=first.kept[-1]), WithFrames()
        expected = fitted(train, options, unbroken)
        assert same(fitted(train, options, second), expected)
        assert (set(first.frames), set(second.frames)) == ({0, 1}, {2})
        assert np.array_equal(second.frames[2], unbroken.frames[2])
        assert second.frames[2].shape == (16, 64, 64)

    @pytest.mark.parametrize(
        "changes", [{"ground": "paper"}, {"form": "beat"}, {"form": "usual", "leads": "second"}, {"size": 128}]
    )
    def test_every_kind_of_image_is_learned(self, train: BeatSet, changes: dict[str, Any]) -> None:
        options = dataclasses.replace(OPTIONS, batch_size=8, **changes)
        made = fitted(train, options).sample(2, 0)
        assert made.shape == (2, options.size, options.size, *([3] if options.ground == "paper" else []))


def of_most_components(train: BeatSet, gan: SceneGan, n_rows: int) -> SceneGan:
    """As large as it can become, of numbers that no file format makes smaller."""
    rng = np.random.default_rng(0)
    n_leads, n_points = train.signals.shape[1:]
    d = 2 * n_leads * n_points + n_leads + 5
    shapes: tuple[tuple[int, ...], ...] = ((n_rows, 4), (COMPONENTS, d), (COMPONENTS, RANK, d))
    mixture = Mixture(
        rng.integers(0, COMPONENTS, n_rows), *(rng.normal(size=s).astype(np.float16).astype(np.float32) for s in shapes)
    )
    weights = {
        name: rng.normal(size=(COMPONENTS, *array.shape[1:]) if name == "component.weight" else array.shape)
        for name, array in gan.weights.items()
    }
    weights = {name: array.astype(gan.weights[name].dtype) for name, array in weights.items()}
    return dataclasses.replace(gan, mixture=mixture, weights=weights)


class TestFolder:
    def test_a_loaded_gan_makes_exactly_what_the_saved_one_makes(
        self, gan: SceneGan, train: BeatSet, tmp_path: Path
    ) -> None:
        save_image_gan(tmp_path, gan, card_of("image-gan", gan.options, train))
        loaded, card = load_image_gan(tmp_path)
        assert isinstance(loaded, SceneGan)
        assert (loaded.options, loaded.name, card.kind) == (gan.options, tmp_path.name, "image-gan")
        assert np.array_equal(loaded.sample(5, 1), gan.sample(5, 1))
        assert same(loaded, gan)
        assert np.array_equal(loaded.times_s, gan.times_s)

    def test_a_gan_of_as_many_components_as_there_can_be_takes_five_megabytes_at_most(
        self, gan: SceneGan, train: BeatSet, tmp_path: Path
    ) -> None:
        large = of_most_components(train, gan, 4000)
        save_image_gan(tmp_path, large, card_of("image-gan", OPTIONS, train))
        assert (tmp_path / WEIGHTS).stat().st_size <= MODEL_BYTES
        assert load_image_gan(tmp_path)[0].sample(1, 0).shape == (1, 64, 64)
