"""A disk that is full, at seeded moments of everything that writes; and one that may only be read."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.faulting.bench import RECORDS, Bench, Said, copied, small_disk, until, using
from benchmarks.faulting.outcome import differences
from benchmarks.faulting.races import twin
from benchmarks.faulting.tally import Tally
from benchmarks.faulting.tiny import Tiny, ended
from benchmarks.faulting.visits import PAGES, looked_at, serving
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.runs.leftovers import half_written

SIZE_KB = 160_000
FULL = "full"


class Disk:
    """The small disk, with a finished run on it, and what is known to be saved there."""

    def __init__(self, place: Path, bench: Bench, spare: Path, rng: random.Random) -> None:
        self.place, self.bench, self.spare, self.rng = place, bench, spare, rng
        self.ballast = place / "ballast"
        self.tiny = Tiny(bench)
        self.unbroken = self.tiny.finish("autoencoder")
        self.said = 0

    def fill(self, free_kb: int) -> None:
        """Leave so much room."""
        with self.ballast.open("wb") as file:
            for _ in range(100):
                room = os.statvfs(self.place)
                size = room.f_bavail * room.f_frsize - free_kb * 1024
                if size <= 0:
                    return
                with suppress(OSError):  # somebody has written meanwhile
                    os.posix_fallocate(file.fileno(), 0, size)
                    return

    def empty(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def saved(self) -> dict[str, str]:
        """What has been said to be saved, with its digest: finished runs, models, each decision, collections."""
        home, models = self.bench.home, self.bench.project / "models"
        paths = [*models.rglob("*"), *(home / "labels").rglob("*"), *(home / "collections").rglob("*")]
        paths += [path for path in self.unbroken.folder.rglob("*") if path.name != "log.txt"]
        shown = [path for path in paths if path.is_file() and not path.name.startswith(".")]
        found: dict[str, str] = {}
        for path in shown:  # decisions are only ever added to
            parts = path.read_bytes().splitlines() if path.suffix == ".jsonl" else [path.read_bytes()]
            found |= {f"{path} {k}": hashlib.sha256(part).hexdigest() for k, part in enumerate(parts)}
        return found


def fill_disks(_: Bench, disks: int, rng: random.Random) -> list[Tally]:
    """A row a kind of work; so many moments among them."""
    acts: dict[str, Callable[[Disk, Tally], None]] = {
        "preparing": _preparing, "training": _training, "checkpoint": _checkpoint, "promote": _promote,
        "import": _import, "corrections": _corrections, "export": _export, "pages": _pages,
    }  # fmt: skip
    tallies = {name: Tally(f"full disk: {name}") for name in acts}
    place = _.home.parent / "disk"
    try:
        with small_disk(place, SIZE_KB):
            inner = copied(place / "app", place / "home")
            with using(inner):
                disk = Disk(place, inner, _.home.parent / "spare", rng)
                disk.spare.mkdir()
                for number in range(disks):
                    name = list(acts)[number % len(acts)]
                    before = disk.saved()
                    tallies[name].injected += 1
                    try:
                        acts[name](disk, tallies[name])
                    finally:
                        disk.empty()
                    after = disk.saved()
                    for path, digest in before.items():
                        if after.get(path) != digest:
                            tallies[name].lose(f"{path} was saved")
    except PermissionError as error:
        print(f"No small disk can be mounted here: {error}", file=sys.stderr)
    return list(tallies.values())


def read_only(bench: Bench) -> list[Tally]:
    """Pages and commands on a workspace that may only be read."""
    tally = Tally("read-only workspace")
    place = bench.home.parent / "disk"
    try:
        with small_disk(place, SIZE_KB):
            inner = Bench(bench.project, place / "home")
            inner.home.mkdir()
            with using(inner):
                _read_only(inner, place, tally)
    except PermissionError as error:
        print(f"No small disk can be mounted here: {error}", file=sys.stderr)
    return [tally]


def _read_only(bench: Bench, place: Path, tally: Tally) -> None:
    tiny = Tiny(bench)
    done = tiny.finish("autoencoder")
    broken = twin(done, 1, done=False)
    remount = ["mount", "-o", "remount,ro", str(place)]
    until(lambda: subprocess.run(remount, capture_output=True, check=False).returncode == 0, "files to be closed", 60)
    looks: tuple[tuple[str, ...], ...] = (("list",), ("show", done.id), ("show", broken.id))
    acts: tuple[tuple[str, ...], ...] = (
        ("resume", broken.id), ("delete", broken.id), ("promote", done.id, "race"), ("stop", broken.id),
    )  # fmt: skip
    for words in looks:
        tally.injected += 1
        said = bench.command("runs", *words)
        if said.code or not said.plain:
            tally.lie(f"runs {' '.join(words)}: {said.err[-300:]}")
    for words in acts:
        tally.injected += 1
        _sentence(tally, bench.command("runs", *words), words)
    tally.injected += 1
    _sentence(tally, bench.command("train", "autoencoder", "--epochs", "1"), ("train",))
    for run, state in ((done, "finished"), (broken, "interrupted")):
        if run.state != state:
            tally.lie(f"{run.id} is {run.state}, expected {state}")
    with serving(bench) as server:
        for page, query in [*((page, "") for page in PAGES), ("Runs", f"run={done.id}"), ("Runs", f"run={broken.id}")]:
            tally.injected += 1
            visit = looked_at(server, page, query)
            for problem in visit.problems:
                tally.lie(f"page {page} {query}: {problem}")
    shutil.rmtree(bench.project / "models" / "race", ignore_errors=True)


def _sentence(tally: Tally, said: Said, words: tuple[str, ...]) -> None:
    if said.code == 0 or not said.plain:
        tally.lie(f"{' '.join(words)}: {said.code}, {said.out[-200:]} {said.err[-300:]}")


def _full(tally: Tally, said: Said, what: str) -> None:
    """Either it was done, or it is said that the disk is full."""
    if not said.plain or (said.code and FULL not in said.err.lower() + said.out.lower()):
        tally.lie(f"{what} on a full disk: {said.code}, {said.err[-400:]}")


def _preparing(disk: Disk, tally: Tally) -> None:
    shutil.rmtree(disk.bench.home / "cache", ignore_errors=True)
    disk.fill(disk.rng.choice((0, 2, 8, 40, 300, 1500)))
    before = {path.name for path in disk.bench.runs.iterdir()}
    words = ("train", "autoencoder", "--epochs", "5", "--folds", "2", "--records", *RECORDS)
    said = disk.bench.command(*words, "--follow")
    _full(tally, said, "training")
    made = [Run(disk.bench.runs / name) for name in {path.name for path in disk.bench.runs.iterdir()} - before]
    runs = [run for run in made if not run.id.startswith(".")]
    if len(runs) != len(made):
        tally.lie(f"litter: {[run.id for run in made]}")
    disk.empty()
    for run in runs or [disk.tiny.start("autoencoder")]:
        _goes_on(disk, tally, run)


def _training(disk: Disk, tally: Tally) -> None:
    run = disk.tiny.start("autoencoder")
    time.sleep(disk.rng.uniform(0, 4))
    _filled_within(disk, tally, run)


def _checkpoint(disk: Disk, tally: Tally) -> None:
    run = disk.tiny.start("autoencoder")
    epoch = disk.rng.randint(1, 9)
    while run.state in ALIVE and len(run.progress().epochs) < epoch:
        time.sleep(0.005)
    _filled_within(disk, tally, run)


def _filled_within(disk: Disk, tally: Tally, run: Run) -> None:
    disk.fill(disk.rng.choice((0, 0, 4, 16, 64)))
    ended(run)
    if run.state != "finished" and (run.state != "failed" or FULL not in (run.error or "")):
        tally.lie(f"{run.id} on a full disk is {run.state}: {run.error}")
    disk.empty()
    _goes_on(disk, tally, run)


def _goes_on(disk: Disk, tally: Tally, run: Run) -> None:
    """Once there is room, it comes to what an unbroken run comes to."""
    ended(run)
    if run.state != "finished":
        if refused := disk.tiny.resume(run):
            tally.lose(f"{run.id} is not resumed: {refused}")
            return
        ended(run)
    if run.state != "finished":
        tally.lose(f"{run.id} resumed and {run.state}: {run.error}")
    elif files := differences(run, disk.unbroken):
        tally.differ(f"{run.id}: {', '.join(files)}")
    if left := [path.name for path in half_written(run.folder)]:
        tally.lie(f"{run.id} keeps {left}")


def _promote(disk: Disk, tally: Tally) -> None:
    models = disk.bench.project / "models"
    disk.fill(disk.rng.choice((0, 2, 8, 40, 100)))
    before = (models / "filled").exists()
    said = disk.bench.command("runs", "promote", disk.unbroken.id, "filled", "--replace")
    _full(tally, said, "promoting")
    if (said.code == 0 or before) != (models / "filled" / "card.json").exists():
        tally.lie(f"promoted with {said.code}, and there is {list(models.glob('filled/*'))}")
    if litter := [path.name for path in models.glob(".*")]:
        tally.lie(f"litter in models: {litter}")
    disk.empty()
    if disk.bench.command("runs", "promote", disk.unbroken.id, "filled", "--replace").code:
        tally.lose("promoting does not work once there is room")


def _import(disk: Disk, tally: Tally) -> None:
    source = disk.bench.home / "data" / "simulated"
    brought = disk.spare / f"brought{disk.rng.randrange(10**6)}"
    brought.mkdir()
    for path in source.glob("sim04.*"):
        shutil.copy2(path, brought / path.name)
    name = brought.name
    disk.fill(disk.rng.choice((0, 4, 50, 400)))
    said = disk.bench.command("import", str(brought), "--collection", name)
    _full(tally, said, "importing")
    disk.empty()
    said = disk.bench.command("import", str(brought), "--collection", name)
    found = list((disk.bench.home / "collections").rglob("sim04.dat"))
    if said.code or not any(path.read_bytes() == (brought / "sim04.dat").read_bytes() for path in found):
        tally.lose(f"importing does not work once there is room: {said.err[-200:]}")


def _corrections(disk: Disk, tally: Tally) -> None:
    import wfdb

    disk.said += 1
    beats = wfdb.rdann(str(disk.bench.home / "data" / "simulated" / "sim02"), "atr")
    normal = [at for at, symbol in zip(beats.sample, beats.symbol, strict=True) if symbol == "N"]
    file = disk.spare / "decisions.csv"
    file.write_text(f"sample,after\n{normal[disk.said * 3]},V\n", encoding="ascii")
    words = ("review", "apply", "sim02", str(file), "--person", "tester")
    disk.fill(0)
    said = disk.bench.command(*words)
    _full(tally, said, "correcting")
    disk.empty()
    said = disk.bench.command(*words)
    kept = "".join(path.read_text() for path in (disk.bench.home / "labels").rglob("corrections.jsonl"))
    if said.code or f"{normal[disk.said * 3]}" not in kept:
        tally.lose(f"correcting does not work once there is room: {said.err[-200:]}")


def _export(disk: Disk, tally: Tally) -> None:
    target = disk.place / f"exported{disk.rng.randrange(10**6)}"
    words = ("sample", "--model", "models/gan-V", "-n", "400", "--to", str(target))
    disk.fill(disk.rng.choice((0, 4, 100)))
    said = disk.bench.command(*words)
    _full(tally, said, "exporting")
    if said.code and (left := [path for path in target.rglob("*") if path.is_file()]):
        tally.lie(f"half an export: {left}")
    disk.empty()
    if disk.bench.command(*words).code:
        tally.lose("exporting does not work once there is room")
    shutil.rmtree(target, ignore_errors=True)


def _pages(disk: Disk, tally: Tally) -> None:
    disk.fill(0)
    with serving(disk.bench) as server:
        for page in PAGES:
            for problem in looked_at(server, page).problems:
                tally.lie(f"page {page or 'Home'} on a full disk: {problem}")
    disk.empty()
