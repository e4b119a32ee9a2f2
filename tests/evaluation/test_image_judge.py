"""The network that tells two sets of images apart: chance where nothing differs, certain where everything does."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from ecg_core.errors import DataError
from ecg_core.evaluation import image_judge
from ecg_core.evaluation.image_judge import images_auc
from tests.evaluation.made_images import drawn, made_signals

FIRST, SECOND = drawn(made_signals(90, 0)), drawn(made_signals(90, 1))


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_judge, "STEPS", 60)
        yield


def test_two_halves_of_one_kind_are_not_told_apart_and_the_same_seed_says_the_same() -> None:
    before = torch.random.get_rng_state()
    found = images_auc(FIRST, SECOND, 1)
    assert 0.35 < found < 0.65
    assert images_auc(FIRST, SECOND, 1) == found
    assert torch.equal(torch.random.get_rng_state(), before), "nobody else's draws are disturbed"


def test_blurred_images_are_told_apart() -> None:
    blurred = np.stack([gaussian_filter(one.astype(float), 0.7) for one in SECOND]).astype(np.uint8)
    assert images_auc(FIRST, blurred, 1) > 0.9


def test_few_images_are_refused() -> None:
    with pytest.raises(DataError, match="90 and 9 images: at least 10"):
        images_auc(FIRST, SECOND[:9], 1)
