"""Names of records and folders made from names that people give."""

from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.header import NAME_PATTERN
from ecg_core.data.importing.names import distinct, record_name, slug


@given(st.text(max_size=300))
def test_any_text_gives_a_name_that_a_record_and_a_folder_can_have(text: str) -> None:
    assert NAME_PATTERN.fullmatch(record_name(text))
    assert NAME_PATTERN.fullmatch(slug(text))
    assert slug(text) == slug(text).lower()


@given(st.lists(st.sampled_from(["a", "A", "b", "a-2"]), max_size=30), st.sampled_from(["", "x", "Ä/b"]))
def test_distinct_names_differ_in_more_than_capitals(names: list[str], folder: str) -> None:
    taken: list[str] = []
    for name in names:
        taken.append(distinct(name, taken, folder))
        assert NAME_PATTERN.fullmatch(taken[-1])
    assert len({name.lower() for name in taken}) == len(names)
