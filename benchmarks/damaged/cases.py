"""The cases: what is damaged how, what is opened beside it, and what must hold."""

import os
import random
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.damaged.harm import FOLDERS, Damage, of_file
from benchmarks.damaged.openings import Opening, Seen, look
from benchmarks.damaged.world import GOOD_MODEL, MODELS, VICTIM_MODEL, World, run_id
from ecg_core.errors import WorkbenchError
from ecg_core.runs.folder import ALIVE, Run, summary_of
from ecg_core.tasks.registry import REGISTRY
from ecg_core.tasks.task import imported

PAGE_OF = {
    "autoencoder": "Autoencoder",
    "classifier": "Classifier",
    "image-classifier": "Classifier",
    "gan": "Synthesis",
    "image-gan": "Synthesis",
    "study": "Classifier",
    "image-study": "Classifier",
    "few-beats": "Classifier",
    "random-split": "Classifier",
    "image-fidelity": "Synthesis",
}
TABS = {
    "Autoencoder": ("Threshold", "Reconstructions", "Per record", "Train"),
    "Classifier": ("Result", "Mistakes", "Compare", "Study", "Train"),
    "Synthesis": ("Train", "Sample", "Fidelity", "Balance plan"),
}
OTHERS = ("Home", "Records", "Class balance", "Review", "Runs")
LONGEST_WAIT_S = 8.0  # by the clock: who waits for a pipe takes no CPU time


@dataclass(frozen=True)
class Case:
    """One damage and one opening."""

    what: str
    """`model`, `run`, `living run` or `store`."""
    kind: str
    """Of the model or run; the file of a store."""
    file: str
    """Within the model or run; empty for the whole folder."""
    damage: Damage
    opening: Opening

    @property
    def text(self) -> str:
        return f"{self.what} {self.kind} {self.file or 'folder'}: {self.damage.name} | {self.opening.text}"


def cases(world: World, count: int, seed: int) -> list[Case]:
    """So many cases, drawn evenly over what is damaged, then its file, then the way, then the opening."""
    rng = random.Random(seed)
    ways: dict[Path, list[Damage]] = {}
    found = []
    for _ in range(count):
        what = rng.choices(("model", "run", "living run", "store"), (4, 5, 2, 1))[0]
        if what == "store":
            path = rng.choice(world.stores())
            kind, file, whole = str(path.relative_to(world.home)), "", path
        elif what == "model":
            kind = rng.choice(list(MODELS))
            whole = world.models / MODELS[kind]
            file = rng.choice(["", *(path.name for path in whole.iterdir())])
        else:
            kind = rng.choice(world.kinds)
            whole = world.good_run(kind).folder
            names = sorted(str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file())
            names = [name for name in names if what == "run" or name not in ("run.lock", "result.json")]
            file = rng.choice(["", *names, "config.json", "result.json" if what == "run" else "progress.jsonl"])
        path = whole / file if file else whole
        if path not in ways:
            ways[path] = list(FOLDERS) if path.is_dir() else of_file(path)
        whole_file = ways[path] if path.is_dir() else ways[path][:16]
        damage = rng.choice(whole_file if rng.random() < 0.3 else ways[path])
        found.append(Case(what, kind, file, damage, rng.choice(list(openings(world, what, kind)))))
    return found


def openings(world: World, what: str, kind: str) -> Iterator[Opening]:
    """What is opened beside a damaged model, run or store of this kind."""
    for page in OTHERS:
        yield Opening(page)
    if what == "store":
        for page in ("Autoencoder", "Classifier", "Synthesis"):
            yield Opening(page)
        for words in ("data status", "data summary", "collections list", "runs list", "review queue sim01",
                      "peaks sim02", "rhythm sim01", "review export sim01 --to {out}"):  # fmt: skip
            yield _verb(world, words)
        yield Opening("Review", (("record", "sim01"),))
        yield Opening("Records", (("record", "sim02"),))
        return
    page = PAGE_OF[kind]
    good = f"models/{GOOD_MODEL}-{kind}" if kind in MODELS else "models/second-classifier"
    victim = f"models/{VICTIM_MODEL}" if what == "model" else run_id(kind, 2)
    for tab in TABS[page]:
        yield Opening(page, (("tab", tab), ("run", victim)), of_victim=True)
        yield Opening(page, (("tab", tab), ("run", good)))
    yield Opening(page, (("run", victim),), of_victim=True)
    if what != "living run":  # with one, the page opens on Train
        yield Opening(page)
    if kind == "classifier":
        yield Opening("Review", (("record", "sim01"), ("predict", victim)))
        yield Opening("Records", (("record", "sim01"), ("predict", victim)))
    if kind == "autoencoder":
        yield Opening("Records", (("record", "sim01"), ("score", victim)))
    yield Opening("Runs", (("run", run_id(kind, 1)),))
    yield _verb(world, "runs list")
    if what == "model":
        if kind in ("autoencoder", "classifier"):
            yield _verb(world, "evaluate --split sim02 --model {models}/damaged", True)
            yield _verb(world, "review queue sim01 --model {models}/damaged", True)
        if kind == "classifier":
            yield _verb(world, "report sim01 --model {models}/damaged --to {out}", True)
        if kind in ("gan", "image-gan"):
            yield _verb(world, "sample --model {models}/damaged -n 2 --to {out}", True)
        yield _verb(world, f"evaluate --split sim02 --model {{models}}/{GOOD_MODEL}-autoencoder")
        return
    yield Opening("Runs", (("run", victim),), of_victim=True)
    yield Opening("Runs", (("run", f"{victim},{run_id(kind, 1)}"),), of_victim=True)
    for verb in ("show", "report"):
        yield _verb(world, f"runs {verb} {victim}" + (" --to {out}/run.html" if verb == "report" else ""), True)
    yield _verb(world, f"runs show {run_id(kind, 1)}")
    if what == "run":
        for verb in (f"resume {victim}", f"promote {victim} promoted", f"delete {victim}", f"stop {victim}"):
            yield _verb(world, f"runs {verb}", True)
        if kind in MODELS:
            yield _verb(world, f"evaluate --run {victim} --split sim02", True)


def _verb(world: World, words: str, of_victim: bool = False) -> Opening:
    filled = words.format(models=world.models, out=world.home.parent / "out")
    return Opening(command=tuple(filled.split()), of_victim=of_victim)


def carry_out(world: World, case: Case, good: dict[Opening, Counter[str]]) -> list[tuple[str, str]]:
    """Damage, open, put right again; gives what failed. `good` are parts of openings while nothing is damaged."""
    out = world.home.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with _damaged(world, case) as victim:
        with _patience(victim) as ended:
            usable = _usable(case, victim)
            seen = look(case.opening)
        failures = list(seen.failures)
        if ended.is_set() and not failures:
            failures = [("hang", "it waited for what never came")]
        if failures:
            return failures
        return [*_lost(world, case, seen, good), *_untrue(case, seen), *_unnamed(case, seen, usable)]


@contextmanager
def _damaged(world: World, case: Case) -> Iterator[Path]:
    if case.what == "store":
        whole = world.home / case.kind
        kept = whole.read_bytes()
        try:
            case.damage.do(whole)
            yield whole
        finally:
            _remove(whole)
            whole.parent.mkdir(parents=True, exist_ok=True)
            whole.write_bytes(kept)
        return
    if case.what == "model":
        good, whole = world.models / MODELS[case.kind], world.models / VICTIM_MODEL
    else:
        good, whole = world.good_run(case.kind).folder, world.victim_run(case.kind).folder
    _remove(whole)
    shutil.copytree(good, whole)
    held = None
    try:
        if case.what == "living run":
            (whole / "result.json").unlink()
            held = Run(whole).lock()
            held.acquire()
        case.damage.do(whole / case.file if case.file else whole)
        yield whole
    finally:
        if held:
            held.release()
        _remove(whole)
        _remove(world.models / "promoted")
        for path in world.models.parent.rglob(".deleted-*"):
            _remove(path)


def _usable(case: Case, victim: Path) -> bool:
    """Whether the core itself finds nothing wrong with it."""
    if case.what == "store":
        return True
    judged = case.opening.command[:1] == ("evaluate",)  # that needs the model alone
    if case.what != "model" and not judged and (case.opening.page == "Runs" or case.opening.command):
        return victim.is_dir() and summary_of(Run(victim)).state != "damaged"
    if case.kind not in MODELS or case.what == "living run":  # Runs tells of it
        return True
    task, name = REGISTRY[case.kind], f"models/{VICTIM_MODEL}" if case.what == "model" else victim.name
    assert task.model
    try:
        imported(task.model.load)(victim, name)
    except WorkbenchError:
        return False
    except BaseException:  # noqa: BLE001 - the page's opening will tell
        return True
    return True


def _lost(world: World, case: Case, seen: Seen, good: dict[Opening, Counter[str]]) -> Iterator[tuple[str, str]]:
    """Good things that are no longer listed, or whose page shows less than before."""
    command = case.opening.command[:2]
    runs = [run_id(kind, 1) for kind in world.kinds]
    if command == ("runs", "list"):
        yield from (("good one lost", name) for name in runs if name not in seen.shown)
    if case.opening.page == "Runs":
        yield from (("good one lost", name) for name in runs if name not in seen.states)
    if case.opening in good and not case.opening.of_victim and case.what != "store":
        missing = good[case.opening] - seen.parts
        if missing:
            yield "good one lost", ", ".join(f"{count} {name}" for name, count in sorted(missing.items()))
    if command and not case.opening.of_victim and case.what != "store" and seen.code:
        yield "good one lost", seen.said[:150]


def _untrue(case: Case, seen: Seen) -> Iterator[tuple[str, str]]:
    """States that are not so."""
    victim = run_id(case.kind, 2) if case.what in ("run", "living run") else ""
    state = seen.states.get(victim)
    if not case.file:
        return
    if case.what == "living run" and state and state not in (*ALIVE, "damaged"):
        yield "untrue state", f"{state}, yet it lives"
    if case.what == "run" and state in ALIVE:
        yield "untrue state", f"{state}, yet nobody works on it"
    if case.what == "run" and case.file == "result.json" and case.damage.name == "missing" and state == "finished":
        yield "untrue state", "finished, without a result"


def _unnamed(case: Case, seen: Seen, usable: bool) -> Iterator[tuple[str, str]]:
    """A damaged one that was asked for, and is not named."""
    if not case.opening.of_victim or usable:
        return
    name = VICTIM_MODEL if case.what == "model" else run_id(case.kind, 2)
    words = case.opening.command
    if words[:2] == ("runs", "delete"):
        return
    if words and case.what == "model" and seen.code == 0:
        yield "silent", "exit code 0"
    if name not in seen.said and name not in seen.shown:
        yield "not named", (seen.said or "nothing is said")[:150]


@contextmanager
def _patience(victim: Path) -> Iterator[threading.Event]:
    """For a while nothing is done; then pipes are opened, again and again. The event says whether that was needed."""
    over, ended = threading.Event(), threading.Event()

    def wait() -> None:
        if over.wait(LONGEST_WAIT_S):
            return
        while not over.wait(0.05):
            if _waits_for_a_pipe():
                _release(victim)
                ended.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        over.set()
        thread.join()


def _waits_for_a_pipe() -> bool:
    """Whether a thread of this process does."""
    for state in Path("/proc/self/task").glob("*/wchan"):
        try:
            if state.read_text() in ("wait_for_partner", "pipe_read", "anon_pipe_read"):
                return True
        except OSError:
            continue
    return False


def _release(victim: Path) -> None:
    """Let go whoever waits for a pipe."""
    for path in [victim, *([] if not victim.is_dir() or victim.is_symlink() else victim.rglob("*"))]:
        try:
            if path.is_fifo():
                os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        except OSError:
            continue


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
