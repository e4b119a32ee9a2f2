"""Work spread over processes comes back whole, each piece once, whatever becomes of the processes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.parallel.spread import in_order, outcomes
from ecg_core.parallel.workers import Lost, ParallelError, Workers, choose_workers, chosen_workers, were_chosen
from tests.parallel.work import deadly, deadly_once, refusing, square


@settings(max_examples=8)
@given(st.lists(st.integers(-100, 100), max_size=12), st.integers(1, 2))
def test_every_item_has_its_own_result_once(items: list[int], count: int) -> None:
    found = list(outcomes(square, items, Workers(count)))
    assert sorted(place for place, _ in found) == list(range(len(items)))
    assert all(value == items[place] ** 2 for place, value in found)
    assert list(in_order(square, [(item,) for item in items], Workers(count))) == [item**2 for item in items]


def test_an_item_that_ends_its_process_is_lost_and_no_other() -> None:
    found = dict(outcomes(deadly, list(range(8)), Workers(2)))
    assert sorted(found) == list(range(8))
    assert isinstance(found[3], Lost)
    assert "ended" in found[3].reason
    assert all(found[place] == place for place in range(8) if place != 3)


def test_an_item_whose_process_somebody_killed_is_tried_again(tmp_path: Path) -> None:
    found = list(outcomes(deadly_once, [(value, str(tmp_path)) for value in range(8)], Workers(2)))
    assert sorted(found) == [(value, value) for value in range(8)]


def test_nothing_more_is_begun_after_a_stop() -> None:
    asked = 0

    def stopped() -> bool:  # asked once before all, and once before each item is begun
        nonlocal asked
        asked += 1
        return asked > 6

    found = sorted(outcomes(square, list(range(200)), Workers(2), stopped))
    assert found == [(place, place**2) for place in range(5)], "what was begun is finished, and nothing else"


def test_what_a_piece_raises_ends_work_in_order() -> None:
    with pytest.raises(ValueError, match="not two"):
        list(in_order(refusing, [(value,) for value in range(4)], Workers(2)))


def test_processes_that_end_in_ordered_work_are_told_in_words() -> None:
    with pytest.raises(ParallelError, match="Start it again to go on"):
        list(in_order(deadly, [(value,) for value in range(8)], Workers(2)))


@pytest.mark.parametrize("text", ["0", "-1", "two", "1025", "1.5", "²"])
def test_a_number_of_workers_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_WORKERS", text)
    with pytest.raises(ParallelError, match="whole number from 1 to 1,024"):
        chosen_workers()


@pytest.mark.parametrize("address", ["localhost:8786", "http://x", "8786"])
def test_an_address_that_is_no_schedulers_is_refused(address: str) -> None:
    with pytest.raises(ParallelError, match="tcp://HOST:8786"):
        Workers(scheduler=address)


def test_what_is_chosen_is_handed_down_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_WORKERS", "")
    assert not were_chosen()
    choose_workers(Workers(3))
    assert were_chosen()
    assert chosen_workers() == Workers(3)
