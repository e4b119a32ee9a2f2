"""What a protocol is: a way of measuring that others have used, as a value; and what it ends with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError, RunError, WorkbenchError
from ecg_core.evaluation.figure import Figure
from ecg_core.files import read_json
from ecg_core.learning.card import Card
from ecg_core.typed_json import JsonObject, from_json, to_json
from ecg_core.workspace import PROJECT

KEPT = PROJECT / "docs" / "protocols"
"""Results that come with the workbench, `NAME.json`; pages show them."""
MOST_NAMED = 8
MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Column:
    """One figure that a protocol gives."""

    key: str
    title: str
    kind: str = "number"
    """As `Figure.kind`: number, share, count or rate."""
    higher_is_better: bool | None = True
    """None for what is neither, such as a count of beats."""


@dataclass(frozen=True)
class Published:
    """What somebody else reached under the same protocol."""

    work: str
    figures: Mapping[str, float]
    """Key of a column -> value."""
    source: str
    caution: str = ""


@dataclass(frozen=True)
class ProtocolRow:
    """One record or series."""

    name: str
    figures: Mapping[str, float | None]
    peer: Mapping[str, float | None] = field(default_factory=dict)
    """The same of the work that `Protocol.row_peer` names."""


@dataclass(frozen=True)
class ProtocolResult:
    """What a protocol ends with."""

    protocol: str
    model: str
    """The model judged, such as `models/classifier`; empty where none is."""
    created: str
    total: Mapping[str, float | None]
    rows: tuple[ProtocolRow, ...] = ()
    published: tuple[Published, ...] = ()
    note: str = ""
    weights_sha256: str = ""
    """Of the model, as its card has it."""

    def to_json(self) -> JsonObject:
        value: JsonObject = to_json(self)
        return value

    @classmethod
    def from_json(cls, value: object, what: str, error: type[WorkbenchError] = DataError) -> "ProtocolResult":
        return from_json(cls, value, what, error)

    def of_model(self, card: Card) -> bool:
        """Whether it is of these weights."""
        return bool(self.weights_sha256) and self.weights_sha256 == card.weights_sha256


@dataclass(frozen=True)
class Protocol:
    """One way of measuring."""

    name: str
    """On the command line and in file names."""
    title: str
    what: str
    """In two or three sentences: which data, how split, what is counted, and what to keep in mind."""
    judges: str
    """Kind of model that is judged; empty for a method that needs none."""
    records: tuple[str, ...]
    columns: tuple[Column, ...]
    carry_out: Callable[["ProtocolRun"], ProtocolResult] = field(repr=False)
    row_title: str = "Record"
    row_peer: str = ""
    """Whose figures stand beside ours, row by row."""
    model: str = ""
    """The folder judged if none is named."""
    ours: str = ""
    """What our row is called where it is no model of ours."""

    @property
    def command(self) -> str:
        return f"python -m ecg_core evaluate --protocol {self.name}"

    def check(self, source: DataSource) -> None:
        """Raise RunError, naming them, if records are not in the data in use."""
        missing = [name for name in self.records if name not in source.records]
        if missing:
            named = ", ".join(missing[:MOST_NAMED])
            more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
            raise RunError(
                f"Protocol {self.name} needs record {named}{more}, which the data in use ({source.label}) do not have. "
                "Set ECG_DATA_DIR to the MIT-BIH Arrhythmia Database."
            )

    def written(self, key: str, value: float | None) -> str:
        """A figure as people read it."""
        kind = next(one.kind for one in self.columns if one.key == key)
        return Figure(key, value, kind=kind).text  # type: ignore[arg-type]


@dataclass(frozen=True)
class ProtocolRun:
    """What carrying out a protocol is handed."""

    protocol: Protocol
    source: DataSource
    folder: Path | None
    """The model's folder."""
    model: str
    """What it is called."""
    tell: Callable[[str], None] = lambda _: None


def kept_result(name: str) -> ProtocolResult | None:
    """The result of a protocol that comes with the workbench. Raises DataError if it is damaged."""
    path = KEPT / f"{name}.json"
    try:
        value = read_json(path, MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise DataError(f"{path.name} is not valid JSON ({str(error)[:200]}).") from None
    return ProtocolResult.from_json(value, path.name)
