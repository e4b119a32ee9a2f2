"""The glossary explains each word once, and in words."""

import pytest

from ecg_core.ui.glossary import matching
from ecg_core.ui.terms import FIGURES, GROUPS, meaning, meanings

TERMS = [term for terms in GROUPS.values() for term in terms]


def test_no_word_is_explained_twice() -> None:
    names = [name for term in TERMS for name in (term.name, *term.also)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_meaning_is_one_to_three_sentences(term: object) -> None:
    text = meaning(term.name)  # type: ignore[attr-defined]
    assert text.endswith(".")
    assert 20 <= len(text) <= 320


@pytest.mark.parametrize("name", ["N", "S", "V", "F", "Q", "EC57", "DS1", "DS2", "RR", "MMD", "AUC", "nat", "F1", "Se",
                                  "calibrated", "AP", "95 % interval"])  # fmt: skip
def test_what_the_pages_abbreviate_is_explained(name: str) -> None:
    assert f"**{name}**: {meaning(name)}" in meanings(name)


def test_the_glossary_finds_a_word_by_its_names_before_those_whose_meaning_has_it() -> None:
    found = [term.name for term in matching(FIGURES, "auc")]
    assert found[0] == "AUC"
    assert {"AP", "Two-sample AUC"} <= set(found)
    assert [term.name for term in matching(FIGURES, "+p")] == ["Positive predictivity"]
    assert matching(FIGURES, "") == list(FIGURES)
    assert matching(FIGURES, "<script>") == []
