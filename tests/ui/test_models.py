"""The models a page can choose from."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecg_core import workspace
from ecg_core.files import write_json
from ecg_core.learning.checkpoint import Checkpoint, write_checkpoint
from ecg_core.learning.model_folder import WEIGHTS
from ecg_core.tasks.places import kind_of_id
from ecg_core.ui.home.models import figures_text
from ecg_core.ui.models import choose, of_kind
from ecg_core.workspace import runs_folder


def shipped_validation() -> Any:
    """Figures of the shipped autoencoder, for cards made up here."""
    return json.loads((workspace.PROJECT / "models/autoencoder/card.json").read_text())["figures"]["validation"]


GAN = {
    "kind": "gan", "created": "2026-11-22T07:22:15.530+00:00", "options": {"beat_class": "V"}, "beats": 3785,
    "data": {"label": "MIT-BIH, 48 records", "data_hash": "x", "simulated": False}, "seed": 0, "versions": {},
    "split": {"name": "DS1/DS2", "train": [], "test": [], "note": ""}, "command": "python -m ecg_core train gan",
    "preprocessing": {"fs": 180.0, "before_s": 0.35, "after_s": 0.45, "band_hz": [0.5, 40.0], "n_leads": 2},
    "preprocessing_hash": "x", "leads": {}, "figures": {},
}  # fmt: skip
IMAGE_GAN = GAN | {"kind": "image-gan", "options": {"label": "V", "size": 64, "ground": "paper"}, "images": 3785}
AUTOENCODER = GAN | {
    "kind": "autoencoder", "options": {"unit": "beats"}, "figures": {"validation": shipped_validation()},
}  # fmt: skip


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(workspace, "MODELS", folder)
    return folder


def put_run(name: str, card: dict[str, Any] | None) -> None:
    folder = runs_folder() / name
    folder.mkdir(parents=True)
    write_json(folder / "config.json", {"kind": kind_of_id(name)})
    if card:
        write_json(folder / "card.json", card)
        write_checkpoint(folder / WEIGHTS, Checkpoint({}, {}))


def put_model(shipped: Path, name: str, card: dict[str, Any]) -> None:
    (shipped / name).mkdir()
    write_json(shipped / name / "card.json", card)
    write_checkpoint(shipped / name / WEIGHTS, Checkpoint({}, {}))


@pytest.mark.parametrize("kind", ["gan", "image-gan", "autoencoder", "fidelity"])
def test_the_kind_of_a_run_is_read_from_its_id(kind: str) -> None:
    assert kind_of_id(f"20261122-072215530-{kind}-26a1") == kind


@pytest.mark.parametrize("name", ["", "models/gan-V", "x"])
def test_what_is_no_run_has_no_kind_of_run(name: str) -> None:
    assert kind_of_id(name) == ""


def test_models_of_a_kind_are_runs_newest_first_and_then_the_shipped(shipped: Path) -> None:
    put_run("20261122-072215530-gan-26a1", GAN)
    put_run("20261123-072215530-gan-0001", GAN)
    put_run("20261124-072215530-image-gan-26a1", IMAGE_GAN)
    put_run("20261125-072215530-autoencoder-26a1", AUTOENCODER)
    put_run("20261126-072215530-gan-0002", None)  # still training
    put_model(shipped, "gan-V", GAN)
    put_model(shipped, "image-gan-V", IMAGE_GAN)
    gans, problems = of_kind("gan")
    assert [model.id for model in gans] == [
        "20261123-072215530-gan-0001", "20261122-072215530-gan-26a1", "models/gan-V",
    ]  # fmt: skip
    assert [model.id for model in of_kind("image-gan")[0]] == [
        "20261124-072215530-image-gan-26a1", "models/image-gan-V",
    ]  # fmt: skip
    assert [model.id for model in of_kind("autoencoder")[0]] == ["20261125-072215530-autoencoder-26a1"]
    assert problems == []


def test_a_label_says_what_a_gan_makes_and_what_it_learned_from(shipped: Path) -> None:
    put_model(shipped, "gan-V", GAN)
    put_model(shipped, "image-gan-V", IMAGE_GAN)
    put_run("20261122-072215530-gan-26a1", GAN)
    run, gan = of_kind("gan")[0]
    (images,) = of_kind("image-gan")[0]
    assert gan.label == "Shipped beat GAN, class V · V beats · MIT-BIH, 48 records · 3,785 beats"
    assert run.label == "Run of 2026-11-22 07:22 · V beats · MIT-BIH, 48 records · 3,785 beats"
    assert (
        images.label
        == "Shipped image GAN, class V · V images · 64 x 64 px, ECG paper · MIT-BIH, 48 records · 3,785 images"
    )
    assert (gan.class_label, images.class_label) == ("V", "V")


def test_a_model_that_somebody_named_is_called_by_that_name_too(shipped: Path) -> None:
    classifier = GAN | {"kind": "image-classifier", "options": {"form": "beat"}}
    for name in ("image-classifier", "image-classifier-beat", "mine"):
        put_model(shipped, name, classifier)
    assert [model.short_name for model in of_kind("image-classifier")[0]] == [
        "Shipped image classifier", "Shipped image classifier, the beat alone", "Image classifier, mine",
    ]  # fmt: skip


def test_a_label_of_an_image_folders_gan_says_grey_or_colour(shipped: Path) -> None:
    card = {name: value for name, value in IMAGE_GAN.items() if name != "preprocessing"}
    put_model(shipped, "image-gan-x", card)
    assert "64 x 64 px, colour" in of_kind("image-gan")[0][0].label


def test_an_autoencoder_has_the_label_it_had(shipped: Path) -> None:
    put_model(shipped, "autoencoder", AUTOENCODER)
    (model,) = of_kind("autoencoder")[0]
    assert model.label == "Shipped autoencoder · beats · MIT-BIH, 48 records · ROC AUC 0.994 (validation)"
    assert model.class_label == ""


def test_a_damaged_card_is_named_and_leaves_the_others(shipped: Path) -> None:
    put_model(shipped, "gan-V", GAN)
    (shipped / "broken").mkdir()
    (shipped / "broken" / "card.json").write_text("{")
    found, problems = of_kind("gan")
    assert [model.id for model in found] == ["models/gan-V"]
    assert len(problems) == 1
    assert "is not valid JSON" in problems[0]


def test_the_model_an_address_names_is_chosen_and_else_the_newest(shipped: Path) -> None:
    put_model(shipped, "gan-V", GAN)
    put_run("20261122-072215530-gan-26a1", GAN)
    models, _ = of_kind("gan")
    chosen = [choose(models, wanted) for wanted in ("models/gan-V", None, "models/gan-X")]
    assert [model.id if model else None for model in chosen] == ["models/gan-V", models[0].id, models[0].id]
    assert choose([], None) is None


DAMAGES: dict[str, Any] = {
    "a folder": None,
    "a loop": Path("card.json"),
    "nested": "[" * 100_000,
    "a list": "[]",
    "no options": json.dumps({name: value for name, value in GAN.items() if name != "options"}),
    "fs 1e9": json.dumps({**GAN, "preprocessing": {**GAN["preprocessing"], "fs": 1e9}}),  # type: ignore[dict-item]
    "null figures": json.dumps({**AUTOENCODER, "figures": {"validation": None}}),
    "unknown kind": json.dumps({**GAN, "kind": "dream"}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_odd_folder_hides_no_good_model(shipped: Path, damage: Any) -> None:
    put_model(shipped, "autoencoder", AUTOENCODER)
    (shipped / "bad").mkdir()
    card = shipped / "bad" / "card.json"
    if damage is None:
        card.mkdir()
    elif isinstance(damage, Path):
        card.symlink_to(damage)
    else:
        card.write_text(damage)
    models, problems = of_kind("autoencoder")
    assert [model.id for model in models] == ["models/autoencoder"]
    assert len(problems) == 1
    assert "bad" in problems[0]


def test_a_card_without_intervals_has_its_figures_on_home(shipped: Path) -> None:
    card = json.loads((workspace.PROJECT / "models/classifier/card.json").read_text())
    for report in card["figures"].values():
        report["intervals"] = None
    del card["weights_sha256"]  # the weights here are none of its own
    put_model(shipped, "classifier", card)
    (model,) = of_kind("classifier")[0]
    assert figures_text(model) == "Macro-F1 **0.793** validation, 0.853 test (DS2)"
