"""Runs whose folders are written by hand, for what needs no worker."""

import json
from pathlib import Path
from typing import Any

from ecg_core.learning.progress import EpochRow
from ecg_core.runs.folder import Run
from ecg_core.tasks.registry import REGISTRY


def run_id(kind: str, number: int = 0) -> str:
    return f"20260101-0000{number:05d}-{kind}-{number:04x}"


def config_of(kind: str, **changes: Any) -> dict[str, Any]:
    """What a run of a kind with its default options has in its config."""
    return {
        "kind": kind,
        "created": "2026-01-01T00:00:00.000+00:00",
        "options": REGISTRY[kind].options().to_json() if kind in REGISTRY else {},
        "source": {"folder": "nowhere", "label": "SIMULATED, 12 records", "records": ["sim01", "sim02"]},
        "split": {"name": "records", "train": ["sim01"], "test": ["sim02"], "note": ""},
        "command": f"python -m ecg_core train {kind}",
        **changes,
    }


def empty_run(home: Path, kind: str = "autoencoder", number: int = 0, **changes: Any) -> Run:
    """A run that nobody works on."""
    folder = home / "runs" / run_id(kind, number)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config_of(kind, **changes)))
    return Run(folder)


def epoch_row(done: int, of: int = 8, **figures: float) -> EpochRow:
    """An epoch that has ended."""
    return EpochRow(done, of, done, of, figures or {"train_loss": 1.0 / done}, 1.0, 1.0, float(of - done), 1, 1)
