"""What can be chosen before a GAN is trained: one that makes beats, or one that makes ECG images."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ecg_core.learning.options import Options

BeatClassName = Literal["S", "V", "F", "N", "Q"]
STEPS_PER_EPOCH = 100
"""An epoch is this many steps, whatever the class holds: 414 beats and 45,000 then train alike."""
FEWEST_BEATS = 100
FEWEST_IMAGES = 100


@dataclass(frozen=True)
class GanOptions(Options):
    """Options of one beat GAN; every default was chosen on DS1."""

    OF: ClassVar[str] = "a beat GAN"
    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "epochs": (1, 1000),
        "batch_size": (16, 512),
        "learning_rate": (1e-5, 1e-2),
        "penalty": (0, 100),
        "beats_per_component": (10, 10_000),
        "seed": (0, 2**31 - 1),
    }

    beat_class: BeatClassName = "V"
    """AAMI class whose beats the GAN learns: one GAN a class."""
    epochs: int = 80
    batch_size: int = 64
    learning_rate: float = 5e-4
    penalty: float = 0.1
    """Weight of the critic's gradient penalties."""
    beats_per_component: int = 20
    """About so many training beats a Gaussian of the mixture it starts from. Fewer copy more."""
    seed: int = 0


@dataclass(frozen=True)
class ImageGanOptions(Options):
    """Options of one image GAN."""

    OF: ClassVar[str] = "an image GAN"
    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "epochs": (1, 1000),
        "batch_size": (8, 256),
        "learning_rate": (1e-5, 1e-2),
        "penalty": (0, 1000),
        "seed": (0, 2**31 - 1),
    }

    label: str = "V"
    """Class whose images the GAN learns: an AAMI class, or a sub-folder of an image folder."""
    size: Literal[64, 128] = 64
    """Pixels a side."""
    ground: Literal["plain", "paper"] = "plain"
    """Images of beats: on plain or on ECG paper. An image folder: grey or in colour."""
    leads: Literal["both", "first", "second"] = "both"
    """Images of beats only."""
    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 2e-4
    penalty: float = 30.0
    """Weight of the critic's gradient penalties; below about 10 the generator goes blank."""
    seed: int = 0
