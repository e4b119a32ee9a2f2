"""Names in an address that a page does not know: they are named, not passed over."""

import streamlit as st

from ecg_core.ui.query import Query

MOST_NAMED, MOST_CHARACTERS = 3, 40


def unknown_names(values: Query) -> list[str]:
    """A sentence where the address holds names that the page does not know, as long as it does."""
    known = [param.name for param in values.params]
    names = [name for name in st.query_params if name not in known]
    if not names:
        return []
    listed = ", ".join(repr(name[:MOST_CHARACTERS]) for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return [f"Not used of the address: {listed}{more}. This page knows {', '.join(known[:-1])} and {known[-1]}."]
