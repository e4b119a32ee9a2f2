"""What counts as worse than what was kept."""

from dataclasses import replace

from benchmarks.protocols import MARGIN, judged, worse
from ecg_core.protocols.protocol import kept_result
from ecg_core.protocols.registry import PROTOCOLS

NAME = "ds1-ds2-ejs"


def test_equal_and_better_figures_are_not_worse_and_lower_ones_are() -> None:
    protocol, kept = PROTOCOLS[NAME], kept_result(NAME)
    assert kept is not None
    assert worse(protocol, kept, kept) == {}
    before = kept.total["S F1"] or 0.0
    for change, expected in ((MARGIN, set()), (-MARGIN / 2, set()), (-2 * MARGIN, {"S F1"})):
        found = replace(kept, total={**kept.total, "S F1": before + change})
        assert set(worse(protocol, kept, found)) == expected
    more = replace(kept, total={**kept.total, "false V an hour": 2 * (kept.total["false V an hour"] or 0)})
    assert set(worse(protocol, kept, more)) == {"false V an hour"}, "lower is better there"
    assert set(worse(protocol, kept, replace(kept, total={}))) >= {"S F1", "V F1"}


def test_a_protocol_whose_model_is_made_for_it_is_passed_over_without_its_run() -> None:
    assert "made for it" in str(judged("patients-out", {})["passed over"])
