"""Where a classifier looks: how much a class loses when part of a beat is made to look like the patient's usual beat.

Occlusion after Zeiler & Fergus 2014 (doi 10.1007/978-3-319-10590-1_53). It needs no gradient, so no torch, and its
unit is one people know: percentage points of the class's probability.
"""

import numpy as np
import numpy.typing as npt

from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import Inputs

WINDOW = 12  # points hidden at once: 67 ms at 180 Hz, about a QRS complex
STEP = 4


def occlusion(classifier: BeatClassifier, beat: Inputs, beat_class: str) -> tuple[npt.NDArray[np.float64], float]:
    """How far the probability of a class falls when a window around each point is hidden, and when the rhythm is.

    Parameters
    ----------
    beat : one encoded beat, before its numbers are scaled
    beat_class : one of the classifier's classes

    Returns
    -------
    (n_leads, n_points) fall of the probability, -1 to 1 (negative: the part spoke against the class); and the fall
    when the rhythm is made that of the average training beat
    """
    column = classifier.classes_.index(beat_class)
    signal = beat.signals[0]
    leads, points = signal.shape
    starts = range(-WINDOW + STEP, points, STEP)
    hidden = np.repeat(signal[None], leads * len(starts) + 2, axis=0)  # the last two: as it is, and without rhythm
    windows = [(lead, slice(max(0, start), start + WINDOW)) for lead in range(leads) for start in starts]
    for row, (lead, some) in enumerate(windows):
        hidden[row, lead, some] = 0
    numbers = np.repeat(beat.numbers, len(hidden), axis=0)
    if classifier.scaler_ is not None and numbers.shape[1]:
        numbers[-1] = classifier.scaler_.mean
    probability = classifier.proba_of(Inputs(hidden, numbers))[:, column].astype(np.float64)
    fall, count = np.zeros((leads, points)), np.zeros((leads, points))
    for (lead, some), p in zip(windows, probability[:-2], strict=True):
        fall[lead, some] += probability[-2] - p
        count[lead, some] += 1
    return fall / np.maximum(count, 1), float(probability[-2] - probability[-1])
