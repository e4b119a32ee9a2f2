"""EDF, EDF+ and BDF files: what is in one, and its ECG channels as a recording.

The samples and annotations are read by `edfio`; the header by `edf_header`, whose errors name the field.
"""

import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.data.header_text import GAIN_RANGE
from ecg_core.data.importing.channels import MV_PER, doubtful_amplitude
from ecg_core.data.importing.edf_header import EdfChannel, EdfHeader, read_edf_header
from ecg_core.data.importing.inspected import Choice, FileKind, Inspected
from ecg_core.data.importing.limits import MAX_GAP_FACTOR, MAX_LEAD_SAMPLES, MAX_VALUES, MIN_SAMPLES
from ecg_core.data.importing.notes import MAX_NOTES, NONE, Notes, Text, marks_in, notes_of
from ecg_core.data.importing.plan import Plan, Source, plan_of
from ecg_core.data.importing.quantise import MISSING, MOST_ERROR_MV, ROOM, digitised, scale_for
from ecg_core.data.importing.writing import Loaded
from ecg_core.data.patients import NOBODY, pseudonym
from ecg_core.errors import DataError

ANNOTATOR = "EDF+ annotations"
MOST_ZERO = 2**24
"""ADC value of 0 mV that a record can have: beyond it the mV, which are float32, lose digits."""
_TIMEKEEPING = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15[\d.]*)?\x14")


class _Stretch(NamedTuple):
    """Data records without a gap between them."""

    first: int
    stop: int
    onset_s: float
    """From the first data record on."""


class _Lead(NamedTuple):
    """One lead in ADC units, all stretches one after the other."""

    adc: npt.NDArray[np.int32]
    gain: float
    baseline: int
    fmt: str
    notes: tuple[str, ...]


def inspect_edf(path: Path, source: str, choice: Choice) -> Inspected:
    """What an EDF or BDF file holds. Raises DataError for one that cannot be brought in whatever is chosen."""
    return _understood(path, source, choice)[0]


def load_edf(path: Path, source: str, choice: Choice) -> Loaded:
    """The ECG channels of an EDF or BDF file as a recording.

    Digital values are kept as they are wherever 16 bits hold them. Leads of lower rates are resampled to the highest.
    Raises DataError for a file that cannot be brought in, or whose unit nobody says.
    """
    inspected, header, plan, stretches = _understood(path, source, choice)
    if inspected.missing:
        raise DataError(inspected.problem)
    edf = _opened(path, header)
    used = [header.channels[k] for k in plan.used]
    per_record = max(channel.per_record for channel in used)
    fs = per_record / header.record_s
    leads, said, doubts = [], list(inspected.notes), []
    for k, name, unit in zip(plan.used, plan.leads, plan.units, strict=True):
        channel = header.channels[k]
        digital = edf.signals[k].digital[: header.n_records * channel.per_record]
        if channel.per_record != per_record:
            digital = _resampled(digital, channel.per_record, per_record, stretches)
        lead = _lead(digital, channel, MV_PER[unit], name)
        said += lead.notes
        doubts.append(doubtful_amplitude(name, lead.adc, 1 / lead.gain))
        leads.append(lead)
    fmt = "24" if any(lead.fmt == "24" for lead in leads) else "16"
    dtype = np.int16 if fmt == "16" else np.int32
    n_samples = inspected.n_samples or 0
    adc: npt.NDArray[Any] = np.full((n_samples, len(leads)), MISSING[fmt], dtype)
    for k, lead in enumerate(leads):
        for stretch, start in zip(stretches, _starts(stretches, fs, per_record), strict=True):
            piece = lead.adc[stretch.first * per_record : stretch.stop * per_record]
            adc[start : start + len(piece), k] = piece
    notes = _notes(edf, header, fs, n_samples)
    return Loaded(
        replace(inspected, notes=(*said, *notes.said), doubts=tuple(filter(None, doubts))),
        fs,
        plan.leads,
        adc,
        tuple(lead.gain for lead in leads),
        tuple(lead.baseline for lead in leads),
        notes,
    )


def _understood(path: Path, source: str, choice: Choice) -> tuple[Inspected, EdfHeader, Plan, tuple[_Stretch, ...]]:
    header = read_edf_header(path)
    if not header.channels:
        raise DataError(f"{path.name} holds annotations only, no signal.")
    plan = plan_of(path.name, [Source(c.label, c.unit, header.rate(c), _unusable(c)) for c in header.channels], choice)
    used = [header.channels[k] for k in plan.used]
    per_record = max(channel.per_record for channel in used)
    fs = per_record / header.record_s
    notes = [*header.notes, *plan.notes]
    if slower := [name for name, channel in zip(plan.leads, used, strict=True) if channel.per_record != per_record]:
        notes.append(f"Resampled to {fs:g} Hz, the highest rate of the ECG channels: {', '.join(slower)}.")
    stretches: tuple[_Stretch, ...] = (_Stretch(0, header.n_records, 0.0),)
    if header.plus == "+D":
        stretches = _stretches(path, header, fs)
    n_samples = _starts(stretches, fs, per_record)[-1] + (stretches[-1].stop - stretches[-1].first) * per_record
    if len(stretches) > 1:
        gap_s = n_samples / fs - header.n_records * header.record_s
        notes.append(f"{len(stretches) - 1} gaps, together {gap_s:,.1f} s, are filled with missing samples.")
    _check_length(path.name, n_samples, len(used), header.n_records * per_record)
    kind: FileKind = "BDF" if header.bytes_per_sample == 3 else "EDF+" if header.plus else "EDF"
    without = [name for name, unit in zip(plan.leads, plan.units, strict=True) if not unit]
    problem = f"{path.name}: the file gives no unit for {', '.join(without)}. State it: V, mV or uV." if without else ""
    inspected = Inspected(
        source=source,
        kind=kind,
        rate=fs,
        n_samples=n_samples,
        leads=plan.leads,
        channels=plan.channels,
        unit=plan.unit_text,
        annotators=(ANNOTATOR,) if header.annotation_channels else (),
        start=header.start,
        patient=choice.patient or patient_of(header),
        marks=marks_in(header.patient, header.recording),
        notes=tuple(notes),
        missing=("unit",) if without else (),
        problem=problem,
    )
    return inspected, header, plan, stretches


def patient_of(header: EdfHeader) -> str | None:
    """The patient's code; a pseudonym where the file has a name instead of a code; None where it names nobody.

    Names and dates of birth are never taken over.
    """
    words = header.patient.split()
    real = [word for word in words if word.upper() != "X" and word.lower() not in NOBODY]
    if not real:
        return None
    if header.plus:
        return words[0] if words[0] == real[0] else pseudonym(header.patient)
    return pseudonym(header.patient)


def _unusable(channel: EdfChannel) -> str:
    low, high = channel.physical
    if low == high:
        return f"it is not calibrated: its physical minimum and maximum are both {low:g}"
    step = abs(high - low) / (channel.digital[1] - channel.digital[0])
    if abs(low / step) > MOST_ZERO:
        return f"its physical range, {low:g} to {high:g}, lies too far from 0"
    return ""


def _check_length(file: str, n_samples: int, n_leads: int, recorded: int) -> None:
    if n_samples < MIN_SAMPLES:
        raise DataError(f"{file} holds {n_samples} sample a lead: too few for a recording.")
    if n_samples > MAX_LEAD_SAMPLES or n_samples * n_leads > MAX_VALUES:
        raise DataError(
            f"{file} has {n_samples:,} samples of {n_leads} leads, more than {MAX_LEAD_SAMPLES:,} a lead or "
            f"{MAX_VALUES:,} in all. Split it into shorter files, or leave leads out."
        )
    if n_samples > recorded * (1 + MAX_GAP_FACTOR):
        raise DataError(
            f"{file} has gaps of more than {MAX_GAP_FACTOR} times the time that was recorded. Export its parts as "
            "files of their own."
        )


def _opened(path: Path, header: EdfHeader) -> Any:
    """The file as edfio has it: `edfio.Edf` or `edfio.Bdf`."""
    from edfio import read_bdf, read_edf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a length that is open or too short was said already
        try:
            read = read_edf if header.bytes_per_sample == 2 else read_bdf
            return read(path, header_encoding="latin-1")
        except (ValueError, OSError) as error:
            raise DataError(f"{path.name} cannot be read as EDF: {error}. Export the file again.") from None


def _stretches(path: Path, header: EdfHeader, fs: float) -> tuple[_Stretch, ...]:
    """Data records of a file with gaps, joined where the time goes on. Raises DataError where it goes back."""
    if not header.annotation_channels:
        raise DataError(f"{path.name} says it has gaps (EDF+D) and has no annotation channel with the times.")
    channel = header.annotation_channels[0]
    shape = (header.n_records, header.record_bytes)
    raw = np.memmap(path, np.uint8, "r", header.header_bytes, shape)
    width = channel.per_record * header.bytes_per_sample
    stretches: list[_Stretch] = []
    origin = 0.0
    for k in range(header.n_records):
        match = _TIMEKEEPING.match(raw[k, channel.offset : channel.offset + width].tobytes())
        if match is None:
            raise DataError(f"{path.name}: data record {k + 1:,} does not say when it begins, as EDF+D must.")
        origin = origin if k else float(match[1])
        onset_s = float(match[1]) - origin
        if not stretches:
            stretches.append(_Stretch(0, 1, onset_s))
            continue
        last = stretches[-1]
        expected_s = last.onset_s + (k - last.first) * header.record_s
        if onset_s < expected_s - 1 / fs:
            raise DataError(
                f"{path.name}: data record {k + 1:,} begins at {onset_s:g} s, before the one before it ends "
                f"({expected_s:g} s). Export the file again."
            )
        if onset_s - expected_s <= 0.5 / fs:
            stretches[-1] = last._replace(stop=k + 1)
        else:
            stretches.append(_Stretch(k, k + 1, onset_s))
    return tuple(stretches)


def _starts(stretches: tuple[_Stretch, ...], fs: float, per_record: int) -> list[int]:
    """First sample of each stretch; none before the last of the one before it."""
    starts: list[int] = []
    end = 0
    for stretch in stretches:
        starts.append(max(end, round(stretch.onset_s * fs)))
        end = starts[-1] + (stretch.stop - stretch.first) * per_record
    return starts


def _resampled(
    digital: npt.NDArray[Any], per_record: int, wanted: int, stretches: tuple[_Stretch, ...]
) -> npt.NDArray[np.float64]:
    """Samples at the rate of `wanted` in each data record; each stretch by itself, as nothing is known of the gap."""
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(per_record, wanted)
    pieces = [
        resample_poly(
            digital[stretch.first * per_record : stretch.stop * per_record].astype(np.float64),
            wanted // common,
            per_record // common,
            padtype="line",
        )
        for stretch in stretches
    ]
    return np.concatenate(pieces)


def _lead(digital: npt.NDArray[Any], channel: EdfChannel, mv_per_unit: float, name: str) -> _Lead:
    """One channel in ADC units of 16 bits where they hold it, else of 24."""
    low, high = channel.physical
    step = (high - low) / (channel.digital[1] - channel.digital[0]) * mv_per_unit  # mV
    zero = channel.digital[0] - low * mv_per_unit / step
    sign = 1 if step > 0 else -1  # some devices store a lead upside down
    values = sign * np.rint(digital).astype(np.int32)  # in 32 bits: the negative of -32768 has no place in 16
    zero, gain = sign * zero, 1 / abs(step)
    smallest, largest = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    baseline = round(zero)
    if GAIN_RANGE[0] <= gain <= GAIN_RANGE[1]:
        if max(-smallest - 1, largest) <= ROOM["16"]:
            return _Lead(*_without_lowest(values, "16", name, gain, baseline))
        if largest - smallest < 2 * ROOM["16"]:
            middle = (largest + smallest) // 2
            return _Lead(values - middle, gain, baseline - middle, "16", ())
        if 0.5 * (largest - smallest) / (2 * ROOM["16"] * gain) >= MOST_ERROR_MV:
            note = f"Lead {name} is kept in 24 bits (format 24): 16 would round it by 1 uV or more."
            lead = _without_lowest(values, "24", name, gain, baseline)
            return _Lead(*lead[:4], (*lead[4], note))
    mv = (values - zero) / gain
    scale = scale_for(mv, name)
    note = f"Lead {name} is rounded to {scale.fmt} bits, by at most {scale.error_mv * 1000:.2g} uV."
    return _Lead(digitised(mv, scale, scale.fmt), scale.gain, scale.baseline, scale.fmt, (note,))


def _without_lowest(
    values: npt.NDArray[np.int32], fmt: str, name: str, gain: float, baseline: int
) -> tuple[npt.NDArray[np.int32], float, int, str, tuple[str, ...]]:
    """The values, but for the one that WFDB keeps for missing samples."""
    lowest = np.count_nonzero(values <= MISSING[fmt])
    notes: tuple[str, ...] = ()
    if lowest or (len(values) and values.max() > ROOM[fmt]):
        np.clip(values, -ROOM[fmt], ROOM[fmt], out=values)
        notes = (
            f"Lead {name}: {lowest:,} samples at the lower end of the range are one step higher than in the file.",
        )
    return values, gain, baseline, fmt, notes


def _notes(edf: Any, header: EdfHeader, fs: float, n_samples: int) -> Notes:
    """The annotations, relative to the first sample."""
    if not header.annotation_channels:
        return NONE
    try:
        texts = edf.annotations
    except (ValueError, LookupError, OverflowError) as error:  # what edfio ends in over damaged bytes
        return replace(NONE, said=(f"The annotation channel cannot be read and was left out ({str(error)[:120]}).",))
    if len(texts) > MAX_NOTES:
        return replace(NONE, said=(f"{len(texts):,} annotations, more than {MAX_NOTES:,}: left out.",))
    return notes_of((Text(*one) for one in texts), fs, n_samples)
