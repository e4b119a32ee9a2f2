"""Thresholds by the false alarms an hour that somebody accepts."""

import math
from dataclasses import dataclass

import numpy as np

from ecg_core.beats.classes import ABNORMAL
from ecg_core.evaluation.detection import Detection

BUDGETS = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0)
"""False alarms an hour."""
FEWEST_RECORDS = 5
STEPS = 100
"""A threshold has two decimals, as a page and an address write it."""


@dataclass(frozen=True)
class AlarmBudget:
    """The lowest threshold that keeps to a budget on records whose patients the network has not seen."""

    accepted: float
    """False alarms an hour, on average over the records."""
    threshold: float
    found: float
    """Share of the abnormal beats it flags."""
    half_from: float
    half_to: float
    """Between these false alarms an hour lie half of the records."""
    most: float
    """In the record that has most."""


def alarm_budgets(detection: Detection, budgets: tuple[float, ...] = BUDGETS) -> tuple[AlarmBudget, ...]:
    """One for each budget that any threshold can exceed; none for under five records, for windows, or without normal or
    abnormal beats."""
    names = detection.labelled_records
    normal = (detection.beat_class == "N") & np.isin(detection.record, names)
    abnormal = np.isin(detection.beat_class, ABNORMAL)
    if not detection.complete or len(names) < FEWEST_RECORDS or not normal.any() or not abnormal.any():
        return ()
    place = {name: k for k, name in enumerate(names)}
    record = np.array([place[name] for name in detection.record[normal].tolist()])
    hours = np.array([detection.hours[name] for name in names])
    order = np.argsort(-detection.score[normal], kind="stable")
    descending = detection.score[normal][order]
    alarms = np.cumsum((1 / hours / len(names))[record[order]])  # if all down to this one are flagged
    found = []
    for accepted in budgets:
        too_many = int(np.searchsorted(alarms, accepted, side="right"))
        if too_many == len(alarms):
            continue  # every normal beat may be flagged: there is nothing to choose
        threshold = math.floor(float(descending[too_many]) * STEPS) / STEPS
        while threshold <= descending[too_many]:  # a hundredth is no binary number
            threshold = round(threshold + 1 / STEPS, 2)
        by_record = np.bincount(record[detection.score[normal] >= threshold], minlength=len(names)) / hours
        quarter, three = np.quantile(by_record, (0.25, 0.75)).tolist()
        flagged = float((detection.score[abnormal] >= threshold).mean())
        found.append(AlarmBudget(accepted, threshold, flagged, quarter, three, float(by_record.max())))
    return tuple(found)
