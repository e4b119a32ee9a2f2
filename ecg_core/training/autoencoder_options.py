"""What can be chosen before an autoencoder is trained."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin

from ecg_core.errors import RunError

Unit = Literal["beats", "windows"]
Input = Literal["difference", "beat"]
Leads = Literal["both", "first", "second"]

LIMITS: dict[str, tuple[float, float]] = {
    "bottleneck": (1, 64),
    "epochs": (1, 200),
    "batch_size": (16, 4096),
    "learning_rate": (1e-5, 1e-1),
    "quantile": (0.5, 0.9999),
    "folds": (2, 10),
    "half_width_s": (1, 10),
    "seed": (0, 2**31 - 1),
}


@dataclass(frozen=True)
class AutoencoderOptions:
    """Options of one training; everything has a default that was chosen on DS1."""

    unit: Unit = "beats"
    """Score beats, or windows of `half_width_s` before and after a beat."""
    input: Input = "difference"
    """Beats only: `difference`, each beat minus its recording's median beat, or `beat`, as it is."""
    leads: Leads = "both"
    early: bool = True
    """Beats only: add the part of the score that says how early a beat comes."""
    half_width_s: float = 3.0
    bottleneck: int = 8
    epochs: int = 8
    batch_size: int = 256
    learning_rate: float = 4e-3
    folds: int = 5
    """Groups of patients; each is scored by a network that has not seen it, and those scores set the threshold."""
    quantile: float = 0.98
    """Share of normal validation beats below the default threshold."""
    seed: int = 0

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if get_origin(one.type) is Literal and value not in get_args(one.type):
                raise RunError(f"{one.name} is {value!r}: choose one of {', '.join(get_args(one.type))}.")
            if one.name in LIMITS:
                low, high = LIMITS[one.name]
                if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                    raise RunError(f"{one.name} is {value!r}: choose a number from {low:g} to {high:g}.")
                if one.type is int and not isinstance(value, int):
                    raise RunError(f"{one.name} is {value!r}: choose a whole number.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "AutoencoderOptions":
        """Raises RunError for an option there is not."""
        unknown = set(found) - {one.name for one in fields(cls)}
        if unknown:
            raise RunError(f"Unknown option {', '.join(sorted(unknown))} of an autoencoder.")
        return cls(**found)
