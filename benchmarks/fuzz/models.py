"""Targets: cards and weights of every kind of model, loaded, then used."""

import hashlib
import json
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.fuzz.judging import Case, Ready, Wrong
from benchmarks.fuzz.mutations import ODD_VALUES, changed, encoded, mutated_bytes, mutated_json
from benchmarks.fuzz.recordings import put
from ecg_core import workspace
from ecg_core.beats.beat_set import BeatSet
from ecg_core.errors import ModelError
from ecg_core.files import FileState
from ecg_core.learning.fits import preparation_of
from ecg_core.tasks.registry import task_of_model
from ecg_core.tasks.task import imported
from ecg_core.ui.models import Model, _read

_SHIPPED = ("autoencoder", "classifier", "gan-F", "image-gan-F", "image-classifier-usual")


def _beats(config: Any) -> BeatSet:
    """Four beats of noise, prepared as a card says."""
    rng = np.random.default_rng(0)
    n, n_points = 4, len(config.times_s)
    signals = rng.normal(0, 0.3, (n, config.n_leads, n_points)).astype(np.float32)
    table = pd.DataFrame({
        "record": ["r"] * n, "r_sample": np.arange(n) * 200 + 200, "time_s": np.arange(n) * 0.8 + 0.8, "symbol": ["N"] * n,
        "beat_class": ["N"] * n, "rr_pre_s": [0.8] * n, "rr_post_s": [0.8] * n, "ratio_causal": [1.0] * n,
        "ratio_record": [1.0] * n, "patient": ["r"] * n, "excluded": [""] * n, "synthetic": [False] * n,
    })  # fmt: skip
    template = {"r": signals.mean(axis=0)}
    return BeatSet(signals, table, template, {"r": np.ones(config.n_leads, np.float32)},
                   {"r": tuple(f"L{k}" for k in range(config.n_leads))}, {"r": 10.0}, config, {"r": "0"})  # fmt: skip


def use_model(folder: Path) -> None:
    """Load a model as pages and commands do, and let it do what it is for, once."""
    card, _, problem = _read(FileState.of(folder / "card.json"), FileState.of(folder / "model.safetensors"))
    if card is None:
        raise ModelError(problem)
    model = Model("models/x", folder, card)
    _ = model.label, model.name, model.listed_name, card.preparation and card.preparation.lead_names()
    task = task_of_model(card.kind)
    assert task.model
    loaded, card = imported(task.model.load)(folder, "x")
    finite: list[Any] = []
    match card.kind:
        case "autoencoder" if loaded.options.unit == "beats":
            finite = [loaded.threshold_, loaded.score_samples(_beats(preparation_of(card).config))]
        case "autoencoder":
            finite = [loaded.threshold_]
        case "classifier":
            finite = [loaded.predict_proba(_beats(preparation_of(card).config))]
        case "gan":
            made = loaded.sample(3, 0)
            finite = [made.signals, made.rhythm]
        case "image-gan":
            finite = [loaded.sample(2, 0)]
        case _:
            size = (1, loaded.options.size, loaded.options.size, *([3] if loaded.options.ground == "paper" else []))
            finite = [loaded.predict_proba(np.full(size, 128, np.uint8))]
    for values in finite:
        if not np.isfinite(np.asarray(values, float)).all():
            raise Wrong("a model that was loaded gives what is no number")


def _prepared(folder: Path) -> dict[str, tuple[str, bytes]]:
    found = {}
    for name in _SHIPPED:
        source, place = workspace.MODELS / name, folder / name
        place.mkdir()
        card, weights = (source / "card.json").read_text("utf-8"), (source / "model.safetensors").read_bytes()
        (place / "card.json").write_text(card, "utf-8")
        (place / "model.safetensors").write_bytes(weights)
        found[name] = (card, weights)
    return found


def card(folder: Path) -> Ready:
    """`card.json` of every kind beside its weights."""
    models = _prepared(folder)
    short = {name: _shortened(text) for name, (text, _) in models.items()}

    def make(rng: random.Random) -> Case:
        name = rng.choice(_SHIPPED)
        return Case(name, changed(rng, lambda own: mutated_json(own, short[name]), encoded(short[name])))

    def use(case: Case) -> None:
        put(folder / case.variant / "card.json", case.content)
        use_model(folder / case.variant)

    for name in _SHIPPED:  # what a first model has imported is no cost of the second
        use_model(folder / name)
    return Ready(make, use)


def _shortened(text: str) -> str:
    """A card whose long lists of figures are cut: a damage in those alone is the rarest, and they take the time."""
    value = json.loads(text)

    def cut(one: Any) -> Any:
        if isinstance(one, dict):
            return {key: cut(item) for key, item in one.items()}
        return [cut(item) for item in one] if isinstance(one, list) else one

    value["figures"] = {part: cut(row) for part, row in list(value.get("figures", {}).items())[:1]}
    return json.dumps(value)


def weights(folder: Path) -> Ready:
    """`model.safetensors` of every kind; nine of ten with a card that vouches for them."""
    models = _prepared(folder)

    def make(rng: random.Random) -> Case:
        name = rng.choice(_SHIPPED)
        return Case(name, changed(rng, lambda own: _tensors_changed(own, models[name][1]), models[name][1]))

    def use(case: Case) -> None:
        place = folder / case.variant
        value = json.loads(models[case.variant][0])
        if "weights_sha256" in value and len(case.content) % 10:
            value["weights_sha256"] = hashlib.sha256(case.content).hexdigest()
        put(place / "card.json", encoded(json.dumps(value)))
        put(place / "model.safetensors", case.content)
        use_model(place)

    for name in _SHIPPED:
        use_model(folder / name)
    return Ready(make, use)


def _tensors_changed(rng: random.Random, raw: bytes) -> bytes:
    size = struct.unpack("<Q", raw[:8])[0]
    head, body = json.loads(raw[8 : 8 + size]), bytearray(raw[8 + size :])
    names = [name for name in head if name != "__metadata__"]
    if rng.random() < 0.1:
        return mutated_bytes(rng, raw[: 8 + size], 2) + bytes(body)
    for _ in range(rng.randint(1, 2)):
        name = rng.choice(names)
        if name not in head:
            continue
        one = head[name]
        start, stop = one["data_offsets"]
        match rng.randrange(11):
            case 0:
                del head[name]
            case 1:
                head[rng.choice((name + "x", name.upper(), "\u202e", ""))] = head.pop(name)
            case 2:
                one["dtype"] = rng.choice(("F64", "F16", "BF16", "I64", "I8", "U8", "BOOL", "F8_E4M3", "x", 5, "I32"))
            case 3:
                shape = one["shape"]
                one["shape"] = rng.choice(
                    (
                        shape[::-1],
                        [*shape, 1],
                        shape[1:],
                        [0],
                        [2**62],
                        [-1],
                        [int(np.prod(shape))],
                        [2**33, 2**33],
                        "x",
                        None,
                        [1.5],
                        [1, *shape],
                    )
                )
            case 4:
                one["data_offsets"] = rng.choice(
                    ([start, stop + 4], [stop, start], [0, 2**50], [-4, 0], [start + 4, stop + 4], None, "x")
                )
            case 5:
                other = head.get(rng.choice(names))
                if other:
                    head[name] = dict(other)
            case 6:
                others = [
                    n
                    for n in names
                    if n in head and head[n]["data_offsets"] and isinstance(head[n]["data_offsets"], list)
                ]
                twin = rng.choice(others)
                head[name], head[twin] = head[twin], head[name]
            case 7 if isinstance(start, int) and isinstance(stop, int) and 0 <= start < stop <= len(body) - 4:
                value = struct.pack(
                    "<f", rng.choice((float("nan"), float("inf"), -float("inf"), 1e38, -1e38, 1e-40, 0.0))
                )
                if rng.random() < 0.5:
                    body[start:stop] = (value * ((stop - start) // 4 + 1))[: stop - start]
                else:
                    at = rng.randrange(start, stop) // 4 * 4
                    body[at : at + 4] = value
            case 8:
                head["__metadata__"] = rng.choice(
                    (
                        {},
                        {"values": "{}"},
                        {"values": "["},
                        {"values": json.dumps({"lead_numbers": rng.choice(ODD_VALUES[:20]), "aligned": 5})},
                        {"values": json.dumps({"lead_numbers": [0, 7, -1]})},
                        {"x": "y" * 9000},
                        None,
                        {"values": "[" * 100_000},
                    )
                )
            case 9:
                del body[rng.randrange(len(body)) :]
            case _:
                at = rng.randrange(len(body))
                body[at : at + 8] = rng.randbytes(8)
        if rng.random() < 0.3:
            break
    packed = encoded(json.dumps(head))
    packed += b" " * (-len(packed) % 8)
    length = len(packed) if rng.random() < 0.97 else rng.choice((0, 2**63, 2**64 - 1, len(packed) - 1, len(packed) + 8))
    return struct.pack("<Q", length) + packed + bytes(body)
