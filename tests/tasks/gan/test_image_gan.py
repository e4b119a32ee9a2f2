"""An image GAN trains on drawn beats, grey and in colour, repeats itself, and survives its folder."""

import dataclasses
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
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.errors import ModelError, RunError
from ecg_core.files import read_json, write_json
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint
from ecg_core.learning.loop import Stopped
from ecg_core.learning.model_folder import CARD, WEIGHTS
from ecg_core.learning.monitor import Monitor
from ecg_core.tasks.gan import image_gan, image_gan_fit
from ecg_core.tasks.gan import loop as gan_loop
from ecg_core.tasks.gan.image_gan import Images, PixelGan, from_ink, to_ink
from ecg_core.tasks.gan.image_gan_fit import fit_image_gan
from ecg_core.tasks.gan.image_model import load_image_gan, save_image_gan
from ecg_core.tasks.gan.options import FEWEST_IMAGES, ImageGanOptions
from tests.learning.cards import card_of, put_weights

PLAIN = ImageGanOptions(label="V", size=64, ground="plain", epochs=1, batch_size=8)
PAPER = dataclasses.replace(PLAIN, ground="paper")


@pytest.fixture(scope="module", autouse=True)
def short_epochs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (gan_loop, image_gan_fit):
            patch.setattr(module, "STEPS_PER_EPOCH", 2)
        yield


def drawn(beats: BeatSet, options: ImageGanOptions, n: int = FEWEST_IMAGES) -> Images:
    rows = np.flatnonzero((beats.table["beat_class"] == options.label).to_numpy())[:n]
    signals = np.asarray(beats.signals[rows])
    return draw_beats(signals, beats.config.times_s, ImageConfig(options.size, options.ground, options.leads))


@pytest.fixture(scope="module")
def plain(simulated_beats: BeatSet) -> Images:
    return drawn(simulated_beats, PLAIN)


@pytest.fixture(scope="module")
def gan(plain: Images) -> PixelGan:
    return fit_image_gan(PLAIN, plain, "an image gan")


def same(a: PixelGan, b: PixelGan) -> bool:
    return set(a.weights) == set(b.weights) and all(np.array_equal(a.weights[k], b.weights[k]) for k in a.weights)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 4), st.integers(1, 9), st.sampled_from([(), (3,)]), st.data())
def test_every_image_comes_back_from_ink_exactly(
    n: int, side: int, channels: tuple[int, ...], data: st.DataObject
) -> None:
    images = data.draw(hnp.arrays(np.uint8, (n, side, side, *channels)))
    ink = to_ink(images)
    assert ink.shape == (n, 3 if channels else 1, side, side)
    assert ink.dtype == np.float32
    assert ink.size == 0 or (ink.min() >= -1 and ink.max() <= 1)
    assert np.array_equal(from_ink(ink), images)
    assert from_ink(ink).dtype == np.uint8


def test_every_shade_comes_back_from_ink_and_white_is_the_ground() -> None:
    shades = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(from_ink(to_ink(shades)), shades)
    assert (to_ink(shades)[0, 0, 0, 0], to_ink(shades)[0, 0, -1, -1]) == (1, -1)


def test_ink_beyond_black_and_white_is_clipped() -> None:
    ink = np.array([[[[-7.0, 7.0]]]], np.float32)
    assert from_ink(ink).tolist() == [[[255, 0]]]


def test_the_same_number_and_seed_give_the_same_images_and_another_seed_others(gan: PixelGan) -> None:
    one = gan.sample(5, 3)
    assert one.shape == (5, 64, 64)
    assert one.dtype == np.uint8
    assert np.array_equal(gan.sample(5, 3), one)
    assert not np.array_equal(gan.sample(5, 4), one)
    assert len(np.unique(one.reshape(5, -1), axis=0)) == 5


def test_a_seed_reproduces_every_weight_and_another_seed_does_not(gan: PixelGan, plain: Images) -> None:
    assert same(fit_image_gan(PLAIN, plain, "x"), gan)
    assert not same(fit_image_gan(dataclasses.replace(PLAIN, seed=1), plain, "x"), gan)


def test_other_images_make_another_gan(gan: PixelGan, plain: Images) -> None:
    assert not same(fit_image_gan(PLAIN, plain[:, ::-1].copy(), "x"), gan)


def test_images_on_paper_are_learned_in_colour(simulated_beats: BeatSet) -> None:
    images = drawn(simulated_beats, PAPER)
    assert images.shape == (FEWEST_IMAGES, 64, 64, 3)
    made = fit_image_gan(PAPER, images, "in colour").sample(2, 0)
    assert made.shape == (2, 64, 64, 3)
    assert made.dtype == np.uint8


def test_images_of_128_pixels_are_learned(simulated_beats: BeatSet) -> None:
    options = dataclasses.replace(PLAIN, size=128, leads="first")
    assert fit_image_gan(options, drawn(simulated_beats, options), "large").sample(1, 0).shape == (1, 128, 128)


def test_too_few_images_are_refused_with_their_number(plain: Images) -> None:
    with pytest.raises(RunError) as caught:
        fit_image_gan(PLAIN, plain[:99], "x")
    assert str(caught.value) == (
        "Class V: 99 images to train on, at least 100 are needed to learn from. Choose another class or more records."
    )


@pytest.mark.parametrize("n", [0, -1, image_gan.MOST_IMAGES + 1])
def test_a_number_out_of_range_is_refused(gan: PixelGan, n: int) -> None:
    with pytest.raises(RunError) as caught:
        gan.sample(n, 0)
    assert str(caught.value) == f"{n} synthetic images asked for: choose 1 to 10,000."


class Listener(Monitor):
    """Keeps checkpoints and frames, and goes on from the checkpoint it was made with."""

    def __init__(self, resume: Checkpoint | None = None) -> None:
        self.resume = resume
        self.kept: list[Checkpoint] = []
        self.frames: dict[int, npt.NDArray[Any]] = {}

    def frame(self, epoch: int, samples: npt.NDArray[np.generic]) -> None:
        self.frames[epoch] = samples

    def save(self, checkpoint: Checkpoint) -> None:
        self.kept.append(checkpoint)

    def should_stop(self) -> bool:
        return self.resume is None and len(self.kept) == 1

    def load(self) -> Checkpoint | None:
        return self.resume


def test_a_training_that_was_stopped_and_goes_on_learns_what_an_unbroken_one_learns(plain: Images) -> None:
    options = dataclasses.replace(PLAIN, epochs=2)
    first = Listener()
    with pytest.raises(Stopped):
        fit_image_gan(options, plain, "x", first)
    second = Listener(first.kept[-1])
    assert same(fit_image_gan(options, plain, "x", second), fit_image_gan(options, plain, "x"))
    assert [one.values for one in (*first.kept, *second.kept)] == [{"done": 1}, {"done": 2}]
    assert (set(first.frames), set(second.frames)) == ({0, 1}, {2})
    assert second.frames[2].shape == (16, 64, 64)
    assert second.frames[2].dtype == np.uint8


@pytest.fixture
def model(tmp_path: Path, gan: PixelGan) -> Path:
    save_image_gan(tmp_path / "images", gan, card_of("image-gan", gan.options))
    return tmp_path / "images"


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_image_gan(folder)
    return str(caught.value)


def test_a_loaded_gan_draws_exactly_what_the_saved_one_draws(model: Path, gan: PixelGan) -> None:
    loaded, card = load_image_gan(model)
    assert same(loaded, gan)
    assert (loaded.options, loaded.name, card.kind) == (gan.options, "images", "image-gan")
    assert load_image_gan(model, "of V")[0].name == "of V"
    assert np.array_equal(loaded.sample(3, 1), gan.sample(3, 1))
    assert (model / WEIGHTS).stat().st_size <= 5_000_000


def test_a_missing_a_damaged_and_another_model_are_refused(model: Path, tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path} holds no model: there is no card.json in it."
    card = read_json(model / CARD)
    write_json(model / CARD, {**card, "kind": "gan"})
    assert refused(model) == f"{model} holds a model of kind 'gan', expected 'image-gan'."
    write_json(model / CARD, {"kind": "image-gan"})
    assert refused(model).startswith(f"{model / CARD} is damaged: Object missing required field")
    write_json(model / CARD, {**card, "options": {"size": 100}})
    assert refused(model) == f"The model in {model} is incomplete or damaged (size is 100: choose one of 64, 128.)."
    write_json(model / CARD, card)
    stored = read_checkpoint(model / WEIGHTS)
    put_weights(model, Checkpoint({"other": np.ones(2)}, stored.values))
    assert refused(model) == f"The model in {model} is incomplete or damaged ('first.weight')."
    (model / WEIGHTS).write_bytes(b"\xff" * 100)
    assert refused(model).startswith(f"The model in {model} is incomplete or damaged ({WEIGHTS} is damaged (")
