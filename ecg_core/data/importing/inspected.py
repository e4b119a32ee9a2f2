"""What an import says about a file before it takes it, what a person may add, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

FileKind = Literal["WFDB", "EDF", "EDF+", "BDF", "CSV", "TSV", "parquet", "zip", "unknown"]
Unit = Literal["V", "mV", "uV"]
UNITS: tuple[Unit, ...] = ("V", "mV", "uV")
Missing = Literal["rate", "unit"]
LEAVE_OUT = "-"
"""As the name of a lead: the channel is left out."""


@dataclass(frozen=True)
class Choice:
    """What a person says about one file where the file does not say it."""

    rate: float | None = None
    """Samples a second, in Hz."""
    unit: Unit | None = None
    leads: tuple[str, ...] = ()
    """Names of the ECG channels in the order of the file; `-` leaves a channel out; empty: as the file has them."""
    patient: str | None = None
    corrects: bool = False
    """Whether the rate goes before the times, or the rate, that a table itself states: said of one file by name."""

    def over(self, other: "Choice") -> "Choice":
        """This choice, and for what it leaves open the `other`."""
        return replace(other, **{one.name: value for one in fields(self) if (value := getattr(self, one.name))})


@dataclass(frozen=True)
class Choices:
    """What a person says about the files of an import."""

    every: Choice = Choice()
    """For all files."""
    by_source: Mapping[str, Choice] = field(default_factory=dict)
    """For some, by `Inspected.source`; goes before what is said for all."""

    def of(self, source: str) -> Choice:
        """What is said about one file; a rate said of it alone goes before the times it holds."""
        own = self.by_source.get(source, Choice())
        own = replace(own, corrects=own.corrects or own.rate is not None)
        return own.over(self.every)


@dataclass(frozen=True)
class Channel:
    """One channel, or one column, of a file."""

    label: str
    """As the file has it."""
    unit: str
    """As the file has it; empty where it has none."""
    rate: float | None
    """Hz; None where nobody says."""
    left_out: str = ""
    """Why it is not brought in; empty if it is."""


@dataclass(frozen=True)
class Inspected:
    """One file, or one WFDB record of several files: what it is, what was understood, what is wrong."""

    source: str
    """The file as it was named, or its path within the folder or archive that was named."""
    kind: FileKind
    name: str = ""
    """The record's name, if no other in the collection has it."""
    rate: float | None = None
    """Hz."""
    n_samples: int | None = None
    leads: tuple[str, ...] = ()
    """Names the leads will have."""
    channels: tuple[Channel, ...] = ()
    """All channels of the file, those left out too."""
    unit: str = ""
    """Unit of the leads, as stated or chosen; several with commas; empty where nobody says."""
    proposed_unit: Unit | None = None
    """What the size of the values suggests where nobody says: to be confirmed, never assumed."""
    annotators: tuple[str, ...] = ()
    """Extensions of the annotation files, or `EDF+ annotations`."""
    annotator: str = ""
    """Whose annotations count, where a person said so beside the recording."""
    start: str = ""
    """Start of the recording as the file says, ISO 8601 without a zone."""
    patient: str | None = None
    marks: tuple[str, ...] = ()
    """`SIMULATED` or `SYNTHETIC`, where the file says so of itself: the record will say it too."""
    notes: tuple[str, ...] = ()
    """What was decided on the way, each a sentence."""
    doubts: tuple[str, ...] = ()
    """What is probably wrong and can be so all the same, each a sentence: such as amplitudes that no ECG has."""
    missing: tuple[Missing, ...] = ()
    """What a person has to say before the file can be brought in."""
    problem: str = ""
    """One message: file, field, what to do. Empty where nothing is wrong."""

    @property
    def ready(self) -> bool:
        """Whether it can be brought in as it is."""
        return not self.problem and self.kind not in ("unknown", "zip")

    @property
    def duration_s(self) -> float | None:
        """Seconds; None where rate or length are not known."""
        return None if self.rate is None or self.n_samples is None else self.n_samples / self.rate

    @property
    def left_out(self) -> tuple[Channel, ...]:
        """Channels that are not brought in, each with its reason."""
        return tuple(channel for channel in self.channels if channel.left_out)


@dataclass(frozen=True)
class Imported:
    """A file that is in the collection now."""

    source: str
    record: str
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A file that was not brought in."""

    source: str
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What came of an import."""

    collection: str
    """Name of the collection."""
    folder: str
    """Its folder; empty where nothing was brought in and there was no collection of that name."""
    imported: tuple[Imported, ...] = ()
    already: tuple[Imported, ...] = ()
    """Files that were in the collection before, byte for byte."""
    refused: tuple[Refused, ...] = ()
    ignored: tuple[str, ...] = ()
    """Files beside the recordings that are none, such as a README."""
