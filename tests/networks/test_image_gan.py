"""The image GAN's networks: shapes, and the numpy pass against the torch one."""

import numpy as np
import pytest
import torch

from ecg_core.learning.checkpoint import module_arrays
from ecg_core.networks.image_gan import ImageCritic, ImageGenerator
from ecg_core.networks.image_gan_numpy import N_NOISE, draw_images

KINDS = [(64, 1), (64, 3), (128, 1), (128, 3)]


def generator_of(size: int, channels: int, seed: int = 0) -> ImageGenerator:
    torch.manual_seed(seed)
    return ImageGenerator(size, channels)


def noise_of(n: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(n, N_NOISE, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("size", "channels"), KINDS)
def test_noise_becomes_images_of_the_size_and_channels_asked_for(size: int, channels: int) -> None:
    with torch.no_grad():
        images = generator_of(size, channels)(noise_of(3))
    assert images.shape == (3, channels, size, size)
    assert torch.isfinite(images).all()
    assert not torch.allclose(images[0], images[1], atol=1e-4)


@pytest.mark.parametrize(("size", "channels"), KINDS)
def test_numpy_draws_what_torch_draws(size: int, channels: int) -> None:
    generator = generator_of(size, channels).requires_grad_(False)
    for parameter in generator.parameters():
        parameter.mul_(2)  # at their first size, images are nearly flat
    noise = noise_of(18)  # more than one batch of the numpy pass
    found, expected = draw_images(module_arrays(generator), noise.numpy()), generator(noise).numpy()
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    assert expected.std() > 0.1
    assert np.abs(found - expected).max() < 1e-4 * max(1.0, float(np.abs(expected).max()))


@pytest.mark.parametrize(("size", "channels"), KINDS)
def test_the_critic_gives_one_number_an_image(size: int, channels: int) -> None:
    torch.manual_seed(0)
    critic = ImageCritic(size, channels)
    scores = critic(torch.randn(8, channels, size, size))
    assert scores.shape == (8,)
    assert torch.isfinite(scores).all()
    assert scores.std() > 0


def test_a_critic_told_of_components_begins_by_ignoring_them_and_can_learn_not_to() -> None:
    torch.manual_seed(0)
    critic, images = ImageCritic(n_components=3), torch.randn(8, 1, 64, 64)
    one, other = torch.zeros(8, dtype=torch.int64), torch.arange(8) % 3
    assert torch.equal(critic(images, one), critic(images, other))
    critic(images, other).sum().backward()
    assert critic.component is not None
    assert critic.component.weight.grad is not None
    assert (critic.component.weight.grad.abs().sum(1) > 0).all()
    with torch.no_grad():
        critic.component.weight.normal_()
        scores = critic(images, other)
        assert not torch.equal(critic(images, one), scores)
        assert torch.allclose(critic(images, one)[other == 0], scores[other == 0], atol=1e-5)


@pytest.mark.parametrize("n", [1, 3, 5, 6])
def test_the_critic_takes_a_batch_that_is_no_multiple_of_four(n: int) -> None:
    torch.manual_seed(0)
    assert ImageCritic()(torch.randn(n, 1, 64, 64)).shape == (n,)


def test_the_critic_sees_whether_a_group_is_all_one_image() -> None:
    torch.manual_seed(0)
    critic, images = ImageCritic(), torch.randn(4, 1, 64, 64)
    same = images[:1].expand(4, -1, -1, -1)
    with torch.no_grad():
        assert critic(images)[0] != critic(same)[0]
        assert torch.allclose(critic(same), critic(same)[0])


def test_every_weight_of_both_networks_has_a_slope() -> None:
    generator, critic = generator_of(64, 1), ImageCritic()
    critic(generator(noise_of(4))).sum().backward()
    for network in (generator, critic):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name
            # a bias behind the last layer of the critic moves every score alike: its slope is the number of images
            assert parameter.grad.abs().sum() > 0, name


def test_a_size_that_is_none_is_a_bug() -> None:
    with pytest.raises(KeyError):
        ImageGenerator(100)
