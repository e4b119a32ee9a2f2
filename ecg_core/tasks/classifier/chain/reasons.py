"""Why a beat was called what it was, in words: one sentence a step."""

from ecg_core.tasks.classifier.chain.chain import F, Reading, V
from ecg_core.text import percent

ON_TIME = 1.0
"""Spreads of the rhythm within which a beat is on time."""
VISIBLE, UNLIKE = 0.5, 0.15
CLEARLY_WIDER_MS = 5.0


def reasons(reading: Reading, row: int) -> tuple[str, ...]:
    """What each step saw in the beat at `row` of a recording, shape first."""
    said = [shape_words(reading, row), timing_words(float(reading.spreads_early[row]))]
    said += [wave_words(reading, row), _rhythm_words(bool(reading.fibrillation[row]))]
    if reading.probabilities[row].argmax() in (V, F) or reading.ventricular[row] >= 0.5:
        said.append(f"F rather than V: {percent(float(reading.fusion[row]))}, by the network.")
    return tuple(said)


def shape_words(reading: Reading, row: int) -> str:
    """Its family, and how like the sinus beats it is."""
    number = int(reading.family[row])
    n = int((reading.family == number).sum())
    like = f"likeness {reading.likeness[row]:.2f} of 1"
    wider = float(reading.wider_ms[row])
    width = f", QRS {wider:.0f} ms wider than theirs" if wider >= CLEARLY_WIDER_MS else ""
    if reading.sinus[row]:
        return f"Shape: one of the {n:,} sinus beats ({like}{width})."
    several = f"one of {n:,} beats of shape {number + 1}" if n > 1 else f"the only beat of shape {number + 1}"
    return f"Shape: {several}, against the sinus beats {like}{width}."


def timing_words(spreads: float) -> str:
    """How early or late it comes against the rhythm without V beats."""
    if abs(spreads) < ON_TIME:
        return "Timing: on time."
    return f"Timing: {abs(spreads):.1f} spreads of the rhythm {'early' if spreads > 0 else 'late'}."


def wave_words(reading: Reading, row: int) -> str:
    """Its P wave against those around."""
    if reading.wave_visible[row] < VISIBLE:
        return "P wave: none that can be told apart around it."
    unlike = float(reading.wave_unlike[row])
    return "P wave: unlike the usual one." if unlike > UNLIKE else "P wave: as usual."


def _rhythm_words(fibrillation: bool) -> str:
    return "Rhythm: in atrial fibrillation, where S is hardly told." if fibrillation else "Rhythm: no fibrillation."
