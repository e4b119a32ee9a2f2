"""Which lead a name means: `MLII`, `Lead II` and `mlII` are one role, `ECG1` is none.

Only what is sure has a role. Modified limb leads (ML...) and modified chest leads (MV...) of ambulatory recorders stand
for the leads they imitate. A bare number is no role: `lead 2` is the second channel of many a recorder.
"""

import re

ROLES = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
FIRST_ROLE = "II"
"""The role whose lead is shown and judged first where a recording has it."""

_LIMB = {"I": "1", "II": "2", "III": "3"}
_ALIASES = (
    {role.casefold(): role for role in ROLES}
    | {
        f"{prefix}{form}".casefold(): role
        for role, digit in _LIMB.items()
        for prefix in ("ML", "D")
        for form in (role, digit)
    }
    | {f"mv{n}": f"V{n}" for n in range(1, 7)}
)
_WORDS = {"lead", "ecg", "ekg", "ableitung"}
_OTHER = re.compile(
    r"(?i)\b(resp(iration|iratory)?|abp|art|ibp|nbp|bp|pap|cvp|icp|rap|lap|pleth|ppg|spo2|sao2|so2|co2|etco2|temp"
    r"|eeg|eog|emg|scg|pcg|accel?|acc[xyz]?|events?|airflow|thorax|abdomen|chest)\b"
)


def role_of(lead_name: str) -> str | None:
    """The role (one of `ROLES`) that a lead's name stands for; None where the name does not say for sure.

    >>> role_of("ECG lead II"), role_of("mlII"), role_of("ML2"), role_of("ECG1"), role_of("-aVR")
    ('II', 'II', 'II', None, None)
    """
    text = lead_name.strip().casefold()
    if text.startswith("-"):  # an inverted lead is another lead
        return None
    words = [word for word in re.split(r"[\s_:.]+|-+", text) if word and word not in _WORDS]
    if len(words) == 2 and words[0] == "ml":
        words = ["".join(words)]
    return _ALIASES.get(words[0]) if len(words) == 1 else None


def is_other_signal(channel_name: str) -> bool:
    """Whether a channel's name says that it is no ECG, such as `RESP` or `EEG (C4-A1)`, whatever its unit is.

    >>> is_other_signal("Resp."), is_other_signal("ABP"), is_other_signal("V1"), is_other_signal("ECG chest")
    (True, True, False, False)
    """
    words = channel_name.replace("_", " ")
    return bool(_OTHER.search(words)) and not re.search(r"(?i)\be[ck]g", words)
