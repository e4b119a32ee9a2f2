"""From annotation symbols to the numbers a classifier's classes have."""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import ABNORMAL
from ecg_core.tasks.classifier.balancing import Labels
from ecg_core.tasks.classifier.options import CLASS_SETS, ClassifierOptions

ESCAPE = ("e", "j")


def labels_of(beats: BeatSet, options: ClassifierOptions) -> Labels:
    """Number of each beat's class, (n,); -1 for a beat the set has no class for (Q, unless it is one of five)."""
    return labels_from(truth_of(beats, options.escape), options.classes)


def truth_of(beats: BeatSet, escape: str = "N") -> npt.NDArray[np.str_]:
    """AAMI class of each beat, (n,), with escape beats `e` and `j` counted as `escape` says."""
    classes = beats.table["beat_class"].to_numpy(dtype=str)
    if escape != "N":
        classes = classes.copy()
        classes[beats.table["symbol"].isin(ESCAPE).to_numpy()] = escape
    return classes


def labels_from(classes: npt.NDArray[np.str_], class_set: str) -> Labels:
    """Number of each AAMI class in a set of classes, -1 where it has none."""
    if class_set == "normal or abnormal":
        return np.select([classes == "N", np.isin(classes, ABNORMAL)], [0, 1], -1)
    labels = np.full(len(classes), -1)
    for k, name in enumerate(CLASS_SETS[class_set]):
        labels[classes == name] = k
    return labels
