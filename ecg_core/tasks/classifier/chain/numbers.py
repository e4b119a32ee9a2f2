"""The numbers that each step of the chain looks at, by name, a column each."""

from dataclasses import dataclass, field

import numpy as np

from ecg_core.tasks.classifier.chain.p_waves import PWaves, p_waves
from ecg_core.tasks.classifier.chain.record import Floats, Numbers, RecordBeats, Rows
from ecg_core.tasks.classifier.chain.shapes import QRS_ST_S, Shapes, shapes_of
from ecg_core.tasks.classifier.chain.timing import Timing, raw_timing, timing_without

Q_S, T_S, LAID_S = (-0.07, 0.10), (0.12, 0.42), (-0.11, 0.14)
EARLY = -0.12
Columns = dict[str, Numbers]


@dataclass(frozen=True, eq=False)
class Seen:
    """A recording with what the first step found in it."""

    record: RecordBeats = field(repr=False)
    shapes: Shapes = field(repr=False)
    raw: Timing = field(repr=False)
    shape: Columns = field(repr=False)
    """Name -> (n,) numbers on its shape and that of its likes."""


def seen(record: RecordBeats) -> Seen:
    """Everything that can be said before anybody has said which beats are V."""
    raw = raw_timing(record)
    shapes = shapes_of(record, raw)
    return Seen(record, shapes, raw, _shape_numbers(record, shapes, raw))


def second_numbers(first: Seen, ventricular: Numbers) -> Columns:
    """Everything, once the first step has given each beat a probability (n,) of being V or F."""
    record, shapes = first.record, first.shapes
    ectopic = ventricular > 0.5
    clean = timing_without(record, ectopic)
    waves = p_waves(record, shapes, ectopic)
    return first.shape | _votes(shapes, ventricular) | _rhythm_numbers(clean) | _wave_numbers(waves)


def _shape_numbers(record: RecordBeats, shapes: Shapes, raw: Timing) -> Columns:
    sinus = shapes.sinus & record.used if (shapes.sinus & record.used).sum() > 1 else shapes.sinus
    usual = np.median(record.signals[sinus], axis=0)  # (n_leads, n_points)
    q, t, laid, whole = (record.joint(span) for span in (Q_S, T_S, LAID_S, QRS_ST_S))
    usual_q, usual_t, usual_laid, usual_whole = (
        usual[:, record.window(span)].ravel() for span in (Q_S, T_S, LAID_S, QRS_ST_S)
    )
    q_like, q_apart = _like(q, usual_q), _apart(q, usual_q)
    t_like, t_apart = _like(t, usual_t), _apart(t, usual_t)
    distance = np.log(np.linalg.norm(whole - usual_whole, axis=1) / (np.linalg.norm(usual_whole) + 1e-6) + 0.02)
    wide, extent = (values - np.median(values[sinus]) for values in (shapes.width_ms, shapes.extent_ms))
    near = np.concatenate([np.arange(len(record))[:, None], shapes.neighbours], axis=1)
    columns = {
        "q_like": q_like, "q_apart": q_apart,
        "q_less": q_like - np.quantile(q_like[sinus], 0.25), "q_more": q_apart - np.quantile(q_apart[sinus], 0.75),
        "distance": distance, "wide": wide, "extent": extent,
        "t_like": t_like, "t_apart": t_apart, "t_more": t_apart - np.quantile(t_apart[sinus], 0.75),
        "amplitude": np.log((_rms(q) + 1e-3) / (_rms(usual_q[None]) + 1e-3)),
        "projection": q @ usual_q / ((usual_q**2).sum() + 1e-6),
        "laid": _like(laid, usual_laid),
        "typical": np.log(shapes.to_centre / (np.median(shapes.to_centre[sinus]) + 1e-6) + 0.05),
        "early": raw.early, "against_local": raw.against_local, "after_local": raw.after_local,
        "after_before": raw.after_before,
        "near_early": raw.early[near].mean(axis=1), "near_pause": raw.after_before[near].mean(axis=1),
        "near": np.log(shapes.near / (np.linalg.norm(usual_whole) + 1e-6) + 0.01),
    }  # fmt: skip
    follows = np.concatenate([[False], np.ones(len(record) - 1, bool)])
    for kind, group, median in (
        ("cluster", shapes.cluster, shapes.by_cluster),
        ("family", shapes.family, shapes.by_family),
    ):
        share = np.bincount(group) / len(group)
        columns |= {f"{kind}_{name}": median(values) for name, values in
                    (("distance", distance), ("width", shapes.width_ms - np.median(shapes.width_ms[sinus])),
                     ("against_local", raw.against_local), ("pause", raw.after_before))}  # fmt: skip
        same = follows & (group == np.roll(group, 1))
        columns |= {
            f"{kind}_share": np.log(share[group]),
            f"{kind}_often_early": _mean_of(group, (raw.against_local < EARLY).astype(np.float64)),
            f"{kind}_in_runs": _mean_of(group, same.astype(np.float64)),
            f"{kind}_rr_spread": _spread_of(group, raw.against_local),
            f"{kind}_after_spread": _spread_of(group, raw.after_local),
            f"{kind}_early_spread": _spread_of(group, raw.early),
        }
    return columns


def _votes(shapes: Shapes, score: Numbers) -> Columns:
    """What the first step said of the likes of each beat."""
    near = score[shapes.neighbours].mean(axis=1)
    return {
        "v_cluster": _mean_of(shapes.cluster, score),
        "v_family": _mean_of(shapes.family, score),
        "v_near": (score + shapes.neighbours.shape[1] * near) / (1 + shapes.neighbours.shape[1]),
        "v_before": np.concatenate([[0.0], score[:-1]]),
        "v_after": np.concatenate([score[1:], [0.0]]),
    }


def _rhythm_numbers(clean: Timing) -> Columns:
    return {
        "c_against_mean": clean.against_mean, "c_against_longest": clean.against_longest, "c_early": clean.early,
        "c_against_local": clean.against_local, "c_against_mean_rr": clean.against_mean_rr,
        "c_pause": clean.after_before, "c_late_mean": clean.late_mean, "c_late_local": clean.late_local,
        "c_change_10": clean.change_10, "c_change_30": clean.change_30, "c_changing": clean.changing,
        "c_deviation": clean.deviation, "c_fibrillation": clean.fibrillation,
    }  # fmt: skip


def _wave_numbers(waves: PWaves) -> Columns:
    return {"p_like": waves.likeness, "p_against_around": waves.against_around, "p_visible": waves.visible}


def _like(points: Floats, usual: Floats) -> Numbers:
    """Correlation with the usual shape, all leads together."""
    size = np.linalg.norm(points, axis=1) * np.linalg.norm(usual) + 1e-6
    like: Numbers = (points @ usual / size).astype(np.float64)
    return like


def _apart(points: Floats, usual: Floats) -> Numbers:
    apart: Numbers = np.log(((points - usual) ** 2).mean(axis=1) + 1e-4).astype(np.float64)
    return apart


def _rms(points: Floats) -> Numbers:
    rms: Numbers = np.sqrt((points.astype(np.float64) ** 2).mean(axis=1))
    return rms


def _mean_of(group: Rows, values: Numbers) -> Numbers:
    mean: Numbers = (np.bincount(group, values) / np.maximum(np.bincount(group), 1))[group]
    return mean


def _spread_of(group: Rows, values: Numbers) -> Numbers:
    square = _mean_of(group, values**2) - _mean_of(group, values) ** 2
    spread: Numbers = np.sqrt(np.maximum(square, 0))
    return spread
