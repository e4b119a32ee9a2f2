"""An archive in a line: what is in it, what is not, and how to go on."""

import pandas as pd

from ecg_core.tasks.archive.rows import FAILED
from ecg_core.text import counted


def head(table: pd.DataFrame, n_listed: int, left: int) -> str:
    """Of an archive's rows, of which so many are listed; `left`: items that nobody has scored and nobody scores now."""
    scored = table[table["status"] != FAILED]
    n_failed = len(table) - len(scored)
    hours, beats = scored["duration_s"].sum() / 3600, int(scored["beats"].fillna(0).sum())
    parts = [f"{counted(len(scored), 'recording')}, {hours:,.1f} h, {beats:,} beats; **{n_listed:,} listed**."]
    without = int(scored["v_beats"].isna().sum())
    if without and without < len(scored):
        parts.append(f"**{without:,} without classes**: the column Note says why.")
    if n_failed:
        parts.append(f"**{n_failed:,} failed**, listed below.")
    if left:
        parts.append(f"**{left:,} not scored yet**: it was stopped. Score the same recordings again, and it goes on.")
    return " ".join(parts)
