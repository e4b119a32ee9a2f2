"""All leads as one: each weighted by how quiet it is between its beats.

What a lead says is its curve length over that at beats around; what it says between beats is noise (and T waves). Leads
are added with weights 1 / noise^2, as measurements of one thing with independent errors are. Giants are compressed, so
that a spike in one lead does not outvote the others. Noise and level are those of about 20 s, so a lead that becomes
noise for a minute is left out for that minute, and a flat or missing one counts for nothing.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d

from ecg_core.beats.beat_path import beat_path
from ecg_core.beats.qrs_energy import Energy, Floats, local_peaks

APART_S = 0.2  # no two beats are closer: the ventricle is refractory
WEAKEST = 0.1  # of a usual beat: what is smaller is not even a candidate
GIANT = 1.3  # of a usual beat: from here on compressed
NOISE_BINS = 21  # seconds over which noise is measured
LEVEL_BEATS = 21  # beats over which the level is their median
QUIET_FIRST = 0.08  # median over peak below which a lead counts as quiet, before beats are known
QUIET = 0.15  # noise over level below which a lead counts as quiet, once they are
BEAT_REACH_S = 0.15  # to either side of a beat, curve length is the beat's
LOWEST_LEVEL = 0.05  # of the level before beats were known
SILENT = WEAKEST  # a lead that reaches less in a second to either side says nothing there


@dataclass(frozen=True)
class Fusion:
    """Moments that might be beats, and how far the leads can be trusted."""

    moment: npt.NDArray[np.int64]
    """(n,) on the grid of the energy, ascending."""
    strength: npt.NDArray[np.float64]
    """(n,) 1 is a usual beat."""
    noise: Floats
    """(n_seconds,) fused curve length between beats, as a share of a usual beat."""
    weight: Floats
    """(n_leads, n_seconds), they sum to 1 where any lead says anything."""
    beats: npt.NDArray[np.int64]
    """(n_beats,) moments of the beats that noise was measured between."""


def fuse(energy: Energy) -> Fusion:
    """Candidates from all leads together, in two passes: the second knows where beats are, so what noise is."""
    length, rate = energy.length, energy.rate
    first_noise = _median_over_seconds(energy.per_bin(length, "median"), NOISE_BINS)
    moment, strength, _ = _candidates(length, _inverse_square(first_noise, QUIET_FIRST, length, energy), rate)
    beats = moment[beat_path(moment / rate, strength).chosen]
    if not len(beats):
        seconds = length.shape[1] // round(rate)
        nothing = np.zeros((len(length), seconds), np.float32)
        return Fusion(moment, strength, np.ones(seconds, np.float32), nothing, beats)
    level = _level_at(beats, length, rate)
    length = length / level
    between = _between(length, beats, rate)
    noise = np.sqrt(uniform_filter1d(energy.per_bin(between) ** 2, NOISE_BINS, axis=1, mode="reflect"))
    weight = _inverse_square(noise, QUIET, length, energy)
    moment, strength, fused = _candidates(length, weight, rate)
    left = energy.per_bin(_between(fused[None], beats, rate))
    return Fusion(moment, strength, left[0], energy.per_bin(weight, "median"), beats)


def _candidates(
    length: Floats, weight: Floats, rate: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], Floats]:
    compressed = GIANT * np.tanh(length / GIANT)
    fused: Floats = np.einsum("ln,ln->n", compressed, weight)
    moment = local_peaks(fused, round(APART_S * rate))
    moment = moment[fused[moment] > WEAKEST]
    return moment, fused[moment].astype(np.float64), fused


def _inverse_square(noise: Floats, quiet: float, length: Floats, energy: Energy) -> Floats:
    """Weights on the grid from noise a second; 0 where a lead is flat. They sum to 1 over leads, or to 0."""
    n = length.shape[1]
    centre = (np.arange(noise.shape[1]) + 0.5) * round(energy.rate)
    rows = [np.interp(np.arange(n), centre, row) for row in 1 / np.maximum(noise, quiet) ** 2]
    weight: Floats = np.stack(rows).astype(np.float32)
    weight[maximum_filter1d(length, 2 * round(energy.rate) + 1, axis=1) < SILENT] = 0
    total = weight.sum(axis=0)
    shares: Floats = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return shares


def _level_at(beats: npt.NDArray[np.int64], length: Floats, rate: float) -> Floats:
    """Median over beats of each lead's curve length at them, on the grid."""
    largest = maximum_filter1d(length, 2 * round(0.06 * rate) + 1, axis=1)[:, beats]
    around = median_filter(largest, size=(1, LEVEL_BEATS), mode="reflect")
    every = np.arange(length.shape[1])
    level = np.stack([np.interp(every, beats, row) for row in around]).astype(np.float32)
    return np.asarray(np.maximum(level, LOWEST_LEVEL), np.float32)


def _between(length: Floats, beats: npt.NDArray[np.int64], rate: float) -> Floats:
    """The curve length with beats cut out."""
    beat = np.zeros(length.shape[1], bool)
    beat[beats] = True
    near = maximum_filter1d(beat, 2 * round(BEAT_REACH_S * rate) + 1)
    return np.where(near, np.float32(0), length)


def _median_over_seconds(values: Floats, seconds: int) -> Floats:
    found: Floats = median_filter(values, size=(1, seconds), mode="reflect")
    return found
