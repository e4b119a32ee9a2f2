"""The trained models a page can choose from: shipped ones and finished runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecg_core import workspace
from ecg_core.errors import ModelError
from ecg_core.runs.folder import list_runs
from ecg_core.text import number
from ecg_core.training.model_folder import load_card


@dataclass(frozen=True)
class Model:
    """A model folder and what to call it."""

    id: str
    """`models/<name>` for a shipped or promoted model, else the run's id: what stands in addresses."""
    folder: Path
    card: dict[str, Any]

    @property
    def shipped(self) -> bool:
        return self.id.startswith("models/")

    @property
    def label(self) -> str:
        figures = self.card.get("figures", {})
        best = figures.get("DS2") or figures.get("validation") or {}
        where = "DS2" if "DS2" in figures else "validation"
        name = f"{self.id}" if self.shipped else f"Run of {self.card['created'][:16].replace('T', ' ')}"
        unit = self.card["options"].get("unit", "beats")
        return f"{name} · {unit} · {self.card['data']['label']} · ROC AUC {number(best.get('roc_auc'))} ({where})"

    @property
    def stamp(self) -> int:
        """Changes when the model does."""
        return (self.folder / "card.json").stat().st_mtime_ns


def autoencoders() -> tuple[list[Model], list[str]]:
    """Every autoencoder, finished runs first (newest first), then shipped; and what is wrong with the unreadable."""
    found: list[Model] = []
    problems: list[str] = []
    places = [(run.id, run.folder) for run in list_runs() if run.id.split("-")[2] == "autoencoder"]
    folders = sorted(path for path in workspace.MODELS.glob("*") if path.is_dir() and path.name[0] != ".")
    places += [(f"models/{folder.name}", folder) for folder in folders]
    for model_id, folder in places:
        if not (folder / "card.json").is_file():
            continue  # still training, or stopped
        try:
            card = load_card(folder)
        except ModelError as error:
            problems.append(str(error))
            continue
        if card["kind"] == "autoencoder":
            found.append(Model(model_id, folder, card))
    return found, problems


def choose(models: list[Model], wanted: str | None) -> Model | None:
    """The model an address names, or the shipped one, or the newest; None if there is none."""
    by_id = {model.id: model for model in models}
    if wanted in by_id:
        return by_id[wanted]
    return by_id.get("models/autoencoder") or (models[0] if models else None)
