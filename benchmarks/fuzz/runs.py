"""Targets: files of runs, and what is kept beside models; tables and settings of people; logs of corrections."""

import json
import os
import random
from pathlib import Path
from typing import Any

from benchmarks.fuzz.judging import Case, Ready
from benchmarks.fuzz.mutations import changed, encoded, mutated_json, mutated_text
from benchmarks.fuzz.recordings import HEADERS, put
from ecg_core import workspace
from ecg_core.cli.run_verbs import summary_row
from ecg_core.data import sources
from ecg_core.data.annotators import chosen_annotators
from ecg_core.data.corrections import export, log
from ecg_core.data.importing.collection import read_manifest
from ecg_core.data.patients import find_patients, patients_in_file
from ecg_core.data.simulate import ensure_simulated
from ecg_core.learning.model_folder import load_card
from ecg_core.runs.folder import open_run, summary_of
from ecg_core.tasks.fidelity.judging import kept_fidelity
from ecg_core.tasks.fidelity.judging_images import kept_image_fidelity
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.study.training import kept_result

_KEPT = {"study": "classifier/study.json", "few-beats": "classifier/few-beats.json",
         "random-split": "classifier/random-split.json", "image-study": "image-classifier/image-study.json"}  # fmt: skip


def _json_of(path: str) -> Any:
    return json.loads((workspace.MODELS / path).read_text("utf-8"))


def _results() -> dict[str, Any]:
    """Kind -> a sound result, as the models shipped have them."""
    found: dict[str, Any] = {kind: _json_of(path) for kind, path in _KEPT.items() if kind in REGISTRY}
    auto = _json_of("autoencoder/card.json")
    found["autoencoder"] = {"validation": auto["figures"]["validation"], "threshold": auto["threshold"]}
    for kind in ("classifier", "image-classifier"):
        found[kind] = {"validation": _json_of(f"{kind}/card.json")["figures"]["validation"]}
    found["gan"] = {"beats": 300, "fidelity": _json_of("gan-F/card.json")["figures"]["fidelity"]}
    found["image-gan"] = {"images": 300}
    return {
        kind: {**value, "finished": "2026-01-01T00:10:00.000+00:00", "seconds": 600.5} for kind, value in found.items()
    }


def run_files(folder: Path) -> Ready:
    """Config, progress, worker, result, error and evaluations of a run of every kind."""
    os.environ["ECG_HOME"] = str(folder / "home")
    results, texts, ids = _results(), dict[tuple[str, str], str](), dict[str, str]()
    for k, (kind, result) in enumerate(results.items()):
        ids[kind] = f"20260101-0000{k:05d}-{kind}-{k:04x}"
        place = folder / "home" / "runs" / ids[kind]
        (place / "evaluations").mkdir(parents=True)
        config = {"kind": kind, "created": "2026-01-01T00:00:00.000+00:00", "options": REGISTRY[kind].options().to_json(),
                  "source": {"folder": "nowhere", "label": "SIMULATED, 12 records", "records": ["sim01", "sim02"]},
                  "split": {"name": "records", "train": ["sim01"], "test": ["sim02"], "note": ""}, "command": f"python -m ecg_core train {kind}"}  # fmt: skip
        row = {
            "epoch": 1,
            "epochs": 8,
            "done": 1,
            "of": 8,
            "figures": {"train_loss": 1.0},
            "seconds": 1.0,
            "usual_s": 1.0,
            "eta_s": 7.0,
            "time": "",
            "train_loss": 1.0,
        }
        progress = json.dumps({"phase": "preparing", "done": 1, "of": 2}) + "\n" + json.dumps(row) + "\n"
        own = {"config.json": config, "result.json": result, "worker.json": {"pid": 1, "since": "2026-01-01T00:00:00.000+00:00", "waiting": False},
               "error.json": {"message": "The disk is full.", "time": "2026-01-01T00:00:00.000+00:00"}}  # fmt: skip
        if "validation" in result:
            own["evaluations/DS2.json"] = result["validation"]
        for name, value in own.items():
            texts[kind, name] = json.dumps(value)
            if name != "error.json":
                (place / name).write_text(json.dumps(value), "utf-8")
        texts[kind, "progress.jsonl"] = progress
        (place / "progress.jsonl").write_text(progress, "utf-8")

    def make(rng: random.Random) -> Case:
        kind, name = rng.choice(tuple(texts))
        sound = texts[kind, name]

        def damage(own: random.Random) -> bytes:
            if name != "progress.jsonl":
                return mutated_json(own, sound)
            if own.random() < 0.5:
                return mutated_text(own, sound)
            return b"\n".join(mutated_json(own, line) for line in sound.splitlines()) + b"\n"

        return Case(f"{kind} {name}", changed(rng, damage, encoded(sound)))

    def use(case: Case) -> None:
        kind, name = case.variant.split()
        run = open_run(ids[kind])
        put(run.folder / name, case.content)
        try:
            summary = summary_of(run)
            json.dumps(summary_row(summary), allow_nan=False)
            _ = summary.title, summary.unit, summary.class_label, run.error, run.files(), run.frame_paths()
            run.evaluations()
            if summary.result:
                json.dumps(summary.result.report.to_json())
            if summary.problem:
                from ecg_core.errors import RunError

                raise RunError(summary.problem)
        finally:
            if name == "error.json":
                (run.folder / name).unlink()
            else:
                put(run.folder / name, encoded(texts[kind, name]))

    for (kind, name), text in texts.items():  # what the first of a kind has imported is no cost of the second
        use(Case(f"{kind} {name}", encoded(text)))
    return Ready(make, use)


def kept(folder: Path) -> Ready:
    """Studies and fidelity kept beside models."""
    files = {
        **{kind: path for kind, path in _KEPT.items() if kind in REGISTRY},
        "gan": "gan-F/fidelity.json",
        "image-gan": "image-gan-F/fidelity.json",
    }
    texts = {kind: (workspace.MODELS / path).read_text("utf-8") for kind, path in files.items()}
    for kind in texts:
        (folder / kind).mkdir()
    for kind in ("gan", "image-gan"):
        for file in ("card.json", "model.safetensors"):
            (folder / kind / file).write_bytes((workspace.MODELS / f"{kind}-F" / file).read_bytes())

    def make(rng: random.Random) -> Case:
        kind = rng.choice(tuple(texts))
        return Case(kind, changed(rng, lambda own: mutated_json(own, texts[kind]), encoded(texts[kind])))

    def use(case: Case) -> None:
        place = folder / case.variant
        put(place / files[case.variant].rpartition("/")[2], case.content)
        if case.variant == "gan":
            kept_fidelity(place, load_card(place))
        elif case.variant == "image-gan":
            kept_image_fidelity(place)
        else:
            kept_result(REGISTRY[case.variant], place)

    return Ready(make, use)


def corrections(folder: Path) -> Ready:
    """Logs of what people decided about beats."""
    edit = {"client": "c1", "seq": 1, "act": "decide", "person": "Ann", "time": "2026-01-01T00:00:00+00:00", "samples": [100, 200],
            "before": ["N", "N"], "after": ["V", "N"], "queue": "flagged", "model": "models/autoencoder", "of": 0}  # fmt: skip
    lines = [{"format": 1, "record": "100", "place": "x", "base": "reference", "base_digest": "0" * 64}]
    lines += [{"number": k + 1, **edit, "seq": k + 1, "samples": [100 * k + 5, 100 * k + 50]} for k in range(5)]
    lines += [{"number": 6, **edit, "seq": 6, "act": "undo", "of": 2, "samples": [], "before": [], "after": []}]
    lines += [{"number": 7, **edit, "seq": 7, "act": "finish", "samples": [], "before": [], "after": []}]
    texts = [json.dumps(line) for line in lines]
    sound = "\n".join(texts) + "\n"

    def make(rng: random.Random) -> Case:
        def one_line(own: random.Random) -> bytes:
            at = own.randrange(len(texts))
            return (
                b"\n".join(mutated_json(own, text) if k == at else encoded(text) for k, text in enumerate(texts))
                + b"\n"
            )

        return Case(
            "corrections.jsonl",
            changed(rng, lambda own: one_line(own) if own.random() < 0.6 else mutated_text(own, sound), encoded(sound)),
        )

    def use(case: Case) -> None:
        path = folder / "corrections.jsonl"
        put(path, case.content)
        found = log.read(path)
        if found:
            _ = found.standing(), found.people, found.finished, found.last
            export.decisions_table(found, 360.0)

    return Ready(make, use)


def tables(folder: Path) -> Ready:
    """`patients.csv`, `annotators.csv`, `collection.json` and `settings.json`."""
    home = folder / "home"
    os.environ["ECG_HOME"] = str(home)
    os.environ.pop("ECG_DATA_DIR", None)
    ensure_simulated(home / "data" / "simulated")
    place = home / "collections" / "mine"
    place.mkdir(parents=True)
    (place / "s1.hea").write_text(HEADERS["s1"], "utf-8")
    (place / "s1.dat").write_bytes(bytes(400))
    manifest = {"name": "Mine", "created": "2026-01-01", "version": 1, "records": [
        {"record": "s1", "source": "s1.hea", "sha256": "0" * 64, "kind": "WFDB", "files": ["s1.hea", "s1.dat"], "imported": "2026-01-01",
         "start": "", "patient": "p1", "channels": [{"label": "II", "unit": "mV", "rate": 250.0, "left_out": ""}], "notes": ["x"], "arriving": False}]}  # fmt: skip
    texts = {
        "patients.csv": "record,patient\ns1,p01\n\"x y\",\"p, 2\"\n", "annotators.csv": "record,annotator\ns1,atr\n",
        "collection.json": json.dumps(manifest),
        "settings.json": json.dumps({"collection": str(place), "data_folder": str(place), "collections_before": [str(place)]}),
    }  # fmt: skip
    where = {name: (home if name == "settings.json" else place) / name for name in texts}
    for name, path in where.items():
        path.write_text(texts[name], "utf-8")

    def make(rng: random.Random) -> Case:
        name = rng.choice(tuple(texts))
        damage = mutated_json if name.endswith("json") else mutated_text
        return Case(name, changed(rng, lambda own: damage(own, texts[name]), encoded(texts[name])))

    def use(case: Case) -> None:
        put(where[case.variant], case.content)
        try:
            match case.variant:
                case "patients.csv":
                    patients_in_file(where[case.variant])
                    find_patients(place, ["s1"])
                case "annotators.csv":
                    chosen_annotators(place)
                case "collection.json":
                    read_manifest(place)
                case _:
                    _ = workspace.settings(), sources.current_folder()
                    workspace.remember(seen=1)
            sources.current_source()
        finally:
            for name, path in where.items():
                put(path, encoded(texts[name]))

    return Ready(make, use)
