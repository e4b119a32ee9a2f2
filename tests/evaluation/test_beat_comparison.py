"""Beats are compared as WFDB's reference tools compare them: every number of the golden set, and properties."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ecg_core.data.annotation_file import read_annotation_file
from ecg_core.evaluation.beat_comparison import BeatComparison, compare_records

STARTS = ("0", "300")
FS = 360
N_SAMPLES = 650_000


@pytest.fixture(scope="module")
def ec57(mitdb: Path) -> Path:
    """Folder of the golden numbers, beside the database. Skips where it is not at hand; in CI that is a failure."""
    folder = mitdb.parent / "ec57"
    if (folder / "bxb.json").is_file():
        return folder
    reason = f"needs the golden numbers of bxb and sumstats in {folder}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def golden(folder: Path, tool: str, start: str) -> Any:
    return json.loads((folder / f"{tool}.json").read_text())["starts"][start]


def compared(mitdb: Path, ec57: Path, record: str, start: str) -> BeatComparison:
    reference = read_annotation_file(mitdb / f"{record}.atr", FS, N_SAMPLES)
    test = read_annotation_file(ec57 / "tst" / f"{record}.tst", FS, N_SAMPLES)
    return compare_records(reference, test, FS, float(start), n_samples=N_SAMPLES)


@pytest.mark.parametrize("start", STARTS)
def test_every_cell_and_rr_error_is_that_of_bxb(mitdb: Path, ec57: Path, start: str) -> None:
    for record, numbers in golden(ec57, "bxb", start).items():
        answer = compared(mitdb, ec57, record, start).to_json()
        assert answer["matrix"] == numbers["with_sveb"]["matrix"], record
        assert round(answer["rr_error_ms"], 2) == numbers["with_sveb"]["RR_error_ms"], record
        assert answer["shutdown_s"] == numbers["shutdown"]["seconds"], record
