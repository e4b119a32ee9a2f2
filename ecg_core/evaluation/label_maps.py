"""Which symbols are beats, and of which class: the maps under which two annotations can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecg_core.beats.classes import BY_CODE

_EC57 = {"N": "NLRB", "S": "AaJSnej", "V": "VrE", "F": "F", "Q": "/fQ?"}


@dataclass(frozen=True)
class LabelMap:
    """One way to give annotation symbols a class."""

    name: str
    title: str
    classes: Mapping[str, str]
    """Annotation symbol -> one of N S V F Q; what is not in it is no beat."""

    @property
    def has_sveb(self) -> bool:
        """Whether supraventricular beats are a class of their own."""
        return "S" in self.classes.values()


EC57_MAP = LabelMap(
    "ec57",
    "classes as bxb has them: escape beats e, j, n are S",
    {symbol: name for name, symbols in _EC57.items() for symbol in symbols},
)
"""ANSI/AAMI EC57:2012 as WFDB's `bxb` has it."""
DE_CHAZAL_MAP = LabelMap(
    "de_chazal",
    "classes as de Chazal et al. 2004 have them: escape beats e, j are N",
    {**EC57_MAP.classes, **{code: symbol.beat_class for code, symbol in BY_CODE.items()}},
)
"""De Chazal et al. 2004 (doi 10.1109/TBME.2004.827359), and everywhere else in this package."""
WITHOUT_SVEB_MAP = LabelMap(
    "without_sveb",
    "the older form: S counted as N",
    {symbol: "N" if name == "S" else name for symbol, name in EC57_MAP.classes.items()},
)
"""The form of EC57 without supraventricular beats, `bxb -l`."""
LABEL_MAPS: Mapping[str, LabelMap] = {one.name: one for one in (EC57_MAP, DE_CHAZAL_MAP, WITHOUT_SVEB_MAP)}
BEAT_SYMBOLS = frozenset(EC57_MAP.classes)
"""Every symbol that WFDB counts as a beat; a flutter wave `!` is none."""
