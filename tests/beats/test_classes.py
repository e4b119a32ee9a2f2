"""The table of symbols: complete, unambiguous, and mapped as EC57 and de Chazal 2004 map it."""

import pytest

from ecg_core.beats.classes import (
    BY_CODE,
    CLASS_NAMES,
    CLASSES,
    NON_BEAT_NAMES,
    SYMBOLS,
    beat_class,
    group,
    is_beat,
)

AAMI = {"N": "NLRBej", "S": "AaJSn", "V": "VrE", "F": "F", "Q": "/fQ?"}


def test_every_symbol_is_in_the_class_that_ec57_gives_it() -> None:
    assert {c: "".join(s.code for s in SYMBOLS if s.beat_class == c) for c in CLASSES} == AAMI


def test_the_classes_come_in_the_order_of_the_standard_and_each_has_a_name() -> None:
    assert CLASSES == ("N", "S", "V", "F", "Q")
    assert list(CLASS_NAMES) == list(CLASSES)


def test_no_code_stands_for_two_things() -> None:
    codes = [symbol.code for symbol in SYMBOLS]
    assert len(codes) == len(set(codes)) == len(BY_CODE)
    assert not set(codes) & set(NON_BEAT_NAMES)
    assert all(len(code) == 1 for code in (*codes, *NON_BEAT_NAMES))


def test_names_are_not_shared() -> None:
    names = [*(symbol.name for symbol in SYMBOLS), *NON_BEAT_NAMES.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("code", [symbol.code for symbol in SYMBOLS])
def test_a_beat_symbol_is_a_beat_with_a_class(code: str) -> None:
    assert is_beat(code)
    assert code in AAMI[beat_class(code)]


@pytest.mark.parametrize("code", [*NON_BEAT_NAMES, "", "u", "NN", " "])
def test_any_other_symbol_is_no_beat(code: str) -> None:
    assert not is_beat(code)
    assert group(code) == "non-beat"
    with pytest.raises(KeyError):
        beat_class(code)


def test_only_n_is_normal_and_only_unclassified_beats_are_left_out_of_the_plain_grouping() -> None:
    assert [s.code for s in SYMBOLS if group(s.code) == "normal"] == ["N"]
    assert [s.code for s in SYMBOLS if group(s.code) == "non-beat"] == ["Q", "?"]
    assert all(group(s.code) == "abnormal" for s in SYMBOLS if s.code not in "NQ?")
