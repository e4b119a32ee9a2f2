"""Annotations as the run-by-run and episode comparisons of EC57 read them: beats by class, and where flutter,
fibrillation and shutdowns begin and end.

ANSI/AAMI EC57:2012; WFDB Applications Guide, rxr(1): https://physionet.org/physiotools/wag/rxr-1.htm
"""

from dataclasses import dataclass
from enum import Enum, auto

from ecg_core.data.annotation_file import FileAnnotations
from ecg_core.data.labels import Annotations
from ecg_core.evaluation.beat_matching import UNREADABLE
from ecg_core.evaluation.label_maps import EC57_MAP


class Kind(Enum):
    """What a mark means to a comparison of runs."""

    NORMAL = auto()
    SUPRAVENTRICULAR = auto()
    """Also a normal beat in fibrillation or atrial flutter."""
    VENTRICULAR = auto()
    """V and F."""
    UNCLASSIFIED = auto()
    FLUTTER_BEGINS = auto()
    """Ventricular."""
    FLUTTER_ENDS = auto()
    FIBRILLATION_BEGINS = auto()
    """Atrial, and atrial flutter."""
    FIBRILLATION_ENDS = auto()
    SHUTDOWN = auto()


@dataclass(frozen=True)
class Event:
    """One mark that counts."""

    sample: int
    kind: Kind


_BY_CLASS = {
    "N": Kind.NORMAL, "S": Kind.SUPRAVENTRICULAR, "V": Kind.VENTRICULAR, "F": Kind.VENTRICULAR, "Q": Kind.UNCLASSIFIED,
}  # fmt: skip


def events(annotations: Annotations) -> list[Event]:
    """The marks that count, in time order. Flutter and fibrillation end each other; what is on already does not begin
    again."""
    found: list[Event] = []
    subtypes = annotations.subtype.tolist() if isinstance(annotations, FileAnnotations) else [0] * len(annotations)
    flutter = fibrillation = unreadable = False
    rows = zip(annotations.sample.tolist(), annotations.symbol.tolist(), annotations.aux, subtypes, strict=True)
    for sample, symbol, aux, subtype in rows:
        kind: Kind | None = None
        if name := EC57_MAP.classes.get(symbol):
            kind = Kind.SUPRAVENTRICULAR if name == "N" and fibrillation else _BY_CLASS[name]
        elif symbol == "~":
            off = subtype & UNREADABLE == UNREADABLE
            kind = Kind.SHUTDOWN if off and not unreadable else None
            unreadable = off
        elif symbol == "[" or (symbol == "+" and aux.startswith("(VF")):
            kind = None if flutter else Kind.FLUTTER_BEGINS
            flutter, fibrillation = True, fibrillation and flutter
        elif symbol == "+" and aux.startswith("(AF"):
            kind = None if fibrillation else Kind.FIBRILLATION_BEGINS
            flutter, fibrillation = flutter and fibrillation, True
        elif symbol == "]":
            kind = Kind.FLUTTER_ENDS if flutter else None
            flutter = False
        elif symbol == "+" and fibrillation:
            kind, fibrillation = Kind.FIBRILLATION_ENDS, False
        elif symbol == "+" and flutter:
            kind, flutter = Kind.FLUTTER_ENDS, False
        if kind:
            found.append(Event(sample, kind))
    return found
