"""A workspace made by hand in a second: three simulated recordings, one good model and one good run of every kind.

Nothing is trained: runs are written from the shipped models and their figures.
"""

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from safetensors.numpy import save_file

from ecg_core import workspace
from ecg_core.__main__ import main
from ecg_core.data.simulate import ensure_simulated
from ecg_core.data.sources import VARIABLE
from ecg_core.learning.progress import EpochRow, Phase
from ecg_core.runs import control
from ecg_core.runs.folder import Run
from ecg_core.tasks.registry import REGISTRY
from ecg_core.typed_json import to_json

SHIPPED = workspace.PROJECT / "models"
MODELS = {
    "autoencoder": "autoencoder",
    "classifier": "classifier",
    "gan": "gan-V",
    "image-gan": "image-gan-V",
    "image-classifier": "image-classifier",
}
"""Kind -> the shipped model of it."""
STUDIES = {
    "study": ("classifier", "study.json"),
    "image-study": ("image-classifier", "image-study.json"),
    "few-beats": ("classifier", "few-beats.json"),
    "random-split": ("classifier", "random-split.json"),
}
"""Kind -> shipped model and file that holds the result of one."""
ALL_KINDS = (*MODELS, *STUDIES, "image-fidelity")
RECORDS = ("sim01", "sim02", "sim03")
VICTIM_MODEL = "damaged"
GOOD_MODEL = "second"
EPOCHS = 4


@dataclass(frozen=True)
class World:
    """Where everything lies, and what good things there are."""

    folder: Path
    kinds: tuple[str, ...]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def data(self) -> Path:
        return self.folder / "records"

    def good_run(self, kind: str) -> Run:
        return Run(self.home / "runs" / run_id(kind, 1))

    def victim_run(self, kind: str) -> Run:
        return Run(self.home / "runs" / run_id(kind, 2))

    def stores(self) -> list[Path]:
        """Files of the workspace that are neither a model's nor a run's."""
        found = (path for path in sorted(self.home.rglob("*")) if path.is_file() and "runs" not in path.parts)
        return [path for path in found if not path.name.endswith(".lock") and "data" not in path.parts]


def run_id(kind: str, number: int) -> str:
    return f"20260101-00000000{number}-{kind}-000{number}"


def built(folder: Path, kinds: tuple[str, ...] = ALL_KINDS, simulated: Path | None = None) -> World:
    """Make it in an empty folder, with recordings from `simulated` where they are made already."""
    made = World(folder, kinds)
    made.models.mkdir(parents=True)
    for kind, name in MODELS.items():
        shutil.copytree(SHIPPED / name, made.models / name)
        shutil.copytree(SHIPPED / name, made.models / f"{GOOD_MODEL}-{kind}")
    whole = simulated or ensure_simulated(folder / "simulated")
    made.data.mkdir()
    for name in RECORDS:
        for path in whole.glob(f"{name}.*"):
            shutil.copy(path, made.data / path.name)
    with inside(made):
        for kind in kinds:
            write_run(made.home, kind, made.data, 1)
        _stores(folder, made.data)
    return made


@contextmanager
def inside(made: World) -> Iterator[World]:
    """Have this process work in it for the block. No run is started by anybody."""
    with (
        patch.object(workspace, "MODELS", made.models),
        patch.dict(os.environ, {"ECG_HOME": str(made.home), VARIABLE: str(made.data)}),
        patch.object(control, "_spawn", lambda *_: None),
    ):
        yield made


def _stores(folder: Path, data: Path) -> None:
    """Settings, a collection, decisions of a person, peaks that were found."""
    decisions = folder / "decisions.csv"
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()):
        main(["review", "queue", "sim01", "--rule", "class", "--json"])
        beats = [one["sample"] for one in json.loads(out.getvalue())["items"][:2]]
        decisions.write_text("sample,after\n" + "".join(f"{beat},N\n" for beat in beats))
        main(["review", "apply", "sim01", str(decisions), "--person", "Ada"])
        main(["peaks", "sim02"])
        main(["import", *map(str, sorted(data.glob("sim03.*"))), "--collection", "Mine"])
    workspace.remember(data_folder=str(data))


def write_run(home: Path, kind: str, data: Path, number: int) -> Run:
    """A finished run of a kind."""
    folder = home / "runs" / run_id(kind, number)
    folder.mkdir(parents=True)
    options = REGISTRY[kind].options().to_json()
    figures = {"train_loss": 0.5, "validation_loss": 0.4}
    if kind in MODELS:
        model = SHIPPED / MODELS[kind]
        for path in model.iterdir():
            if path.name in ("card.json", "model.safetensors", "fidelity.json"):
                shutil.copy(path, folder / path.name)
        card = json.loads((model / "card.json").read_text())
        options, result = card["options"], _result(kind, card)
        if "validation" in card["figures"]:
            (folder / "evaluations").mkdir()
            _write(folder / "evaluations" / "sim02.json", card["figures"]["validation"])
        if "gan" in kind:
            figures = {"generator_loss": 0.7, "critic_loss": 0.6}
        if kind == "gan":
            (folder / "frames").mkdir()
            for epoch in range(EPOCHS):
                np.save(folder / "frames" / f"{epoch:06d}.npy", np.zeros((8, 2, 216), np.float32))
    elif kind in STUDIES:
        result = json.loads(SHIPPED.joinpath(*STUDIES[kind]).read_text())
    else:
        judged = json.loads((SHIPPED / "image-gan-V" / "fidelity.json").read_text())
        result = {"classes": {"V": judged["figures"]}}
    names = list(RECORDS)
    config = {
        "kind": kind,
        "created": f"2026-01-01T00:00:0{number}.000+00:00",
        "options": options,
        "source": {"folder": str(data), "label": "SIMULATED, 3 records", "records": names},
        "split": {"name": "records", "train": names[:1], "test": names[1:], "note": ""},
        "command": " ".join(["python -m ecg_core", *REGISTRY[kind].command]),
        "patients": dict(zip(names, names, strict=True)),
    }
    _write(folder / "config.json", config)
    rows = [
        EpochRow(k, EPOCHS, k, EPOCHS, figures, 1.0, 1.0, float(EPOCHS - k), 1, 1).to_json()
        for k in range(1, EPOCHS + 1)
    ]
    lines = [to_json(Phase("Preparing beats", 1, 3)), *rows]
    (folder / "progress.jsonl").write_text(
        "".join(json.dumps({**row, "time": config["created"]}) + "\n" for row in lines)
    )
    _write(folder / "worker.json", {"pid": 2**22 + 1, "since": config["created"], "waiting": False})
    _write(folder / "result.json", {**result, "finished": config["created"], "seconds": 4.0})
    save_file({"weight": np.zeros((4, 4), np.float32)}, folder / "checkpoint.safetensors")
    (folder / "log.txt").write_text("Nothing to say.\n")
    for name in ("started", "run.lock"):
        (folder / name).touch()
    return Run(folder)


def _result(kind: str, card: dict[str, Any]) -> dict[str, Any]:
    if kind == "gan":
        return {"beats": 900}
    if kind == "image-gan":
        return {"images": 900}
    figures = {"validation": card["figures"]["validation"]}
    return figures | ({"threshold": card["threshold"]} if kind == "autoencoder" else {})


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))
