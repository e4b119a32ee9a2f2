"""The beat GAN's networks: shapes, what is added and what never is, chance, texture, and numpy against torch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ecg_core.learning.checkpoint import module_arrays
from ecg_core.networks.beat_gan import (
    LARGEST_SHIFT,
    BeatCritic,
    BeatGenerator,
    Texture,
    band_edges,
    by_chance,
    from_patches,
    low_pass,
    n_textures,
    to_patches,
)
from ecg_core.networks.beat_gan_numpy import N_NOISE, N_RHYTHM, add_to_beats

FS = 180.0
LEADS, POINTS, COMPONENTS = 2, 144, 5
Given = tuple[Tensor, Tensor, Tensor, Tensor]


def random_generator(seed: int = 0, leads: int = LEADS, size: float = 0.1) -> BeatGenerator:
    """With weights as a trained one's: none of them zero."""
    torch.manual_seed(seed)
    generator = BeatGenerator(leads, COMPONENTS).requires_grad_(False)
    for parameter in generator.parameters():
        parameter.copy_(size * torch.randn_like(parameter))
    return generator


def given_of(n: int, leads: int = LEADS, points: int = POINTS, seed: int = 1) -> Given:
    rng = torch.Generator().manual_seed(seed)
    start = torch.randn(n, leads, points, generator=rng).cumsum(2) / 5
    rhythm, noise = (torch.randn(n, k, generator=rng) for k in (N_RHYTHM, N_NOISE))
    return start, rhythm, torch.randint(COMPONENTS, (n,), generator=rng), noise


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 5), st.integers(1, 3), st.integers(1, 40))
def test_patches_are_taken_back_and_keep_neighbours_together(b: int, leads: int, length: int) -> None:
    x = torch.arange(b * leads * length * 4, dtype=torch.float32).reshape(b, leads, length * 4)
    patches = to_patches(x)
    assert patches.shape == (b, 4 * leads, length)
    assert torch.equal(from_patches(patches, leads), x)
    for lead in range(leads):
        assert torch.equal(patches[:, 4 * lead : 4 * lead + 4, -1], x[:, lead, -4:])


def test_the_untrained_generator_adds_exactly_nothing() -> None:
    torch.manual_seed(0)
    generator, given_ = BeatGenerator(LEADS, COMPONENTS), given_of(9)
    beats, rhythm = generator(*given_)
    assert torch.equal(beats, given_[0])
    assert torch.equal(rhythm, given_[1])
    assert not torch.equal(random_generator()(*given_)[0], given_[0])


def test_the_untrained_generator_can_learn_at_its_first_step() -> None:
    generator, given_ = BeatGenerator(LEADS, COMPONENTS), given_of(8)
    beats, rhythm = generator(*given_)
    (beats.square().sum() + rhythm.square().sum()).backward()
    for layer in (generator.last, generator.rhythm_last):
        assert layer.weight.grad is not None
        assert layer.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("leads", [1, 2, 3])
@pytest.mark.parametrize("points", [24, 144, 200])
def test_beats_and_rhythm_keep_their_shape(leads: int, points: int) -> None:
    beats, rhythm = random_generator(leads=leads)(*given_of(3, leads, points))
    assert beats.shape == (3, leads, points)
    assert rhythm.shape == (3, N_RHYTHM)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([(1, 24), (2, 144), (3, 48)]), st.integers(1, 20))
def test_numpy_adds_what_torch_adds(seed: int, shape: tuple[int, int], n: int) -> None:
    generator, given_ = random_generator(seed, shape[0]), given_of(n, *shape, seed=seed)
    weights = module_arrays(generator) | {"filter": low_pass()}
    found = add_to_beats(weights, *(one.numpy() for one in given_))
    expected = [one.numpy() for one in generator(*given_)]
    for one, other, start in zip(found, expected, given_[:2], strict=True):
        assert one.shape == other.shape
        assert one.dtype == np.float32
        assert np.abs(other - start.numpy()).max() > 1e-3
        assert np.abs(one - other).max() < 1e-4


def share_above(signals: Tensor, hz: float) -> float:
    """Share of the energy above a frequency; the mean and what a cut at the beat's ends adds are taken out."""
    window = torch.hann_window(signals.shape[2], periodic=False)
    energy = torch.fft.rfft((signals - signals.mean(2, keepdim=True)) * window, dim=2).abs().square().sum((0, 1))
    above = torch.fft.rfftfreq(signals.shape[2], 1 / FS) > hz
    return float(energy[above].sum() / energy.sum())


@pytest.mark.parametrize("seed", range(3))
def test_what_is_added_has_next_to_no_energy_above_45_hz(seed: int) -> None:
    generator, given_ = random_generator(seed), given_of(64)
    added = generator(*given_)[0] - given_[0]
    assert added.std() > 1e-3
    assert share_above(added, 45.0) < 0.06  # patches of four points leave a trace at 45 Hz itself, here 22 dB lower
    assert share_above(added, 50.0) < 0.001
    generator.filter = torch.zeros_like(generator.filter)
    generator.filter[..., generator.filter.shape[2] // 2] = 1.0  # lets everything through
    assert share_above(generator(*given_)[0] - given_[0], 50.0) > 0.1  # so the filter has something to take away


def test_the_filter_keeps_the_level_and_is_no_part_of_the_state() -> None:
    taps = low_pass()
    assert abs(taps.sum() - 1) < 1e-6
    assert np.allclose(taps, taps[::-1])  # symmetric: it moves nothing in time
    assert "filter" not in random_generator().state_dict()


def critic_and_items(n: int) -> tuple[BeatCritic, tuple[Tensor, Tensor, Tensor, Tensor]]:
    torch.manual_seed(0)
    beats, rhythm, component, _ = given_of(n)
    return BeatCritic(LEADS, POINTS, COMPONENTS), (beats, rhythm, torch.randn(n, n_textures(LEADS, POINTS)), component)


@pytest.mark.parametrize("n", [1, 5, 8, 13, 16])
def test_the_critic_gives_one_number_a_beat_whatever_the_size_of_the_batch(n: int) -> None:
    critic, items = critic_and_items(n)
    scores = critic(*items)
    assert scores.shape == (n,)
    assert torch.isfinite(scores).all()


@pytest.mark.parametrize("points", [24, 100, 144, 180])
def test_the_critic_fits_beats_of_other_lengths(points: int) -> None:
    critic, component = BeatCritic(1, points, 1), torch.zeros(4, dtype=torch.int64)
    textures = torch.randn(4, n_textures(1, points))
    assert critic(torch.randn(4, 1, points), torch.randn(4, 4), textures, component).shape == (4,)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_critic_looks_at_beats_rhythm_and_texture(which: int) -> None:
    critic, items = critic_and_items(8)
    watched = tuple(one.clone().requires_grad_() for one in items[:3])
    slope = torch.autograd.grad(critic(*watched, items[3]).sum(), watched)[which]
    assert torch.isfinite(slope).all()
    assert (slope.flatten(1).abs().sum(1) > 0).all()


def test_the_critic_starts_without_regard_to_the_component_and_can_learn_it() -> None:
    critic, (beats, rhythm, textures, component) = critic_and_items(8)
    other = (component + 1) % COMPONENTS
    torch.manual_seed(1)
    before = critic(beats, rhythm, textures, component)
    torch.manual_seed(1)
    assert torch.equal(critic(beats, rhythm, textures, other), before)
    before.sum().backward()
    assert critic.component.weight.grad is not None
    assert critic.component.weight.grad[component].abs().sum() > 0


def test_what_is_added_has_no_part_in_the_directions_it_must_leave_alone_in_torch_and_numpy() -> None:
    read, _ = torch.linalg.qr(torch.randn(LEADS * POINTS, 6))
    shape = (read.T.contiguous() * 2, read.T.contiguous() / 2)  # other units to read by than to write with
    generator, given_ = random_generator(), given_of(9)
    generator.shape = shape
    beats, _ = generator(*given_)
    added = (beats - given_[0]).flatten(1)
    assert added.std() > 1e-3
    assert (added @ read).abs().max() < 1e-5 * added.abs().max() * POINTS
    weights = module_arrays(generator) | {"filter": low_pass()}
    weights |= {"shape.read": shape[0].numpy(), "shape.write": shape[1].numpy()}
    found, _ = add_to_beats(weights, *(one.numpy() for one in given_))
    assert np.abs(found - beats.numpy()).max() < 1e-4
    assert add_to_beats(weights, *(one[:0].numpy() for one in given_))[0].shape == (0, LEADS, POINTS)


def test_chance_keeps_the_shape_and_gives_something_else_each_time() -> None:
    torch.manual_seed(0)
    beats = given_of(6)[0]
    before = beats.clone()
    first, second = by_chance(beats), by_chance(beats)
    assert first.shape == second.shape == beats.shape
    assert not torch.equal(first, second)
    assert torch.equal(beats, before)
    torch.manual_seed(0)
    assert torch.equal(by_chance(beats), first)


def test_chance_moves_all_leads_alike_by_six_points_at_most_and_inverts_about_half_of_them() -> None:
    torch.manual_seed(0)
    beats = torch.zeros(500, LEADS, POINTS)
    beats[:, :, 72] = 1.0
    found = by_chance(beats)
    assert ((found != 0).sum(2) == 1).all()
    at = found.abs().argmax(2)
    assert torch.equal(at[:, 0], at[:, 1])
    assert set((at[:, 0] - 72).tolist()) == set(range(-LARGEST_SHIFT, LARGEST_SHIFT + 1))
    height = found.sum(2)
    assert 0.4 < (height < 0).float().mean() < 0.6
    assert (height[:, 0].sign() != height[:, 1].sign()).any()
    assert 0.1 < height.abs().log().std() < 0.2


def test_texture_is_standardised_by_its_training_beats() -> None:
    training = given_of(200)[0]
    texture = Texture(training)
    found = texture(training)
    assert found.shape == (200, n_textures(LEADS, POINTS))
    assert torch.allclose(found.mean(0), torch.zeros(found.shape[1]), atol=1e-4)
    assert torch.allclose(found.std(0), torch.ones(found.shape[1]), atol=1e-3)
    rough = texture(training + 0.2 * torch.randn(training.shape))
    assert rough.mean() > 1  # in units of the training beats' spread
    assert texture(training[:3]).shape == (3, found.shape[1])
    assert torch.allclose(texture(training[:3]), found[:3], atol=1e-4)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 3), st.integers(4, 60))
def test_the_number_of_textures_is_that_of_the_texture(leads: int, quarter: int) -> None:
    training = torch.randn(5, leads, 4 * quarter)
    assert Texture(training)(training).shape == (5, n_textures(leads, 4 * quarter))
    edges = band_edges(4 * quarter)
    assert edges == sorted(set(edges))
    assert (edges[0], edges[-1]) == (1, 2 * quarter + 1)


def test_the_texture_of_a_flat_beat_is_a_number_with_a_slope() -> None:
    texture = Texture(given_of(50)[0])
    flat = torch.zeros(2, LEADS, POINTS, requires_grad=True)
    found = texture(flat)
    assert torch.isfinite(found).all()
    (slope,) = torch.autograd.grad(found.sum(), flat)
    assert torch.isfinite(slope).all()
