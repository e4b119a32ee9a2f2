"""The shipped GANs: complete, small, reproducible, and not worse than they were, on the real database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core import workspace
from ecg_core.beats.splits import DS1, DS2
from ecg_core.beats.store import load_beats
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.evaluation.fidelity import fidelity_of_class
from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.learning.model_folder import WEIGHTS, load_card
from ecg_core.tasks.fidelity.judging import kept_fidelity
from ecg_core.tasks.fidelity.judging_images import kept_image_fidelity
from ecg_core.tasks.gan.beat_gan import load_gan, parts_of
from ecg_core.tasks.gan.image_model import load_image_gan
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions
from ecg_core.tasks.versions import LIBRARIES

CLASSES = ("S", "V", "F")
NAMES = (*(f"gan-{name}" for name in CLASSES), *(f"image-gan-{name}" for name in CLASSES))
MAX_BYTES = 5_000_000
BEATS = {"S": 943, "V": 3785, "F": 414}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_gan_is_small_and_its_card_says_how_to_make_it_again(name: str) -> None:
    folder = workspace.MODELS / name
    card = load_card(folder)
    assert (folder / WEIGHTS).stat().st_size <= MAX_BYTES
    assert card.split.train == DS1
    assert card.split.test == DS2
    assert card.data.label == "MIT-BIH, 48 records"
    assert card.command.startswith("python -m ecg_core train ")
    assert set(LIBRARIES) <= set(card.versions)
    for path in folder.glob("*.json"):
        assert str(workspace.PROJECT) not in path.read_text(), "where it was made is nobody's business"


@pytest.mark.parametrize("beat_class", CLASSES)
def test_a_shipped_gan_was_trained_with_default_options(beat_class: str) -> None:
    gan, card = load_gan(workspace.MODELS / f"gan-{beat_class}")
    assert gan.options.to_json() == {**GanOptions().to_json(), "beat_class": beat_class}
    assert card.about["beats"] == BEATS[beat_class]


@pytest.mark.parametrize("beat_class", CLASSES)
def test_a_shipped_image_gan_was_trained_with_default_options_and_draws_sharp_strokes_in_two_panels(
    beat_class: str,
) -> None:
    gan, _ = load_image_gan(workspace.MODELS / f"image-gan-{beat_class}")
    assert gan.options.to_json() == {**ImageGanOptions().to_json(), "label": beat_class}
    images = gan.sample(32, 1)
    assert images.shape == (32, 64, 64)
    np.testing.assert_array_equal(images, gan.sample(32, 1))
    ink = 255 - images.astype(float)
    for panel in gan.options.drawing.panels:
        share_of_columns = (ink[:, panel.rows].max(axis=1) > 150).mean()
        assert share_of_columns > 0.98, "a trace should cross every column of either panel"
    assert (ink > 150).mean() < 0.2, "most of an ECG image is ground"
    assert np.unique(images.reshape(32, -1), axis=0).shape[0] == 32


@pytest.mark.parametrize("beat_class", CLASSES)
def test_images_of_a_shipped_gan_were_judged_on_recorded_ones_it_has_not_seen(beat_class: str) -> None:
    found = kept_image_fidelity(workspace.MODELS / f"image-gan-{beat_class}")
    assert found is not None
    assert found.copying_share <= 0.05
    assert at_most(found.distances.two_sample_auc, 0.8)


@pytest.fixture(scope="module")
def rows(mitdb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ClassFidelity]]:
    """Every figure of 2,000 beats of each shipped GAN against the training beats."""
    source = open_folder(mitdb)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(tmp_path_factory.mktemp("home")))
        yield _judged(source)


def _judged(source: DataSource) -> dict[str, ClassFidelity]:
    found = {}
    for name in CLASSES:
        gan, _ = load_gan(workspace.MODELS / f"gan-{name}")
        train = load_beats(source.folder, source.records, gan.config).only(DS1)
        held_out = parts_of(gan.options, train).judged
        found[name] = fidelity_of_class(name, gan.sample(2000, 1), train, None, 1, held_out=held_out)
    return found


@pytest.mark.parametrize("beat_class", ["S", "V"])
def test_shipped_beats_are_as_close_to_recorded_ones_as_was_asked(
    beat_class: str, rows: dict[str, ClassFidelity]
) -> None:
    found, between = rows[beat_class].distances, rows[beat_class].between_patients
    assert at_most(found.mmd, times(1.5, between.mmd))
    assert at_most(found.frechet, times(1.5, between.frechet))


def times(factor: float, figure: float | None) -> float:
    assert figure is not None
    return factor * figure


def at_most(figure: float | None, ceiling: float) -> bool:
    return figure is not None and figure <= ceiling


@pytest.mark.parametrize("beat_class", CLASSES)
def test_shipped_beats_are_no_copies_and_no_worse_than_they_were(
    beat_class: str, rows: dict[str, ClassFidelity]
) -> None:
    row = rows[beat_class]
    assert row.copying_share <= 0.05
    assert not at_most(row.distances.precision, 0.7)
    assert not at_most(row.distances.coverage, 0.6)
    assert at_most(row.distances.two_sample_auc, 0.75)
    assert at_most(row.distances.two_sample_auc_shape, 0.65)


@pytest.mark.parametrize("beat_class", CLASSES)
def test_figures_kept_beside_a_shipped_gan_are_of_its_own_weights_and_name_unseen_patients(beat_class: str) -> None:
    folder = workspace.MODELS / f"gan-{beat_class}"
    kept = kept_fidelity(folder, replace(load_card(folder), figures={}))
    assert kept is not None
    assert kept.unseen is not None
    assert kept.unseen.n > 300
    assert kept.use is not None
    assert kept.use.trtr_macro_f1 > 0.4
