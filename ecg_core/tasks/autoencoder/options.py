"""What can be chosen before an autoencoder is trained."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ecg_core.learning.options import Option, Options

Unit = Literal["beats", "windows"]
Input = Literal["difference", "beat"]
Leads = Literal["both", "first", "second"]
LEADS_WORDS = {"both": "Both leads", "first": "First lead", "second": "Second lead"}
HIGHEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class AutoencoderOptions(Options):
    """Options of one training; everything has a default that was chosen on DS1."""

    OF: ClassVar[str] = "an autoencoder"

    unit: Annotated[
        Unit,
        Option(
            "Score beats, or windows of `half_width_s` before and after a beat.",
            words={"beats": "Beats", "windows": "Windows around beats"},
        ),
    ] = "beats"
    input: Annotated[
        Input,
        Option(
            "Beats only: `difference`, each beat minus its recording's median beat, or `beat`, as it is.",
            words={"difference": "Beat minus the record's median beat", "beat": "Beat as it is"},
        ),
    ] = "difference"
    leads: Annotated[Leads, Option("Leads the network sees.", words=LEADS_WORDS)] = "both"
    early: Annotated[
        bool,
        Option(
            "Beats only: add the part of the score that says how early a beat comes. Supraventricular beats often look "
            "normal; only their timing gives them away. Uses the whole recording's RR intervals (off-line, as in a "
            "Holter report).",
            label="Add how early the beat comes to its score",
        ),
    ] = True
    around: Annotated[
        bool,
        Option(
            "Beats only: judge each beat together with the beats of its recording that are most like it, and against "
            "the quietest tenth of its recording. Needs no label.",
            label="Judge a beat together with its likes",
        ),
    ] = True
    half_width_s: Annotated[
        float,
        Option("Windows only: seconds before and after a beat.", 1, 10, 0.5, label="Seconds before and after a beat"),
    ] = 3.0
    bottleneck: Annotated[
        int,
        Option("Numbers between encoder and decoder. Too many, and abnormal beats are copied as well.", 1, 64),
    ] = 8
    epochs: Annotated[int, Option("Passes over the normal beats, for each network.", 1, 200)] = 8
    batch_size: Annotated[int, Option("Beats in one step.", 16, 4096)] = 256
    learning_rate: Annotated[float, Option("At its highest. Lower it if a loss is not a number.", 1e-5, 1e-1, 1e-3)] = (
        4e-3
    )
    folds: Annotated[
        int,
        Option(
            "Groups of patients; each is scored by a network that has not seen it, and those scores set the threshold.",
            2,
            48,
            label="Patient groups",
        ),
    ] = 5
    quantile: Annotated[
        float,
        Option(
            "Share of normal validation beats below the default threshold.",
            0.5,
            0.9999,
            0.001,
            label="Share of normal validation beats below the threshold",
        ),
    ] = 0.98
    seed: Annotated[int, Option("The same seed and options give the same result.", 0, HIGHEST_SEED)] = 0
