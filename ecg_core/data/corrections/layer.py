"""The layer of labels that corrections make of another one."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import NO_BEAT
from ecg_core.data.labels import CORRECTED, Annotations, LabelLayer


@dataclass(frozen=True)
class Corrected:
    """A layer with corrections in it."""

    layer: LabelLayer
    n_changed: int
    """Beats that have another label than before."""
    n_agreed: int
    misfits: tuple[int, ...] = field(repr=False)
    """Samples decided about at which the layer has no such beat any more: their decisions are left out."""


def digest_of(layer: LabelLayer) -> str:
    """SHA-256 over places and symbols of a layer."""
    said = layer.annotations
    digest = hashlib.sha256(np.ascontiguousarray(said.sample, "<i8").tobytes())
    digest.update(np.ascontiguousarray(said.symbol, "<U1").tobytes())
    return digest.hexdigest()


def corrected(base: LabelLayer, corrections: Corrections, people: Collection[str] | None = None) -> Corrected:
    """`base` with what people decided in its place; those of some `people` only, if named.

    A decision counts where the layer still has the symbol that the person saw, or the one that was decided on.
    """
    said = base.annotations
    symbol, aux = said.symbol.astype("<U1").copy(), list(said.aux)
    changed = agreed = 0
    misfits = []
    for sample, one in corrections.standing(people).items():
        if one.before == one.after == NO_BEAT:
            continue  # a stretch that was looked at
        first, stop = np.searchsorted(said.sample, [sample, sample + 1])
        at = next((k for k in range(first, stop) if _fits(str(symbol[k]), one.before, one.after, base)), None)
        if at is None:
            misfits.append(sample)
        elif one.before == one.after and symbol[at] == one.after:
            agreed += 1
        else:
            symbol[at], changed = one.after, changed + 1
            aux[at] = ""
    people_named = ", ".join(name or "somebody" for name in corrections.people if people is None or name in people)
    last = corrections.entries[-1].edit.time if corrections.entries else ""
    layer = LabelLayer(
        CORRECTED,
        "person",
        f"{base.name}, corrected by {people_named}" if people_named else base.name,
        base.made_from,
        last,
        Annotations(said.sample, symbol, tuple(aux)),
    )
    return Corrected(layer, changed, agreed, tuple(misfits))


def _fits(symbol: str, before: str, after: str, base: LabelLayer) -> bool:
    """A person decides about classes where the layer has a model's, and about `?` where it has none."""
    return symbol in (before, after) or base.kind in ("detected", "model")
