"""Names in an address that a page does not know: they are named, not passed over."""

import streamlit as st

from ecg_core.ui.query import Query

MOST_NAMED, MOST_CHARACTERS = 3, 40


def unknown_names(values: Query) -> list[str]:
    """A sentence where the address that the page is opened with holds names that are none of its own.

    They are taken out of the address. Those that another page of the session left there are not worth a word.
    """
    opened = f"{values.page}.opened"
    first = opened not in st.session_state
    st.session_state[opened] = True
    known = [param.name for param in values.params]
    names = [name for name in st.query_params if name not in known]
    for name in names:
        del st.query_params[name]
    if not names or not first:
        return []
    listed = ", ".join(repr(name[:MOST_CHARACTERS]) for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return [f"Not used of the address: {listed}{more}. This page knows {', '.join(known[:-1])} and {known[-1]}."]
