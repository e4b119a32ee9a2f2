"""What can be chosen before an autoencoder is trained."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ecg_core.learning.options import Options

Unit = Literal["beats", "windows"]
Input = Literal["difference", "beat"]
Leads = Literal["both", "first", "second"]


@dataclass(frozen=True)
class AutoencoderOptions(Options):
    """Options of one training; everything has a default that was chosen on DS1."""

    OF: ClassVar[str] = "an autoencoder"
    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "bottleneck": (1, 64),
        "epochs": (1, 200),
        "batch_size": (16, 4096),
        "learning_rate": (1e-5, 1e-1),
        "quantile": (0.5, 0.9999),
        "folds": (2, 10),
        "half_width_s": (1, 10),
        "seed": (0, 2**31 - 1),
    }

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
