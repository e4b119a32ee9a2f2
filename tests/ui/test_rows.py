"""A table of other rows has another key, so that a tick never stands for another row."""

from ecg_core.ui.rows import key_of_rows


def test_the_same_rows_have_the_same_key_and_any_other_rows_another() -> None:
    assert key_of_rows("t", ["a", "b"]) == key_of_rows("t", ["a", "b"])
    others = (["b", "a"], ["a"], ["a", "b", "c"], ["a b"], ["a\nb"], [])
    assert len({key_of_rows("t", rows) for rows in (["a", "b"], *others)}) == 1 + len(others)
    assert key_of_rows("t", ["1"]) != key_of_rows("t", [1])
