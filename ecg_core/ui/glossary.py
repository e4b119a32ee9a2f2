"""The glossary, which every page opens from its sidebar."""

import streamlit as st

from ecg_core.ui.terms import GROUPS


def button() -> None:
    """The way to the glossary."""
    if st.button("Glossary", icon=":material/menu_book:", type="tertiary", key="page.glossary"):
        _glossary()


@st.dialog("Glossary", width="large", icon=":material/menu_book:")
def _glossary() -> None:
    for heading, terms in GROUPS.items():
        st.markdown(f"**{heading}**")
        st.table({term.name: term.meaning for term in terms}, border="horizontal", hide_header=True, alt=heading)
