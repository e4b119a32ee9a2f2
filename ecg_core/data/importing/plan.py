"""Which channels of a file become which leads: the file's labels and units, and what a person chose about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ecg_core.data.header_text import FS_RANGE_HZ
from ecg_core.data.importing.channels import lead_names, says_ecg, unit_of, why_no_ecg
from ecg_core.data.importing.inspected import LEAVE_OUT, UNITS, Channel, Choice
from ecg_core.data.importing.limits import MAX_LEADS
from ecg_core.errors import DataError


@dataclass(frozen=True)
class Source:
    """One channel as the file describes it."""

    label: str
    unit: str
    rate: float | None
    refused: str = ""
    """Why the reader of its format cannot use it."""


@dataclass(frozen=True)
class Plan:
    """What is done with each channel."""

    channels: tuple[Channel, ...]
    """All channels of the file."""
    used: tuple[int, ...]
    """Places of those that become leads."""
    leads: tuple[str, ...]
    units: tuple[str, ...]
    """Unit of each lead; empty where nobody says."""
    notes: tuple[str, ...] = ()
    """What was decided against what was chosen."""

    @property
    def unit_text(self) -> str:
        """The units for reading, each once."""
        return ", ".join(sorted({unit for unit in self.units if unit}))


def plan_of(file: str, sources: Sequence[Source], choice: Choice) -> Plan:
    """Decide about every channel of `file`.

    A channel without a unit is an ECG lead if its label says so, or if no channel of the file has a unit of voltage.

    Raises DataError if no channel is left, if there are more than can be shown, or if the chosen names do not fit.
    """
    if choice.unit is not None and choice.unit not in UNITS:
        raise DataError(f"{file}: the chosen unit is {choice.unit!r}, expected one of {', '.join(UNITS)}.")
    volts = [k for k, one in enumerate(sources) if unit_of(one.unit) and not _reason(one)]
    reasons = [_reason(one) for one in sources]
    for k, one in enumerate(sources):
        if not reasons[k] and not one.unit.strip() and volts and not says_ecg(one.label):
            reasons[k] = "it has no unit, and others have V, mV or uV"
    used = [k for k, reason in enumerate(reasons) if not reason]
    if not used:
        labels = "; ".join(
            f"{one.label or '(no label)'}: {reason}" for one, reason in zip(sources, reasons, strict=True)
        )
        raise DataError(f"{file} holds no channel that can be an ECG lead ({labels[:400]}).")
    names = lead_names(sources[k].label for k in used)
    if choice.leads:
        if len(choice.leads) != len(used):
            labels = ", ".join(sources[k].label or f"channel {k + 1}" for k in used)
            raise DataError(
                f"{file} has {len(used)} ECG channels ({labels[:200]}), and {len(choice.leads)} names were chosen. "
                f"Name each, with {LEAVE_OUT!r} for one to leave out."
            )
        for k, name in zip(used, choice.leads, strict=True):
            reasons[k] = "left out by choice" if name == LEAVE_OUT else ""
        kept = [name for name in choice.leads if name != LEAVE_OUT]
        used = [k for k in used if not reasons[k]]
        names = lead_names(kept)
        if not used:
            raise DataError(f"{file}: every channel was left out by choice. Keep at least one.")
    if len(used) > MAX_LEADS:
        raise DataError(
            f"{file} has {len(used)} ECG channels, at most {MAX_LEADS} can be brought in. "
            f"Choose names for its channels, with {LEAVE_OUT!r} for each one to leave out."
        )
    channels = tuple(
        Channel(one.label, one.unit.strip(), one.rate, reason) for one, reason in zip(sources, reasons, strict=True)
    )
    units = tuple(unit_of(sources[k].unit) or choice.unit or "" for k in used)
    return Plan(channels, tuple(used), names, units, unused(choice, units, sources[used[0]].rate))


def unused(choice: Choice, units: Sequence[str], rate: float | None) -> tuple[str, ...]:
    """A sentence for each choice that does not count, because the file says it itself and says another."""
    notes = []
    if choice.unit and (stated := sorted({unit for unit in units if unit != choice.unit})):
        notes.append(f"The chosen unit, {choice.unit}, is not used where the file states {', '.join(stated)}.")
    if choice.rate and rate and abs(choice.rate - rate) > 1e-6 * rate:
        notes.append(f"The chosen rate, {choice.rate:g} Hz, is not used: the file states {rate:g} Hz.")
    return tuple(notes)


def _reason(source: Source) -> str:
    """Why a channel is left out whatever is chosen; empty if it need not be."""
    low, high = FS_RANGE_HZ
    if source.refused:
        return source.refused
    if source.rate is not None and not low <= source.rate <= high:
        return f"its rate is {source.rate:g} Hz, and an ECG has {low:g} to {high:,.0f} Hz"
    return why_no_ecg(source.label, source.unit)
