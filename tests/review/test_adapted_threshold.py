"""A recording's own threshold: it goes against the fewest decisions, and is offered only where there are enough."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import Entry
from ecg_core.review.adapted_threshold import adapted_threshold
from ecg_core.review.beat_scores import BeatScores
from tests.data.corrections.made import edit


def scores(values: list[float]) -> BeatScores:
    n = len(values)
    return BeatScores("a", 100 * np.arange(1, n + 1), np.array(values, float), {}, 5.0)


def decided(symbols: str) -> Corrections:
    """The first beats, one symbol each; a dash is a beat nobody decided about."""
    edits = [edit(k, 100 * k, symbol) for k, symbol in enumerate(symbols, 1) if symbol != "-"]
    return Corrections("r", "reference", "", tuple(Entry(k, one) for k, one in enumerate(edits, 1)))


def test_false_alarms_raise_it_to_where_abnormal_beats_begin() -> None:
    values = scores([*np.linspace(5, 7, 15), *np.linspace(8, 9, 10), 6.5, 2.0])
    found = adapted_threshold(values, decided("N" * 15 + "V" * 10), 5.0)
    assert found is not None
    assert 7 < found.offered.threshold < 8
    assert (found.now.false_alarms, found.offered.false_alarms, found.offered.missed) == (15, 0, 0)
    assert (found.now.flagged, found.offered.flagged) == (26, 10)


def test_an_artefact_is_a_false_alarm_and_q_is_judged_neither_way() -> None:
    found = adapted_threshold(scores([6.0] * 12 + [9.0] * 12), decided("|" * 12 + "V" * 10 + "QQ"), 5.0)
    assert found is not None
    assert (found.decided, found.now.false_alarms) == (22, 12)


def test_too_few_decisions_offer_nothing() -> None:
    assert adapted_threshold(scores([6.0] * 30), decided("N" * 10 + "V" * 9), 5.0) is None
    assert adapted_threshold(scores([6.0] * 30), decided("N" * 28 + "VV"), 5.0) is None


def test_a_threshold_that_goes_against_nothing_stays() -> None:
    found = adapted_threshold(scores([*[3.0] * 12, *[8.0] * 12]), decided("N" * 12 + "V" * 12), 5.0)
    assert found is not None and found.offered == found.now


@given(st.lists(st.tuples(st.floats(0, 10), st.sampled_from("NV")), min_size=24, max_size=60), st.floats(1, 9))
def test_no_threshold_goes_against_fewer_decisions(beats: list[tuple[float, str]], threshold: float) -> None:
    values, symbols = [score for score, _ in beats], "".join(symbol for _, symbol in beats)
    found = adapted_threshold(scores(values), decided(symbols), threshold)
    if min(symbols.count("N"), symbols.count("V")) < 3:
        assert found is None
        return
    assert found is not None
    abnormal = np.array([symbol == "V" for symbol in symbols])
    against = [int(((np.array(values) >= t) != abnormal).sum()) for t in (*values, threshold, max(values) + 1)]
    assert found.offered.false_alarms + found.offered.missed <= min(against)
