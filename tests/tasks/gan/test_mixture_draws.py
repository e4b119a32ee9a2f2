"""What a training draws from a mixture is what is drawn from it afterwards, near the rows it is compared with."""

import numpy as np
import torch

from ecg_core.tasks.gan.mixture import BLUR, SHARP, fit_mixture
from ecg_core.tasks.gan.mixture_draws import MixtureDraws


def rows_of_two_forms(n: int = 120) -> np.ndarray:
    x = np.random.default_rng(0).normal(size=(n, 12)).astype(np.float32)
    x[n // 2 :] += 20
    return x


def test_a_draw_near_a_row_is_of_its_component_with_its_leading_coordinates_blurred() -> None:
    mixture = fit_mixture(rows_of_two_forms(), 60, 0)
    rows = torch.tensor([3, 100, 3, 60])
    torch.manual_seed(1)
    points, component = MixtureDraws(mixture).near(rows)
    torch.manual_seed(1)
    z = torch.randn(4, mixture.rank).numpy()
    z[:, :4] = SHARP * mixture.leading[rows.numpy()] + BLUR * z[:, :4]
    assert component.tolist() == mixture.component[rows.numpy()].tolist()
    assert len(set(component.tolist())) == 2
    assert np.allclose(points.numpy(), mixture.at(component.numpy(), z), atol=1e-4)


def test_draws_near_all_rows_are_spread_as_draws_from_the_mixture_are() -> None:
    mixture = fit_mixture(rows_of_two_forms(), 60, 0)
    torch.manual_seed(0)
    near = MixtureDraws(mixture).near(torch.randint(120, (8000,)))[0].numpy()
    drawn = mixture.at(*mixture.draw(8000, np.random.default_rng(0)))
    assert np.allclose(near.mean(axis=0), drawn.mean(axis=0), atol=0.6)
    assert np.allclose(near.std(axis=0), drawn.std(axis=0), rtol=0.05)
