"""The views' JavaScript as it travels, and its figures beside those of the server."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from ecg_core.evaluation.detection import Detection
from ecg_core.evaluation.threshold_positions import positions_of
from ecg_core.text import number, percent
from ecg_core.ui.autoencoder.views import component

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js: install Debian's package nodejs")


@needs_node
def test_the_browser_gives_the_figures_of_the_server_at_every_threshold() -> None:
    rng = np.random.default_rng(1)
    score = np.round(rng.gamma(2, 1, 400), 3)
    detection = Detection(score, rng.choice(list("NNNNSVFQ"), 400), np.full(400, "1"), {"1": 0.3})
    positions = positions_of(detection, 3.4567, float(score.max()))
    classes = [
        {"name": name, "beats": len(detection.sorted_scores[name]),
         "drops": (-np.diff(flagged, prepend=len(detection.sorted_scores[name]))).tolist()}
        for name, flagged in positions.flagged.items() if name != "all"
    ]  # fmt: skip
    script = (
        f"import {{ figuresOf, flaggedAt, pointAt }} from '{(component.HERE / 'figures.js').as_uri()}';"
        f"const classes = {json.dumps(classes)};"
        "const flagged = Object.fromEntries(classes.map((one) => [one.name, flaggedAt(one.beats, one.drops)]));"
        f"const all = Array.from({{ length: {len(positions.values)} }}, (_, k) => "
        "figuresOf(pointAt(classes, flagged, k), 0.3, 'beats').map((one) => one[1]));"
        "console.log(JSON.stringify(all));"
    )
    command = ["node", "--input-type=module", "-e", script]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for threshold, figures in zip(positions.values, told, strict=True):
        point = detection.at(threshold)
        assert figures == [
            percent(point.sensitivity), percent(point.specificity), percent(point.positive_predictivity),
            number(point.f1), number(point.false_alarms_per_hour, 1), f"{point.flagged:,}",
        ]  # fmt: skip
