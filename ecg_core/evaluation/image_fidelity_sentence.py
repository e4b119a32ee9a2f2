"""The figures of a class's synthetic images as one sentence that a clinician can read, good news or bad."""

from ecg_core.evaluation.fidelity_sentence import copies, distance, worth
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity, TraceQuantity

TOLD_APART = 0.8
"""Share of pairs above which a trained network tells synthetic from recorded images too well."""
HAZY = 1.25
"""Times the grey of recorded images above which the ground is called hazy."""
INTERRUPTED = 0.01
"""Share of columns above that of recorded images from which strokes are called interrupted."""
WORDS = {"r_mv": ("R amplitude", "mV", 2), "qrs_ms": ("QRS width", "ms", 0)}
"""Quantity -> its name, its unit, and digits after the point."""


def image_sentence(fidelity: ImageClassFidelity) -> str:
    """One sentence on one class's synthetic images.

    How far from the recorded ones; whether a network, and a classifier of the trace read back, tell them apart; whether
    the strokes are sharp and whole; what the trace measures; copies; and what a classifier trained on them is worth.
    """
    parts = [distance(fidelity, "images"), *_apart(fidelity), _sharp(fidelity), *map(_measured, fidelity.trace)]
    parts.append(copies(fidelity.copying_share, "image"))
    use = fidelity.use
    if use and use.tstr_f1 is not None and use.trtr_f1 is not None:
        parts.append(worth(fidelity.beat_class, use.tstr_f1, use.trtr_f1))
    return "; ".join(part for part in parts if part) + "."


def _apart(fidelity: ImageClassFidelity) -> list[str]:
    auc, trace = fidelity.distances.two_sample_auc, fidelity.distances.two_sample_auc_trace
    if auc is None:
        return []
    found = f"a trained network tells them apart in {100 * auc:.0f} % of pairs"
    by_trace = f", a classifier of the trace read back in {100 * trace:.0f} %" if trace is not None else ""
    start, end = ("but ", ", where chance is 50 %") if auc > TOLD_APART else ("", " (chance: 50 %)")
    return [f"{start}{found}{by_trace}{end}"]


def _sharp(fidelity: ImageClassFidelity) -> str:
    made, recorded = fidelity.sharpness, fidelity.sharpness_recorded
    hazy = made.grey > HAZY * recorded.grey
    grey = (
        f"{'a haze lies over them: ' if hazy else ''}{_share(made.grey)} of their pixels are grey "
        f"(recorded: {_share(recorded.grey)})"
    )
    if made.interrupted is None or recorded.interrupted is None:
        return grey
    broken = made.interrupted > recorded.interrupted + INTERRUPTED
    columns = f"(columns: {_share(made.interrupted)}, recorded {_share(recorded.interrupted)})"
    return f"{grey}, and strokes are {'interrupted' if broken else 'whole'} {columns}"


def _measured(quantity: TraceQuantity) -> str:
    if quantity.name not in WORDS:
        return ""
    name, unit, digits = WORDS[quantity.name]
    return f"{name} {quantity.synthetic:.{digits}f} {unit} (recorded {quantity.recorded:.{digits}f})"


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"
