"""Reconstructions lie over the recording they are of: in time, in height, in their leads."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.reader import read_record
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.review.drawn_beats import MOST, DrawnBeats, drawn_beats
from ecg_core.tasks.autoencoder import training
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.workspace import MODELS


@pytest.fixture(scope="module")
def drawn(mitdb: Path, tmp_path_factory: pytest.TempPathFactory) -> DrawnBeats:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(tmp_path_factory.mktemp("home")))
        source: DataSource = open_folder(mitdb)
        found = training.scored(MODELS / "autoencoder", JudgedOn(source, ("100",), "test", False))
        made = drawn_beats(found, read_record(mitdb, "100"))
    assert made is not None
    return made


def test_there_is_one_for_each_of_the_beats_with_the_highest_scores(drawn: DrawnBeats) -> None:
    assert len(drawn.sample) == MOST
    assert (np.diff(drawn.sample) > 0).all()
    assert drawn.mv.shape[:2] == (MOST, len(drawn.leads))


def test_of_normal_beats_they_are_nearly_the_recording_itself(drawn: DrawnBeats, mitdb: Path) -> None:
    record = read_record(mitdb, "100")
    apart = []
    for k in range(100, 1_900, 60):
        at = drawn.sample[k] / record.fs + drawn.start_s[k] + drawn.step_s * np.arange(drawn.mv.shape[2])
        raw = record.mv(0, None, [drawn.leads[0]])[:, 0]
        apart.append(np.abs(np.interp(at * record.fs, np.arange(len(raw)), raw) - drawn.mv[k, 0]).mean())
    assert np.median(apart) < 0.06, "mV"
