"""Which labels a training learns from, where people have corrected some."""

from collections.abc import Iterable

import streamlit as st

from ecg_core.data.corrections import log
from ecg_core.data.labels import CORRECTED, REFERENCE
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError
from ecg_core.ui.escape import literal

LABELS = (REFERENCE, CORRECTED)


def ask_layer(source: DataSource, records: Iterable[str], key: str, wanted: str | None) -> str:
    """The reference, or the same with corrections; asked only where there are any among the `records` to
    train on. `wanted` is what an address says."""
    try:
        names = log.reviewed_records(source.folder, records)
        logs = [log.read(log.log_file(source.folder, name)) for name in names]
    except DataError as error:
        st.warning(literal(f"Corrections cannot be used: {error}"))
        return REFERENCE
    reviewed = [found for found in logs if found is not None and found.standing()]
    if not reviewed:
        if wanted == CORRECTED:
            st.warning("Nobody has corrected a record to train on: the reference labels are used.")
        return REFERENCE
    people = ", ".join(dict.fromkeys(name or "somebody" for found in reviewed for name in found.people))
    changed = sum(one.before != one.after for found in reviewed for one in found.standing().values())
    records = "1 record" if len(reviewed) == 1 else f"{len(reviewed)} records"
    beats = "1 beat" if changed == 1 else f"{changed:,} beats"
    words = {
        REFERENCE: "Reference",
        CORRECTED: f"Reference with corrections of {people} ({beats} of {records})",
    }
    return st.selectbox(
        "Labels", list(words), index=LABELS.index(wanted or REFERENCE), format_func=words.__getitem__, key=key,
        help="Corrections come from the Review page. Test records keep their reference labels.",
    )  # fmt: skip
