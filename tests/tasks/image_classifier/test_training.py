"""Which image GANs an image classifier takes: those that make images as it sees them, of the classes it tells apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core import workspace
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.scenes import scenes
from ecg_core.beats.splits import split_of
from ecg_core.data.sources import open_folder
from ecg_core.errors import ModelError
from ecg_core.files import read_json, write_json
from ecg_core.learning.model_folder import CARD
from ecg_core.tasks.gan.image_model import save_image_gan
from ecg_core.tasks.gan.mixture import fit_mixture
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.gan.scene_gan import SceneGan, SceneScaler
from ecg_core.tasks.image_classifier import training
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.image_classifier.training import check, drawn, synthetic_images
from ecg_core.tasks.material import Recordings
from tests.learning.cards import card_of

PLACE = "20261122-072215530-image-gan-26a1"


@pytest.fixture(scope="module")
def recordings(simulated: Path) -> Recordings:
    return Recordings.of(open_folder(simulated))


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


def gan_of_a_run(train: BeatSet, **changes: Any) -> Path:
    """The folder of a run whose GAN is a mixture of V beats without a network."""
    place = workspace.runs_folder() / PLACE
    options = replace(ImageGanOptions(label="V"), **changes)
    shown = scenes(train, train.rows_of("V"), options.form)
    scaler = SceneScaler.fit(shown)
    mixture = fit_mixture(scaler.encode(shown), 40, 0)
    gan = SceneGan(options, {}, place.name, scaler, mixture, shown.times_s)
    place.mkdir(parents=True)
    save_image_gan(place, gan, card_of("image-gan", options, train))
    return place


def with_gan(**changes: Any) -> ImageClassifierOptions:
    return replace(ImageClassifierOptions(added="gan", gans=PLACE), **changes)


def refused(recordings: Recordings, options: ImageClassifierOptions) -> str:
    with pytest.raises(ModelError) as caught:
        check(recordings, options)
    return str(caught.value)


def test_a_gan_of_the_same_form_is_taken_and_its_images_are_of_its_class(
    recordings: Recordings, train: BeatSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    gan_of_a_run(train)
    options = check(recordings, with_gan())
    monkeypatch.setattr(training, "SAMPLED", 5)
    images, labels = synthetic_images(options)
    assert images.shape == (5, 64, 64)
    assert [options.names[k] for k in labels] == ["V"] * 5


@pytest.mark.parametrize(("of_gan", "of_classifier"), [("beat", "context"), ("context", "beat"), ("usual", "context")])
def test_a_gan_of_another_form_is_refused_and_both_forms_are_named(
    recordings: Recordings, train: BeatSet, of_gan: str, of_classifier: str
) -> None:
    gan_of_a_run(train, form=of_gan)
    assert refused(recordings, with_gan(form=of_classifier)) == (
        f"{PLACE} makes images with form {of_gan}, these have {of_classifier}: choose the same form for both."
    )


@pytest.mark.parametrize(("name", "value"), [("ground", "paper"), ("leads", "first"), ("size", 128)])
def test_a_gan_that_draws_otherwise_is_refused(recordings: Recordings, train: BeatSet, name: str, value: Any) -> None:
    gan_of_a_run(train, **{name: value})
    assert f"makes images with {name} {value}, these have " in refused(recordings, with_gan())


def test_a_gan_from_before_there_were_forms_makes_the_beat_alone(recordings: Recordings, train: BeatSet) -> None:
    place = gan_of_a_run(train, form="beat")
    card = read_json(place / CARD)
    before = {name: value for name, value in card["options"].items() if name not in ("form", "held_out")}
    write_json(place / CARD, {**card, "options": before})
    assert "with form beat, these have context" in refused(recordings, with_gan())
    assert check(recordings, with_gan(form="beat")).gans == PLACE


def test_beats_are_drawn_as_the_options_say_in_whatever_parts(train: BeatSet, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.concatenate([train.rows_of("V")[:7], train.rows_of("N")[:6]])
    options = ImageClassifierOptions(ground="paper")
    expected = draw_rows(train, rows, options.drawing)
    monkeypatch.setattr(training, "DRAWN_AT_ONCE", 4)
    assert np.array_equal(drawn(train, rows, options), expected)
