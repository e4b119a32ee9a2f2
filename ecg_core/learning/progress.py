"""What a training tells on the way: one row an epoch, or a step of a phase before or after the epochs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ecg_core.errors import RunError
from ecg_core.typed_json import JsonObject, from_json, to_json, without_empty


@dataclass(frozen=True)
class Phase:
    """Work before or after the epochs: `done` of `of` pieces."""

    phase: str
    done: int
    of: int

    @property
    def text(self) -> str:
        """Such as `preparing beats, 3 of 48`; without the count where there is one piece only."""
        name = f"{self.phase[:1].lower()}{self.phase[1:]}"
        return f"{name}, {self.done} of {self.of}" if self.of > 1 else name


@dataclass(frozen=True)
class EpochRow:
    """One epoch that has ended. Epochs are counted within a network (`epoch` of `epochs`) and over the whole run."""

    epoch: int
    epochs: int
    done: int
    of: int
    figures: Mapping[str, float]
    """Losses and other figures of the epoch, such as `train_loss`."""
    seconds: float
    usual_s: float
    """Median of the epochs so far: one slow epoch must not turn seconds into minutes."""
    eta_s: float
    """Seconds left of the whole run."""
    stage: int | None = None
    """Network of the run, from 1; None where there is one only."""
    stages: int | None = None
    time: str = ""

    @property
    def text(self) -> str:
        """Such as `epoch 7 of 20`, or, in a run of several networks, `network 2 of 8, epoch 7 of 20`."""
        epoch = f"epoch {self.epoch} of {self.epochs}"
        return f"network {self.stage} of {self.stages}, {epoch}" if self.stages and self.stages > 1 else epoch

    def of_stage(self, stage: int, stages: int) -> "EpochRow":
        """The same as a row of a run of several networks: `stage` (from 0) of `stages`, epochs counted over all."""
        later_s = (stages - stage - 1) * self.epochs * self.usual_s
        return replace(
            self,
            stage=stage + 1,
            stages=stages,
            eta_s=self.eta_s + later_s,
            done=stage * self.epochs + self.epoch,
            of=stages * self.epochs,
        )

    def to_json(self) -> JsonObject:
        """Flat, as a line of progress.jsonl has it."""
        value: JsonObject = to_json(self)
        figures = value.pop("figures")
        first = {"epoch": value.pop("epoch"), "epochs": value.pop("epochs")}
        return without_empty({**first, **figures, **value}, "stage", "stages", "time")

    @classmethod
    def from_json(cls, value: JsonObject, what: str) -> "EpochRow":
        """Raises RunError if a field is missing or no number."""
        fixed = set(cls.__dataclass_fields__)
        figures = {name: one for name, one in value.items() if name not in fixed}
        return from_json(cls, {**value, "figures": figures}, what, RunError)


@dataclass(frozen=True)
class Progress:
    """What a run has reported so far."""

    epochs: tuple[EpochRow, ...] = field(default=())
    phase: Phase | None = None
    """The last line, if it is of a phase and not of an epoch."""

    @property
    def last(self) -> EpochRow | None:
        """The newest epoch."""
        return self.epochs[-1] if self.epochs else None
