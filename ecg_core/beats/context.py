"""A beat seen against its own recording: how its shape differs from the usual beat, how its timing from the rhythm.

No label enters: the whole recording does (off-line, as in a Holter report). Between patients the difference from the
record's own median beat carries further than the beat itself, and prematurity in units of the recording's RR spread
further than an RR interval in seconds (`training.classifier` has the figures).
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.rr import RR_RANGE_S, SPREAD_FLOOR, prematurity
from ecg_core.errors import DataError

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

MATCHED_S = (-0.11, 0.14)
"""Part of a beat that is laid over the template's."""
MOST_SHIFT_S = 0.045
RHYTHM_NAMES = ("early, mean", "early, 90 %", "early, local", "late after, mean", "late after, local")
RANGE = 10.0  # signals are held within this many median QRS amplitudes
TEMPLATE_BEATS = 400


@dataclass(frozen=True)
class RecordContext:
    """What is usual in one recording."""

    unit_mv: Array
    """(n_leads,) median QRS peak-to-peak amplitude."""
    template: Array = field(repr=False)
    """(n_leads, n_points) median of the aligned beats, in units of `unit_mv`."""
    times_s: npt.NDArray[np.float64] = field(repr=False)
    """(n_points,) relative to the R peak."""
    mean_ln_rr: float
    """ln of the mean RR interval in s."""
    late_ln_rr: float
    """90 % quantile of ln RR."""
    spread: float
    """Median absolute deviation of ln RR, plus 0.05."""

    @classmethod
    def of(
        cls, signals: Array, pre_s: npt.NDArray[np.float64], template_mv: Array, unit_mv: Array,
        times_s: npt.NDArray[np.float64],
    ) -> "RecordContext":  # fmt: skip
        """From a recording's beats (n, n_leads, n_points) mV, RR before each (n,) s, median beat and unit in mV."""
        known = pre_s[np.isfinite(pre_s)]
        ln_rr = np.log(np.clip(known if len(known) else np.ones(1), *RR_RANGE_S))
        first = cls(
            np.asarray(unit_mv, np.float32),
            (template_mv / unit_mv[:, None]).astype(np.float32),
            times_s,
            float(np.log(np.clip(known.mean() if len(known) else 1.0, *RR_RANGE_S))),
            float(np.quantile(ln_rr, 0.9)),
            float(np.median(np.abs(ln_rr - np.median(ln_rr))) + SPREAD_FLOOR),
        )
        some = np.asarray(signals[:: max(1, -(-len(signals) // TEMPLATE_BEATS))], np.float32)
        if not len(some):
            return first
        aligned = first.aligned(some)
        return cls(first.unit_mv, np.median(aligned, axis=0).astype(np.float32), times_s, first.mean_ln_rr,
                   first.late_ln_rr, first.spread)  # fmt: skip

    def aligned(self, signals: Array) -> Array:
        """Beats (n, n_leads, n_points) mV moved by up to 45 ms to where they match the template best, in its units.

        Beyond the window's ends the outermost point is repeated."""
        return moved(self.in_units(signals), self.moves(signals))

    def in_units(self, signals: Array) -> Array:
        """Beats (n, n_leads, n_points) mV in units of the recording's QRS amplitude, held within 10 of them."""
        x: Array = np.clip(signals / self.unit_mv[:, None], -RANGE, RANGE)
        return x

    def moves(self, signals: Array) -> Rows:
        """Points by which each of the beats (n, n_leads, n_points) mV has to be read later to match the template best,
        (n,); up to 45 ms either way."""
        most = round(MOST_SHIFT_S * _rate(self.times_s))
        points = _within(self.times_s, MATCHED_S)
        correlation = _correlations(self.in_units(signals), self.template, points, most)  # (n, shifts)
        nearer = 0.001 * np.abs(np.arange(-most, most + 1))  # of equal matches the smallest move
        return np.asarray((correlation - nearer).argmax(axis=1) - most)

    def difference(self, signals: Array) -> Array:
        """Aligned beats minus the template, (n, n_leads, n_points) in its units."""
        difference: Array = self.aligned(signals) - self.template
        return difference

    def rhythm_of_ratios(self, ratio_causal: Array, ratio_record: Array, post_over_pre: Array) -> Array:
        """The rhythm numbers (n, 5) of beats that are not in the recording, from RR over the ten before, over the
        recording's mean, and RR after over RR before."""
        ln_pre = np.log(ratio_record) + self.mean_ln_rr
        ln_post = ln_pre + np.log(post_over_pre)
        return self._rhythm(
            np.stack([self.mean_ln_rr - ln_pre, self.late_ln_rr - ln_pre, -np.log(ratio_causal)], 1) / self.spread,
            ln_pre,
            ln_post,
        )

    def rhythm(self, pre_s: npt.NDArray[np.float64], post_s: npt.NDArray[np.float64]) -> Array:
        """The rhythm numbers (n, 5) of all beats of the recording in order: prematurity against its three references,
        RR after against the mean, and RR after against the local median, all in units of the recording's RR spread."""
        usual = np.exp(self.mean_ln_rr)
        ln_pre, ln_post = (np.log(np.clip(np.where(np.isfinite(rr), rr, usual), *RR_RANGE_S)) for rr in (pre_s, post_s))
        return self._rhythm(prematurity(pre_s), ln_pre, ln_post)

    def _rhythm(
        self, early: npt.NDArray[np.floating], ln_pre: npt.NDArray[np.floating], ln_post: npt.NDArray[np.floating]
    ) -> Array:
        late = np.stack([ln_post - self.mean_ln_rr, ln_post - ln_pre], axis=1) / self.spread
        late[:, 1] -= early[:, 2]  # ln of the local RR is ln RR before plus that
        numbers: Array = np.clip(np.concatenate([early, late], axis=1), -20, 20).astype(np.float32)
        return numbers


def moved(signals: Array, moves: Rows) -> Array:
    """Beats (n, n_leads, n_points), each read so many points later (n,), the outermost point repeated at the ends."""
    found: Array = np.empty_like(signals)
    points = np.arange(signals.shape[2])
    for move in np.unique(moves):
        rows = moves == move
        found[rows] = signals[rows][:, :, np.clip(points + move, 0, len(points) - 1)]
    return found


def _correlations(x: Array, template: Array, points: Rows, most: int) -> Array:
    """Correlation of the template's `points`, all leads together, with every beat read 0 to `most` points to either
    side, (n, 2 most + 1). One matrix product a lead for all shifts."""
    if points[0] < most or points[-1] + most >= x.shape[2]:
        raise DataError("Beats are too short to be aligned: prepare at least 0.2 s before and after the R peak.")
    usual = template[:, points]
    usual = usual - usual.mean(axis=1, keepdims=True)
    usual = usual / np.sqrt((usual**2).sum() + 1e-9)
    n, leads, length = x.shape
    shifts = np.arange(-most, most + 1)
    product, energy = np.zeros((n, len(shifts)), np.float32), np.zeros((n, len(shifts)), np.float32)
    for lead in range(leads):
        weights = np.zeros((length, len(shifts)), np.float32)  # the template at every shift
        inside = np.zeros((length, len(shifts)), np.float32)
        for k, shift in enumerate(shifts):
            weights[points + shift, k] = usual[lead]
            inside[points + shift, k] = 1
        own = np.ascontiguousarray(x[:, lead])
        product += own @ weights
        energy += own**2 @ inside - (own @ inside) ** 2 / len(points)
    correlation: Array = (product / np.sqrt(np.maximum(energy, 0) + 1e-6)).astype(np.float32)
    return correlation


def _within(times_s: npt.NDArray[np.float64], part: tuple[float, float]) -> Rows:
    return np.flatnonzero((times_s >= part[0]) & (times_s < part[1]))


def _rate(times_s: npt.NDArray[np.float64]) -> float:
    return float(1 / np.diff(times_s[:2])[0])
