"""The MIT-BIH Arrhythmia Database as published: files, sums, address, licence.

Moody GB, Mark RG. The impact of the MIT-BIH Arrhythmia Database. IEEE Eng Med Biol 20(3):45-50 (2001),
doi 10.1109/51.932724; data doi 10.13026/C2F305, Open Data Commons Attribution License 1.0.
The sums in `mitdb.sha256` are those of PhysioNet's SHA256SUMS.txt for the 48 records' .hea, .dat and .atr files.
"""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

TITLE = "MIT-BIH Arrhythmia Database 1.0.0"
URL = "https://physionet.org/files/mitdb/1.0.0/"
MIRROR_VARIABLE = "ECG_MITDB_URL"

ATTRIBUTION = (
    "MIT-BIH Arrhythmia Database: Moody GB, Mark RG, IEEE Eng Med Biol 20(3):45-50 (2001), doi 10.1109/51.932724; "
    "PhysioNet, doi 10.13026/C2F305 (Goldberger AL et al., Circulation 101(23):e215-e220, 2000); "
    "Open Data Commons Attribution License v1.0."
)
"""What the licence asks to be said wherever the recordings, or what was made from them, are shown or passed on."""
SHORT_ATTRIBUTION = "MIT-BIH, doi 10.13026/C2F305, ODC-By 1.0."
FS, N_SAMPLES = 360, 650_000
"""Of every record of the database."""

SAME_PATIENT: dict[str, str] = {"202": "201"}
"""Records of one patient: 202.hea says it was taken from the same analogue tape as 201."""


def url() -> str:
    """Where to download from: PhysioNet, or the mirror that `ECG_MITDB_URL` names (the sums are PhysioNet's anyway)."""
    return os.environ.get(MIRROR_VARIABLE, URL)


@cache
def published_sums() -> dict[str, str]:
    """File name -> lower-case SHA-256 of every file of the 48 records, in record order."""
    lines = (Path(__file__).parent / "mitdb.sha256").read_text(encoding="ascii").split("\n")
    return {name: digest for digest, name in (line.split() for line in lines if line)}


@cache
def record_names() -> tuple[str, ...]:
    """Names of the 48 records, in order."""
    return tuple(sorted({name.split(".")[0] for name in published_sums()}))


def patient_of(record: str) -> str:
    """The patient a record belongs to, named by that patient's first record."""
    return SAME_PATIENT.get(record, record)


def are_published(names: Iterable[str]) -> bool:
    """Whether all of some names, and there are any, are names of the database's records."""
    given = set(names)
    return bool(given) and given <= set(record_names())
