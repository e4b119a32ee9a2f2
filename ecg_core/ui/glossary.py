"""The glossary, which every page opens from its sidebar."""

from collections.abc import Sequence

import streamlit as st

from ecg_core.ui.escape import literal
from ecg_core.ui.terms import GROUPS, Term

MOST_CHARACTERS = 40


def button() -> None:
    """The way to the glossary."""
    if st.button("Glossary", icon=":material/menu_book:", type="tertiary", key="page.glossary"):
        _glossary()


@st.dialog("Glossary", width="medium", icon=":material/menu_book:")
def _glossary() -> None:
    wanted = st.text_input("Search", placeholder="DS2, AUC, threshold", key="page.glossary.search").strip()
    shown = {heading: found for heading, terms in GROUPS.items() if (found := matching(terms, wanted))}
    if not shown:
        st.info(literal(f"No entry has {wanted[:MOST_CHARACTERS]!r}."))
    for heading, terms in shown.items():
        st.markdown(f"#### {heading}\n\n" + "\n".join(f"- {_entry(term)}" for term in terms))


def matching(terms: Sequence[Term], wanted: str) -> list[Term]:
    """Terms whose names or meaning have a text, large or small letters alike; those called so come first."""
    text = wanted.casefold()
    found = [term for term in terms if text in " ".join((*_names(term), term.meaning)).casefold()]
    return sorted(found, key=lambda term: text not in [name.casefold() for name in _names(term)])


def _names(term: Term) -> tuple[str, ...]:
    return term.name, *term.also


def _entry(term: Term) -> str:
    also = ", ".join(name for name in term.also if name.casefold() not in term.name.casefold())
    return f"**{literal(term.name)}**{f' ({literal(also)})' if also else ''}: {literal(term.meaning)}"
