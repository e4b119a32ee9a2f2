"""Planted images: recorded ones passed off, blurred, copied, with gaps, of another class."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.ndimage import gaussian_filter

from ecg_core.errors import DataError
from ecg_core.evaluation import image_fidelity as judging
from ecg_core.evaluation import image_judge, image_tstr
from ecg_core.evaluation.image_fidelity import image_fidelity
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity
from ecg_core.evaluation.image_set import RecordedImages
from tests.evaluation.made_images import GEOMETRY, drawn, made_images, made_signals, together

NORMAL = made_images(150, 1, beat_class="N", width_s=0.015)
TRAIN = together(made_images(240, 0), NORMAL)
UNSEEN = together(made_images(100, 5, 4), made_images(100, 6, 4, "N", 0.015))
UNSEEN = replace(UNSEEN, patient=np.char.add("other", UNSEEN.patient))
NEW = drawn(made_signals(150, 11, width_s=0.04))


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "DRAWS", 2)
        patch.setattr(image_judge, "STEPS", 120)
        patch.setattr(judging, "TRACE_DRAWS", 1)
        patch.setattr(image_tstr, "REPEATS", 1)
        patch.setattr(image_tstr, "TREES", 10)
        yield


def judged(
    synthetic: npt.NDArray[np.uint8], train: RecordedImages = TRAIN, unseen: RecordedImages | None = None
) -> ImageClassFidelity:
    return image_fidelity("V", synthetic, train, unseen, GEOMETRY, 1)


def without_network(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(judging, "NETWORK_DRAWS", 0)


def test_images_of_the_same_kind_pass_for_recorded_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network(monkeypatch)
    steps: list[tuple[int, int]] = []
    found = image_fidelity("V", NEW, TRAIN, UNSEEN, GEOMETRY, 1, lambda done, of: steps.append((done, of)))
    assert steps == [(k, 7) for k in range(1, 8)]
    near, floor = found.distances, found.floor
    assert near.two_sample_auc_trace == pytest.approx(0.5, abs=0.15)
    assert None not in (near.mmd, floor.mmd, found.between_patients.mmd, floor.frechet, near.frechet)
    assert near.frechet < 2 * floor.frechet  # type: ignore[operator]
    assert near.coverage > 0.8  # type: ignore[operator]
    assert found.copying_share < 0.15
    assert found.sharpness.interrupted == found.sharpness_recorded.interrupted == 0
    assert {one.name: one.ks < 0.25 for one in found.trace} == {"r_mv": True, "qrs_ms": True}
    assert found.use is not None
    assert found.use.tstr_f1 == pytest.approx(found.use.trtr_f1, abs=0.1)
    assert found.unseen is not None
    assert found.unseen.records == ("r0", "r1", "r2", "r3")
    assert found.unseen.distances.two_sample_auc_trace == pytest.approx(0.5, abs=0.2)
    assert (found.n_synthetic, found.n_train, found.n_compared) == (150, 240, 120)
    assert found.note == "The generator has learned from all the images that distances are to."
    assert ImageClassFidelity.from_json(found.to_json(), "figures") == found


def test_blurred_images_are_told_apart_and_hazy() -> None:
    few = RecordedImages(TRAIN.images[:80], TRAIN.beat_class[:80], TRAIN.record[:80], TRAIN.patient[:80])
    found = judged(np.stack([gaussian_filter(one.astype(float), 0.8) for one in NEW[:80]]).astype(np.uint8), few)
    assert found.distances.two_sample_auc is not None
    assert found.distances.two_sample_auc > 0.9
    assert found.sharpness.grey > 1.4 * found.sharpness_recorded.grey


def test_images_of_another_class_are_far_and_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network(monkeypatch)
    found = judged(NORMAL.images, unseen=UNSEEN)
    near, between = found.distances, found.between_patients
    assert near.mmd > 5 * between.mmd  # type: ignore[operator]
    assert near.two_sample_auc is None
    assert near.two_sample_auc_trace is not None
    assert near.two_sample_auc_trace > 0.95
    widths = {one.name: one for one in found.trace}["qrs_ms"]
    assert widths.ks > 0.8
    assert widths.ks_between_patients is not None
    assert widths.ks_between_patients < 0.3
    assert found.use is not None
    assert found.use.tstr_f1 is not None
    assert found.use.trtr_f1 is not None
    assert found.use.tstr_f1 < 0.7 * found.use.trtr_f1


def test_copies_are_found_among_the_images_the_generator_has_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network(monkeypatch)
    seen = np.arange(len(TRAIN)) % 2 == 0
    marked = replace(TRAIN, seen=seen)
    rows = TRAIN.rows_of("V")
    found = judged(TRAIN.images[rows[seen[rows]]], marked)
    assert found.copying_share == 1
    assert found.n_reference == 120
    assert found.note == "Distances are to the 120 training images the generator has not learned from."
    assert judged(TRAIN.images[rows[~seen[rows]]], marked).copying_share < 0.2, "it has not seen these"


def test_too_few_held_out_images_are_told_of_and_all_are_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network(monkeypatch)
    found = judged(NEW, replace(TRAIN, seen=np.arange(len(TRAIN)) >= 49))
    assert found.n_reference == 240
    assert found.note == "The generator has learned from all but 49 of the images that distances are to."


def test_gaps_in_the_strokes_show(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network(monkeypatch)
    images = NEW.copy()
    images[:, :, 20:24] = 255
    assert judged(images).sharpness.interrupted == pytest.approx(4 / 64)


def test_images_of_nobody_in_an_unknown_form_have_neither_patients_nor_a_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_network(monkeypatch)
    nobody = np.full(len(TRAIN), "")
    found = image_fidelity("V", NEW, replace(TRAIN, record=nobody, patient=nobody), None, None, 1)
    assert found.between_patients.mmd is None
    assert found.distances.mmd is not None
    assert found.distances.two_sample_auc_trace is None
    assert found.trace == ()
    assert found.note.startswith("Nobody says whose these images are")


def test_the_same_seed_gives_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network(monkeypatch)
    assert judged(NEW) == judged(NEW)


@pytest.mark.parametrize(
    ("synthetic", "label", "message"),
    [
        (NEW[:9], "V", "9 synthetic images of class V, at least 10 are needed."),
        (NEW, "F", "Class F has 0 recorded images in the training records, at least 20 are needed"),
        (NEW[:, :32], "V", r"Synthetic images of shape \(32, 64\) cannot be judged by recorded ones of \(64, 64\)"),
    ],
)
def test_what_cannot_be_judged_is_refused(synthetic: npt.NDArray[np.uint8], label: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        image_fidelity(label, synthetic, TRAIN, None, GEOMETRY, 1)
