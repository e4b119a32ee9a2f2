"""Sampling in numpy: batches are put together in order, nothing given is changed, and torch stays unimported.

That numpy draws what torch draws is asked in `test_beat_gan` and `test_image_gan`.
"""

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.networks import gan_inference
from ecg_core.networks.gan_inference import Array, Weights, add_to_beats, draw_images
from ecg_core.workspace import PROJECT

LEADS, POINTS, COMPONENTS = 2, 24, 3


def random(rng: np.random.Generator, *shape: int) -> Array:
    return rng.normal(0, 0.2, shape).astype(np.float32)


def weights_of_beats() -> Weights:
    rng = np.random.default_rng(0)
    width, context, patches = 48, 16 + 16 + 4, 4 * LEADS
    shapes: dict[str, tuple[int, ...]] = {
        "modulate": (2 * width, context), "first": (width, patches, 5), "second": (width, width, 5),
        "third": (width, width, 5), "last": (patches, width, 3), "rhythm": (32, context), "rhythm_last": (4, 32),
    }  # fmt: skip
    found = {f"{name}.weight": random(rng, *shape) for name, shape in shapes.items()}
    found |= {f"{name}.bias": random(rng, shape[0]) for name, shape in shapes.items()}
    return found | {"component.weight": random(rng, COMPONENTS, 16), "filter": np.full(21, 1 / 21, np.float32)}


def beats_to_add_to(n: int) -> tuple[Array, Array, npt.NDArray[np.int64], Array]:
    rng = np.random.default_rng(1)
    return random(rng, n, LEADS, POINTS), random(rng, n, 4), rng.integers(0, COMPONENTS, n), random(rng, n, 16)


def weights_of_images() -> Weights:
    rng = np.random.default_rng(2)
    found = {"first.weight": random(rng, 6 * 16, 64), "first.bias": random(rng, 6 * 16)}
    for k, (a, b) in enumerate(((6, 5), (5, 4))):
        found |= {f"stages.{k}.weight": random(rng, b, a, 3, 3), f"stages.{k}.bias": random(rng, b)}
    return found | {"last.weight": random(rng, 1, 4, 3, 3), "last.bias": random(rng, 1)}


def test_beats_in_batches_are_the_beats_of_one_batch_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, given = weights_of_beats(), beats_to_add_to(50)
    before = beats_to_add_to(50)
    whole = add_to_beats(weights, *given)
    monkeypatch.setattr(gan_inference, "BEATS_AT_ONCE", 7)
    parts = add_to_beats(weights, *given)
    for one, other in zip(whole, parts, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.dtype == np.float32
        assert np.allclose(one, other, atol=1e-5)
    assert all(np.array_equal(a, b) for a, b in zip(given[:2] + given[3:], before[:2] + before[3:], strict=True))
    assert np.array_equal(given[2], before[2])
    assert not np.allclose(whole[0], given[0], atol=1e-3)
    assert not np.allclose(whole[1], given[1], atol=1e-3)


def test_the_component_and_the_noise_both_change_what_is_added() -> None:
    weights, (start, rhythm, component, noise) = weights_of_beats(), beats_to_add_to(6)
    usual = add_to_beats(weights, start, rhythm, component, noise)
    for other in (add_to_beats(weights, start, rhythm, (component + 1) % COMPONENTS, noise),
                  add_to_beats(weights, start, rhythm, component, noise + 1)):  # fmt: skip
        assert not np.allclose(usual[0], other[0], atol=1e-4)
        assert not np.allclose(usual[1], other[1], atol=1e-4)


def test_images_in_batches_are_the_images_of_one_batch_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, noise = weights_of_images(), random(np.random.default_rng(3), 9, 64)
    before = noise.copy()
    whole = draw_images(weights, noise)
    assert whole.shape == (9, 1, 16, 16)  # 4 pixels, doubled twice
    assert whole.dtype == np.float32
    monkeypatch.setattr(gan_inference, "IMAGES_AT_ONCE", 2)
    assert np.allclose(draw_images(weights, noise), whole, atol=1e-5)
    assert np.array_equal(noise, before)
    assert not np.allclose(whole[0], whole[1], atol=1e-4)


def test_the_order_of_the_arrays_in_a_file_plays_no_part() -> None:
    weights, noise = weights_of_images(), random(np.random.default_rng(3), 3, 64)
    turned = dict(sorted(weights.items(), reverse=True))
    assert np.array_equal(draw_images(turned, noise), draw_images(weights, noise))


@pytest.mark.parametrize("module", ["ecg_core.tasks.gan.beat_gan", "ecg_core.tasks.gan.image_gan"])
def test_what_a_page_samples_with_does_not_import_torch(module: str) -> None:
    program = f"import sys, {module}\nassert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
