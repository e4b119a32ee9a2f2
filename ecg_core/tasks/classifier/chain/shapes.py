"""The shapes of a recording's beats: clusters, families of them, and the sinus beats' family. No label enters."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.families import distances
from ecg_core.beats.likes import components, likes
from ecg_core.one_thread import one_thread
from ecg_core.tasks.classifier.chain.record import Floats, Mask, Numbers, RecordBeats, Rows
from ecg_core.tasks.classifier.chain.timing import Timing

QRS_ST_S = (-0.11, 0.25)
"""What shapes are compared by."""
COMPONENTS, MOST_CLUSTERS, BEATS_A_CLUSTER = 12, 14, 20
CUT = 0.5
"""Clusters nearer than this, over their mean length, are one family."""
NEIGHBOURS = 12
WIDTH_S = (-0.12, 0.15)
LEAST_SHARE = 0.03
"""Families smaller than this do not say how narrow a QRS complex of this recording can be."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """Which beats of a recording are alike."""

    cluster: Rows = field(repr=False)
    """(n,) number of each beat's cluster, from 0."""
    family: Rows = field(repr=False)
    """(n,) number of its family."""
    neighbours: Rows = field(repr=False)
    """(n, 12) the likest beats."""
    near: Numbers = field(repr=False)
    """(n,) mean distance to them."""
    to_centre: Numbers = field(repr=False)
    """(n,) distance to the cluster's centre."""
    width_ms: Numbers = field(repr=False)
    """(n,) of the squared slope of the QRS complex: its standard deviation in time."""
    extent_ms: Numbers = field(repr=False)
    """(n,) between its 5 % and its 95 %."""
    sinus: Mask = field(repr=False)
    """(n,) whether a beat is of the sinus family."""

    def by_cluster(self, values: Numbers) -> Numbers:
        """(n,) median over each beat's cluster."""
        return _median_of(self.cluster, values)

    def by_family(self, values: Numbers) -> Numbers:
        """(n,) median over each beat's family."""
        return _median_of(self.family, values)


def shapes_of(record: RecordBeats, timing: Timing) -> Shapes:
    """Group a recording's beats. Deterministic."""
    with one_thread():  # the same sums whatever the number of cores
        return _shapes_of(record, timing)


def _shapes_of(record: RecordBeats, timing: Timing) -> Shapes:
    from sklearn.cluster import KMeans  # half a second, which pages need not wait for

    points = record.joint(QRS_ST_S)
    placed, n = components(points, COMPONENTS), len(points)  # (n, 12)
    k = int(np.clip(n // BEATS_A_CLUSTER, 1, MOST_CLUSTERS))
    cluster = KMeans(k, n_init=1, random_state=0).fit_predict(placed).astype(np.int64)
    _, cluster = np.unique(cluster, return_inverse=True)
    centres = np.stack([placed[cluster == c].mean(axis=0) for c in range(cluster.max() + 1)])
    means = np.stack([points[cluster == c].mean(axis=0) for c in range(len(centres))])
    family = _joined(means)[cluster]
    near = likes(placed, NEIGHBOURS)
    width, extent = _widths(record)
    return Shapes(
        cluster, family, near.rows, near.distance,
        np.linalg.norm(placed - centres[cluster], axis=1), width, extent, _sinus(family, width, timing),
    )  # fmt: skip


def _joined(means: Floats) -> Rows:
    """Family of each cluster."""
    from scipy.cluster.hierarchy import fcluster, linkage  # a tenth of a second
    from scipy.spatial.distance import squareform

    if len(means) < 2:
        return np.zeros(len(means), np.int64)
    tree = linkage(squareform(distances(means), checks=False), "average")
    _, family = np.unique(fcluster(tree, CUT, "distance"), return_inverse=True)
    return family.astype(np.int64)


def _sinus(family: Rows, width: Numbers, timing: Timing) -> Mask:
    """The family that is large, not early, and narrow."""
    n = len(family)
    share = np.bincount(family) / n
    early, wide = (np.array([np.median(values[family == f]) for f in range(len(share))])
                   for values in (timing.against_local, width))  # fmt: skip
    least = wide[share >= LEAST_SHARE].min()
    worth = share * np.exp(-8 * np.maximum(0, -0.03 - early)) * np.exp(-2 * np.maximum(0, wide / max(least, 1e-3) - 1))
    sinus: Mask = family == worth.argmax()
    return sinus


def _widths(record: RecordBeats) -> tuple[Numbers, Numbers]:
    """Second-moment width, and 5 to 95 % width, of the squared slope of every QRS complex, in ms."""
    slope = np.diff(record.signals[:, :, record.window(WIDTH_S)].astype(np.float64), axis=2)
    energy = (slope**2).sum(axis=1) + 1e-9  # (n, points)
    step_ms = 1000 * float(record.times_s[1] - record.times_s[0])
    at = np.arange(energy.shape[1]) * step_ms
    total = energy.sum(axis=1)
    centre = (energy * at).sum(axis=1) / total
    width = np.sqrt((energy * (at - centre[:, None]) ** 2).sum(axis=1) / total)
    summed = np.cumsum(energy, axis=1) / total[:, None]
    extent = ((summed < 0.95).sum(axis=1) - (summed < 0.05).sum(axis=1)) * step_ms
    return width, extent.astype(np.float64)


def _median_of(group: npt.NDArray[np.int64], values: Numbers) -> Numbers:
    medians = np.zeros(int(group.max()) + 1)
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(len(medians) + 1))
    for k in range(len(medians)):
        medians[k] = np.median(values[order[bounds[k] : bounds[k + 1]]]) if bounds[k] < bounds[k + 1] else 0.0
    return medians[group]
