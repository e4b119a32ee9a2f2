"""Which channels of a file are ECG leads, in which unit, and what the leads are called.

Labels of EDF files: https://www.edfplus.info/specs/edftexts.html
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.data.importing.inspected import Unit
from ecg_core.data.leads import is_other_signal, role_of

MV_PER: dict[str, float] = {"nV": 1e-6, "uV": 1e-3, "mV": 1.0, "V": 1e3}
AMBIGUOUS = ("MV", "NV")
"""Units that may be one or a million times another: a person has to say."""
MAX_LEAD_CHARACTERS = 40
SPAN_RANGE_MV = (0.04, 100.0)
"""Between these, nearly all samples of an ECG span: within 0.02 mV of the middle is less than its noise, beyond 50 mV
more than any electrode shows."""
LEAST_SAMPLES = 100

_UNIT_WORDS = {
    "nv": "nV", "uv": "uV", "µv": "uV", "μv": "uV", "âµv": "uV", "mv": "mV", "v": "V",  # UTF-8 read as Latin-1 too
    "uvolt": "uV", "uvolts": "uV", "µvolt": "uV", "µvolts": "uV", "mvolt": "mV", "mvolts": "mV",
    "microvolt": "uV", "microvolts": "uV", "millivolt": "mV", "millivolts": "mV", "volt": "V", "volts": "V",
}  # fmt: skip
_ECG = re.compile(r"\b(?:ecg|ekg)|^(?:lead|abl(?:eitung)?)\b", re.IGNORECASE)
_LEADS = re.compile(
    r"(?:m?l?)(?:i{1,3}|[123])|a-?v-?[rlf]|v[1-9]r?|mcl-?\d|cc5|cm[1-6]|[xyz]|d[1-3]|mlii", re.IGNORECASE
)
_OTHER = re.compile(
    r"(?:eeg|eog|erg|emg|meg|mcg|ep|temp\w*|resp\w*|sa?o2|spo2|sp02|light|sound|audio|mic|event\w*|pleth\w*|ppg|n?i?bp|abp"
    r"|art\w*|cvp|pap|icp|co2|etco2|flow|snor\w*|thor\w*|tho|chest|abdo?\w*|effort|cannula|nasal\w*|airflow|pos|position|body"
    r"|hr|heart\s?rate|puls\w*|rate|rr|marker\w*|trig\w*|status|battery|bat|acc\w*|gyro\w*|mag\w*|gsr|eda|imp\w*|quality"
    r"|leg|lat|rat|chin\w*|loc|roc|e[12]-\w+)(?=$|[\s_\-.:/(\d])",
    re.IGNORECASE,
)
_ELECTRODES = re.compile(
    r"(?:fp[12z]|af[0-9z]|fc[0-9z]|cp[0-9z]|ft\d+|tp\d+|po[0-9z]|[fcpto][0-9z])-(?:[am][12]|ref|avg|le|[fcpto][0-9z]|fp[12z])",
    re.IGNORECASE,
)
"""Two electrodes of the 10-20 system, as `C3-A2`. Not one alone: C1 to C6 are also names of chest leads."""


def unit_of(text: str) -> str | None:
    """The unit of voltage that a text means, such as `uV` for `µV`; None for any other text.

    `MV` is not taken for mV: it may be either, and a factor of a million is not to be guessed.
    """
    word = text.strip()
    return None if word in AMBIGUOUS else _UNIT_WORDS.get(word.lower())


def says_ecg(label: str) -> bool:
    """Whether a label says of itself that the channel is an ECG lead."""
    return bool(_ECG.search(label) or role_of(label) or _LEADS.fullmatch(label.strip()))


def why_no_ecg(label: str, unit: str) -> str:
    """Why a channel of this label and unit is no ECG lead; empty if it may be one. An empty unit is no reason."""
    if unit.strip() and unit.strip() not in AMBIGUOUS and unit_of(unit) is None:
        return f"its unit is {unit.strip()!r}, not V, mV or uV"
    if not says_ecg(label) and (
        is_other_signal(label) or _OTHER.match(label.strip()) or _ELECTRODES.fullmatch(label.strip())
    ):
        return "its label names another signal than an ECG"
    return ""


def lead_names(labels: Iterable[str]) -> tuple[str, ...]:
    """Names for the leads of a record, from the labels in a file: plain ASCII, none empty, no two alike.

    `ECG II` becomes `II`, as the word only tells it from an EEG; every other label stays as it is.
    """
    names: list[str] = []
    for number, label in enumerate(labels, start=1):
        plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
        plain = " ".join(re.sub(r"[^ -~]|#", " ", plain).split())
        _, _, rest = plain.partition(" ")
        if re.match(r"(?:ecg|ekg)\s", plain, re.IGNORECASE) and _LEADS.fullmatch(rest):
            plain = rest
        base = name = plain[:MAX_LEAD_CHARACTERS].strip() or f"lead {number}"
        copy = 1
        while name.lower() in {other.lower() for other in names}:
            copy += 1
            name = f"{base} ({copy})"
        names.append(name)
    return tuple(names)


def doubtful_amplitude(lead: str, values: npt.NDArray[Any], mv_per_value: float) -> str:
    """A sentence where 99 % of the samples (n,) of a lead span what no ECG does in its unit; empty where they may be
    one, where the lead is flat, and where there are too few to say.
    """
    some = values[:: max(1, len(values) // 100_000)].astype(np.float64)
    some = some[np.isfinite(some)]
    if len(some) < LEAST_SAMPLES:
        return ""
    low, high = np.percentile(some, (0.5, 99.5))
    mv = float(high - low) * mv_per_value
    if mv == 0 or SPAN_RANGE_MV[0] <= mv <= SPAN_RANGE_MV[1]:
        return ""
    half = f"{mv / 2:,.0f} mV" if mv > 1 else f"{mv * 500:.2g} µV"
    return f"Lead {lead}: amplitudes of {half}: is the unit right?"


def proposed_unit(spans: Iterable[float]) -> Unit | None:
    """The unit in which values that span so much would be an ECG of 0.2 to 20 mV; None if it is none of them.

    A proposal for a person to confirm: a quiet lead in uV and a loud one in mV overlap in no unit, but values that are
    ADC units of an unknown gain look like one of the two.
    """
    middle = sorted(spans)
    if not middle:
        return None
    span = middle[len(middle) // 2]
    limits: tuple[tuple[Unit, float], ...] = (("mV", 1.0), ("uV", 1e-3), ("V", 1e3))
    return next((unit for unit, mv in limits if 0.2 <= span * mv <= 20), None)
