"""Detected R peaks beside a reference: what was missed, what is extra, and where nothing could be read."""

import numpy as np

from ecg_core.beats.detection import READABLE, UNREADABLE
from ecg_core.data.labels import DETECTED, Annotations, LabelLayer
from ecg_core.evaluation.peak_differences import peak_differences

FS, N_SAMPLES = 250.0, 10_000


def beats(*samples: int, symbol: str = "N") -> Annotations:
    return Annotations(np.array(samples, np.int64), np.full(len(samples), symbol, "<U1"), ("",) * len(samples))


def detected(*samples: int, silent: tuple[int, int] | None = None) -> LabelLayer:
    rows = [(sample, "?", "") for sample in samples]
    if silent:
        rows += [(silent[0], "~", f"{UNREADABLE}: noise"), (silent[1], "~", READABLE)]
    rows.sort()
    labels = Annotations(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], "<U1"),
        tuple(row[2] for row in rows),
    )
    return LabelLayer(DETECTED, "detected", "a detector", annotations=labels)


def test_beats_further_apart_than_150_ms_differ() -> None:
    found = peak_differences(beats(500, 1000, 1500), detected(510, 1040, 2000), FS, N_SAMPLES)
    assert found is not None
    assert found.missed.tolist() == [1000, 1500]
    assert found.extra.tolist() == [1040, 2000]
    assert found.samples.tolist() == [1000, 1040, 1500, 2000]
    assert "2 missed, 2 extra" in found.sentence


def test_what_is_missed_where_nothing_can_be_read_is_said() -> None:
    found = peak_differences(beats(500, 1000, 1500, 2000), detected(500, 2000, silent=(900, 1600)), FS, N_SAMPLES)
    assert found is not None and found.unreadable == 2
    assert "2 missed (2 of them where it could read nothing), 0 extra" in found.sentence


def test_the_same_beats_do_not_differ_and_without_a_reference_there_is_nothing_to_differ_from() -> None:
    found = peak_differences(beats(500, 1000), detected(500, 1000), FS, N_SAMPLES)
    assert found is not None and not len(found.samples)
    assert "one for every beat" in found.sentence
    assert peak_differences(beats(500, symbol="+"), detected(500), FS, N_SAMPLES) is None
