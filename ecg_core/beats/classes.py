"""One table of WFDB annotation symbols: name, AAMI class, and normal / abnormal / non-beat.

AAMI classes follow ANSI/AAMI EC57:2012 as applied to MIT-BIH by de Chazal et al. 2004
(doi 10.1109/TBME.2004.827359), with `e` and `j` counted as N; some papers count them as S.
`n` is S, `B` N, `r` V and `?` Q, as the WFDB tools for EC57 group them; the MIT-BIH database has none of the four.
Symbols and their names: PhysioNet, "ECG annotations" (https://archive.physionet.org/physiobank/annotations.shtml).
"""

from dataclasses import dataclass
from typing import Literal

BeatClass = Literal["N", "S", "V", "F", "Q"]
Group = Literal["normal", "abnormal", "non-beat"]
Role = Literal["normal", "abnormal", "set aside"]
"""Normal beats are what detectors learn, abnormal ones what they find; those set aside have counts, never a score."""


@dataclass(frozen=True)
class AamiClass:
    """One class of beats."""

    code: BeatClass
    name: str
    role: Role
    usual_symbol: str
    """The annotation symbol written for a beat of which only the class is known."""


AAMI_CLASSES: tuple[AamiClass, ...] = (
    AamiClass("N", "Normal and bundle branch block", "normal", "N"),
    AamiClass("S", "Supraventricular ectopic", "abnormal", "A"),
    AamiClass("V", "Ventricular ectopic", "abnormal", "V"),
    AamiClass("F", "Fusion", "abnormal", "F"),
    AamiClass("Q", "Paced or unclassifiable", "set aside", "Q"),
)
CLASSES: tuple[BeatClass, ...] = tuple(one.code for one in AAMI_CLASSES)
CLASS_NAMES: dict[str, str] = {one.code: one.name for one in AAMI_CLASSES}
USUAL_SYMBOL: dict[str, str] = {one.code: one.usual_symbol for one in AAMI_CLASSES}
ABNORMAL = tuple(one.code for one in AAMI_CLASSES if one.role == "abnormal")
SCORED = tuple(one.code for one in AAMI_CLASSES if one.role != "set aside")
SET_ASIDE = tuple(one.code for one in AAMI_CLASSES if one.role == "set aside")


@dataclass(frozen=True)
class Symbol:
    """One annotation symbol that marks a beat."""

    code: str
    name: str
    beat_class: BeatClass
    group: Group
    """In the plain grouping only `N` is normal, every other beat abnormal; `Q` and `?` (unclassified) are left out."""


SYMBOLS: tuple[Symbol, ...] = (
    Symbol("N", "Normal beat", "N", "normal"),
    Symbol("L", "Left bundle branch block beat", "N", "abnormal"),
    Symbol("R", "Right bundle branch block beat", "N", "abnormal"),
    Symbol("B", "Bundle branch block beat (side not said)", "N", "abnormal"),
    Symbol("e", "Atrial escape beat", "N", "abnormal"),
    Symbol("j", "Nodal (junctional) escape beat", "N", "abnormal"),
    Symbol("A", "Atrial premature beat", "S", "abnormal"),
    Symbol("a", "Aberrated atrial premature beat", "S", "abnormal"),
    Symbol("J", "Nodal (junctional) premature beat", "S", "abnormal"),
    Symbol("S", "Supraventricular premature beat", "S", "abnormal"),
    Symbol("n", "Supraventricular escape beat", "S", "abnormal"),
    Symbol("V", "Premature ventricular contraction", "V", "abnormal"),
    Symbol("r", "R-on-T premature ventricular contraction", "V", "abnormal"),
    Symbol("E", "Ventricular escape beat", "V", "abnormal"),
    Symbol("F", "Fusion of ventricular and normal beat", "F", "abnormal"),
    Symbol("/", "Paced beat", "Q", "abnormal"),
    Symbol("f", "Fusion of paced and normal beat", "Q", "abnormal"),
    Symbol("Q", "Unclassifiable beat", "Q", "non-beat"),
    Symbol("?", "Beat not classified during learning", "Q", "non-beat"),
)
BY_CODE: dict[str, Symbol] = {symbol.code: symbol for symbol in SYMBOLS}

NON_BEAT_NAMES: dict[str, str] = {
    "+": "Rhythm change",
    "~": "Signal quality change",
    "|": "Isolated QRS-like artefact",
    "x": "Non-conducted P wave",
    "[": "Start of ventricular flutter or fibrillation",
    "!": "Ventricular flutter wave",
    "]": "End of ventricular flutter or fibrillation",
    '"': "Comment",
}


def is_beat(code: str) -> bool:
    """Whether an annotation symbol marks a beat (a flutter wave `!` does not)."""
    return code in BY_CODE


def beat_class(code: str) -> BeatClass:
    """AAMI class of a beat symbol. Raises KeyError for a symbol that marks no beat."""
    return BY_CODE[code].beat_class


def group(code: str) -> Group:
    """The plain grouping of any annotation symbol: normal beat, abnormal beat, or neither."""
    return BY_CODE[code].group if code in BY_CODE else "non-beat"
