"""The smallest training of every kind, on simulated recordings."""

import json
import subprocess
import sys

from benchmarks.faulting.bench import RECORDS, Bench, until
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.tasks.registry import REGISTRY

SHORT = ("--epochs", "1", "--steps-per-epoch", "20")
FEW = ("--records", *RECORDS)
GAN_ONLY = ("--epochs", "1", "--batch-size", "16", "--held-out", "0", *FEW)
WORDS: dict[str, tuple[str, ...]] = {
    "autoencoder": ("--epochs", "5", "--folds", "2", *FEW),
    "classifier": (*SHORT, "--folds", "2", "--members", "1", *FEW),
    "image-classifier": (*SHORT, "--folds", "2", "--members", "1", "--most-normal", "50", *FEW),
    "gan": ("--beat-class", "V", "--accepted", "1", *GAN_ONLY),
    "image-gan": ("--label", "V", *GAN_ONLY),
    "study": ("--choices", "none oversampling", "--seeds", "2", *SHORT),
    "image-study": ("--choices", "augmentation", "--seeds", "2", *SHORT),
    "few-beats": ("--classes", "V", "--numbers", "10", "--choices", "none oversampling", "--filled", "60", "--seeds",
                  "2", "--gan-epochs", "1", *SHORT),
    "random-split": (*SHORT, "--members", "1", "--folds", "2"),
}  # fmt: skip
JUDGED = {"fidelity": "gan", "image-fidelity": "image-gan"}
"""Kinds that pages start, and which kind of model they judge."""
ELSEWHERE = {"archive-scoring"}
"""Kinds that make no model: killed and resumed by their own tests (`tests/tasks/archive`)."""
_START = (
    "import sys\n"
    "from ecg_core.data.sources import current_source\n"
    "from ecg_core.runs.control import start\n"
    "from ecg_core.tasks.material import Recordings\n"
    "from ecg_core.tasks.registry import REGISTRY\n"
    "task = REGISTRY[sys.argv[1]]\n"
    "unseen = {'unseen': False} if sys.argv[1] == 'fidelity' else {}\n"
    "options = task.options.from_json({'models': sys.argv[2], **unseen})\n"
    "print(start(task, Recordings.of(current_source()), options).id)\n"
)


class Tiny:
    """Starts them, each kind the same at each time."""

    def __init__(self, bench: Bench) -> None:
        missing = REGISTRY.keys() - WORDS.keys() - JUDGED.keys() - ELSEWHERE
        assert not missing, f"no tiny training of {missing}"
        self.bench = bench
        self.models: dict[str, str] = {}

    def start(self, kind: str, again: int = 0) -> Run:
        """A run of that kind; of autoencoders there are as many as `again` has values."""
        if kind not in JUDGED:
            words = (*REGISTRY[kind].command, *WORDS[kind])
            return self.bench.started(*words, *(("--seed", str(again)) if again else ()))
        made = JUDGED[kind]
        if made not in self.models:
            self.models[made] = self.finish(made).id
        done = subprocess.run(
            [sys.executable, "-c", _START, kind, self.models[made]], cwd=self.bench.project,
            env=self.bench.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        return Run(self.bench.runs / done.stdout.strip())

    def finish(self, kind: str, again: int = 0) -> Run:
        """The same, when it has ended well."""
        run = self.start(kind, again)
        ended(run)
        if run.state != "finished":
            raise RuntimeError(f"{run.id}: {run.state}, {run.error}")
        return run

    def resume(self, run: Run) -> str:
        """Go on; what was said instead, if it was refused."""
        said = self.bench.command("runs", "resume", run.id, "--json")
        return "" if said.out.startswith("{") and json.loads(said.out).get("run") == run.id else said.err.strip()


def ended(run: Run) -> None:
    until(lambda: run.state not in ALIVE, f"{run.id} to end")
