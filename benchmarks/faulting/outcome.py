"""What a run has come to, without what differs between two runs of the same: times, ids, and whose process it was."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ecg_core.runs.folder import Run

OWN = {"config.json", "worker.json", "log.txt", "stop", "error.json", "checkpoint.safetensors"}
OF_THE_MOMENT = {"created", "finished", "judged", "evaluated", "time", "run", "command", "weights", "models"}


def outcome_of(run: Run) -> dict[str, str]:
    """File of the run -> digest of what it holds."""
    found = {}
    for name, _ in run.files():
        if name not in OWN:
            found[name] = hashlib.sha256(_content(run.folder / name)).hexdigest()
    rows = [(row.done, row.of, row.stage, row.epoch, dict(row.figures)) for row in run.progress().epochs]
    found["progress.jsonl"] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def differences(one: Run, other: Run) -> list[str]:
    """Files that differ between two runs."""
    first, second = outcome_of(one), outcome_of(other)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def _content(path: Path) -> bytes:
    if path.suffix == ".json":
        return json.dumps(_timeless(json.loads(path.read_bytes())), sort_keys=True).encode()
    return path.read_bytes()


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in OF_THE_MOMENT and not k.endswith("seconds")}
    return [_timeless(one) for one in value] if isinstance(value, list) else value
