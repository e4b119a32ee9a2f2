"""What a clinician reads in a beat, measured by one rule on recorded and synthetic beats alike.

For comparing two sets of beats, not for diagnosis: the rules are simple, take one lead, and know no lead's normal
limits.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.rr import RR_RANGE_S
from ecg_core.beats.synthetic import RHYTHM
from ecg_core.errors import DataError

Array = npt.NDArray[np.float64]
BASELINE_S = (-0.16, -0.05)
"""Before the QRS; the baseline is the level of the flattest stretch in it."""
FLAT_S = 0.03
R_S = (-0.08, 0.08)
QRS_SEARCH_S = (-0.12, 0.16)
ST_T_S = (0.12, 0.40)
SLOPE_SHARE = 0.07
"""The QRS lasts while the slope exceeds this share of the steepest. Set on DS1: medians 83 ms (N) and 156 ms (V)."""
PAUSE_S = 0.02
"""A flatter stretch longer than this ends it; a shorter one is the turn of a wave."""
SMOOTHED_POINTS = 3
USUAL_RR_S = (0.3, 2.0)
"""Mean RR of a recording, 200 to 30 beats a minute; outside it the four rhythm numbers do not belong together."""


def beat_features(signals: npt.NDArray[np.floating], times_s: Array) -> pd.DataFrame:
    """Amplitudes and QRS duration of each beat in one lead.

    Baseline: the mean of the flattest 30 ms between 160 and 50 ms before the R peak. `r_mv`: the largest deviation
    from it, with its sign, within 80 ms of the R peak. `qrs_ms`: how long, around the steepest point within 80 ms, the
    slope (mean of three points) stays above 7 % of the steepest, pauses of up to 20 ms included; at most 280 ms, in
    steps of the points. `t_mv`: the largest deviation, with its sign, 120 to 400 ms after the R peak. The medians of
    DS1's first lead: N 83 ms, S 78, F 111, V 156. A noisy or flat lead gives long durations. Not a diagnostic
    measurement.

    Parameters
    ----------
    signals : (n, n_points) mV, one lead
    times_s : (n_points,) s relative to the R peak, evenly spaced, from -0.16 or earlier to 0.40 or later

    Returns
    -------
    DataFrame with the columns r_mv, qrs_ms, t_mv, one row a beat

    Raises
    ------
    DataError : signals and times of different lengths, or times that do not reach as far
    """
    times = np.asarray(times_s, np.float64)
    if signals.ndim != 2 or signals.shape[1] != len(times):
        raise DataError(f"Beats of shape {signals.shape}, expected (n, {len(times)}): one lead, one point a time.")
    if not (times[0] <= BASELINE_S[0] and times[-1] >= ST_T_S[1]):
        raise DataError(
            f"Beats from {times[0]:.2f} to {times[-1]:.2f} s, expected from {BASELINE_S[0]} or earlier to {ST_T_S[1]} "
            "or later."
        )
    x = np.asarray(signals, np.float64)
    level = x - _baseline(x, times)[:, None]
    return pd.DataFrame(
        {"r_mv": _extreme(level, times, R_S), "qrs_ms": _qrs_ms(x, times), "t_mv": _extreme(level, times, ST_T_S)}
    )


def _within(times: Array, window_s: tuple[float, float]) -> slice:
    slack = 1e-9  # a window ends on a point, whatever the rounding of that point's time
    first, last = np.searchsorted(times, [window_s[0] - slack, window_s[1] + slack])
    return slice(int(first), int(last))


def _points(times: Array, duration_s: float) -> int:
    return max(1, round(duration_s / float(times[1] - times[0])))


def _baseline(x: Array, times: Array) -> Array:
    width = _points(times, FLAT_S) + 1
    stretches = np.lib.stride_tricks.sliding_window_view(x[:, _within(times, BASELINE_S)], width, axis=1)
    flattest = np.ptp(stretches, axis=2).argmin(axis=1)
    levels: Array = stretches[np.arange(len(x)), flattest].mean(axis=1)  # (n, stretches, width) -> (n,)
    return levels


def _extreme(level: Array, times: Array, window_s: tuple[float, float]) -> Array:
    part = level[:, _within(times, window_s)]
    found: Array = part[np.arange(len(part)), np.abs(part).argmax(axis=1)]
    return found


def _qrs_ms(x: Array, times: Array) -> Array:
    from scipy.ndimage import uniform_filter1d  # an eighth of a second, which the first page need not wait for

    searched = _within(times, QRS_SEARCH_S)
    slope = uniform_filter1d(np.abs(np.gradient(x, axis=1)), SMOOTHED_POINTS, axis=1)[:, searched]
    core = np.where(np.abs(times[searched]) <= R_S[1], slope, -1.0)
    steepest = core.argmax(axis=1)
    above = slope >= SLOPE_SHARE * core.max(axis=1, keepdims=True)
    pause = _points(times, PAUSE_S)
    last = _reach(above, steepest, pause)
    first = above.shape[1] - 1 - _reach(above[:, ::-1], above.shape[1] - 1 - steepest, pause)
    duration: Array = (last - first) * (times[1] - times[0]) * 1000
    return duration


def _reach(above: npt.NDArray[np.bool_], start: npt.NDArray[np.int64], pause: int) -> npt.NDArray[np.int64]:
    """Last point of the stretch of `above` (n, points) that holds `start` (n,), over gaps shorter than `pause`."""
    points = np.arange(above.shape[1])
    latest = np.maximum.accumulate(np.where(above, points, -1), axis=1)  # the last point above so far
    ended = (points - latest >= pause) & (points > start[:, None])
    stop = np.where(ended.any(axis=1), ended.argmax(axis=1), above.shape[1] - 1)
    reached: npt.NDArray[np.int64] = latest[np.arange(len(above)), stop]
    return reached


def rhythm_consistency(rhythm: npt.NDArray[np.floating]) -> pd.DataFrame:
    """What the four rhythm numbers say, and whether they can belong together.

    Parameters
    ----------
    rhythm : (n, 4) RR before and after in s, ratio_causal, ratio_record; NaN where unknown

    Returns
    -------
    DataFrame with the four columns; `post_over_pre`, the pause after the beat in units of the interval before it (above
    1 after a premature beat); `usual_rr_s`, the mean RR of the recording that RR before and ratio_record imply; and
    `plausible`: both RR intervals within 0.15 to 6 s, both ratios above 0, and the mean RR within 0.3 to 2 s, where
    known

    Raises
    ------
    DataError : another shape
    """
    if rhythm.ndim != 2 or rhythm.shape[1] != len(RHYTHM):
        raise DataError(f"Rhythm of shape {rhythm.shape}, expected (n, {len(RHYTHM)}): {', '.join(RHYTHM)}.")
    frame = pd.DataFrame(np.asarray(rhythm, np.float64), columns=list(RHYTHM))
    pre, post, record = frame["rr_pre_s"], frame["rr_post_s"], frame["ratio_record"]
    frame["post_over_pre"] = (post / pre).where(pre > 0)
    frame["usual_rr_s"] = (pre / record).where(record > 0)
    usual = frame["usual_rr_s"]
    intervals = [
        column.between(*limits) | column.isna()
        for column, limits in ((pre, RR_RANGE_S), (post, RR_RANGE_S), (usual, USUAL_RR_S))
    ]
    frame["plausible"] = np.logical_and.reduce([*intervals, frame["ratio_causal"] > 0, record > 0])
    return frame


def distribution_gap(real: pd.DataFrame, synthetic: pd.DataFrame) -> pd.DataFrame:
    """How far each measured quantity of synthetic beats is from that of recorded ones.

    Parameters
    ----------
    real, synthetic : one row a beat, from `beat_features` or `rhythm_consistency`

    Returns
    -------
    DataFrame, one row a quantity that both have: `feature`; `real_median`, `real_low`, `real_high` (quartiles) and the
    same of `synthetic_`; `ks`, the largest gap between the two cumulative distributions (two-sample
    Kolmogorov-Smirnov statistic), 0 to 1. NaN where no value is known. Columns of truth values are left out.
    """
    from scipy.stats import ks_2samp  # half a second of imports, which the pages that only list models do not wait for

    rows = []
    for name in real.columns:
        if name not in synthetic or real[name].dtype == bool:
            continue
        row: dict[str, object] = {"feature": name}
        sides = {}
        for side, frame in (("real", real), ("synthetic", synthetic)):
            values = frame[name].to_numpy(np.float64)
            sides[side] = values[np.isfinite(values)]
            quartiles = np.quantile(sides[side], [0.5, 0.25, 0.75]) if len(sides[side]) else np.full(3, np.nan)
            row |= dict(zip((f"{side}_median", f"{side}_low", f"{side}_high"), quartiles.tolist(), strict=True))
        known = all(len(values) for values in sides.values())
        row["ks"] = float(ks_2samp(sides["real"], sides["synthetic"]).statistic) if known else np.nan
        rows.append(row)
    return pd.DataFrame(rows)
