"""The figures show the counts, and their titles say what the counts say."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.splits import split_of
from ecg_core.beats.summary import Summary, summarise
from ecg_core.data.patients import mitdb_patients
from ecg_core.data.reader import record_names
from ecg_core.plots.balance import (
    LOG_FLOOR,
    MOST_COUNTED,
    MOST_RECORDS,
    before_after_figure,
    classes_figure,
    composition_figure,
    finding,
    number,
    percent,
    scope_label,
    symbols_figure,
)
from ecg_core.plots.theme import DARK, LIGHT


@pytest.fixture(scope="module")
def summary(mitdb: Path) -> Summary:
    return summarise(mitdb, record_names(mitdb), mitdb_patients())


def made(counts: dict[str, dict[str, int]]) -> Summary:
    """A summary of records that never existed: record -> symbol of the same letter as its class -> count."""
    split = split_of(list(counts), mitdb_patients())
    rows = [
        (record, split.part_of(record), symbol, symbol, "normal" if symbol == "N" else "abnormal", n)
        for record, held in counts.items()
        for symbol, n in held.items()
    ]
    columns = ["record", "part", "symbol", "beat_class", "group", "count"]
    table = pd.DataFrame(rows, columns=columns).astype({"count": np.int64})
    return Summary(table, dict.fromkeys(counts, 0.5), split, {}, simulated=False)


def title(figure: go.Figure) -> str:
    return figure.layout.title.text.replace("<br>", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 %"),
        (0.0157, "0.016 %"),
        (0.803, "0.80 %"),
        (2.76, "2.8 %"),
        (75.2, "75 %"),
        (99.97, "> 99 %"),
        (100, "100 %"),
        (0.0002, "< 0.001 %"),
    ],
)
def test_percentages_have_two_significant_digits_and_never_round_to_none_or_all(value: float, text: str) -> None:
    assert percent(value) == text


def test_the_main_title_says_how_rare_s_is_and_that_one_record_holds_it(summary: Summary) -> None:
    expected = "S beats are 2.8 % of DS1 and DS2, F 0.80 %; 75 % of the S beats in DS2 are in record 232"
    assert title(classes_figure(summary, "split", False, LIGHT)) == finding(summary, "split") == expected
    assert finding(summary, "DS1").startswith("S beats are 1.9 % of DS1, F 0.81 %")
    assert finding(summary, "all").startswith("S beats are 2.5 % of all 48 records, F 0.73 %")


def test_a_finding_is_made_of_whatever_there_is() -> None:
    assert finding(made({}), "all") == "No annotated beat in all 0 records"
    assert finding(made({"a": {}, "b": {}}), "split") == "No annotated beat in training and test records"
    assert finding(made({"a": {"N": 3}, "b": {"V": 1}}), "split") == "N beats are 75 % of training and test records"
    even = made({name: {"N": 98, "V": 2} for name in "abcdef"})
    assert finding(even, "split") == "V beats are 2.0 % of training and test records"
    assert finding(made({"a": {"N": 98, "V": 2}}), "train") == "V beats are 2.0 % of training records"


def test_each_class_has_a_bar_per_part_in_its_own_colour_with_count_and_percentage(summary: Summary) -> None:
    figure = classes_figure(summary, "split", False, LIGHT)
    ds1, ds2 = figure.data
    assert list(ds1.x) == [45866, 944, 3788, 415, 8]
    assert list(ds2.x) == [44259, 1837, 3221, 388, 7]
    assert ds1.text[1] == "DS1  944 (1.9 %)"
    assert ds2.text[1] == "DS2  1,837 (3.7 %)"
    assert list(ds1.marker.color) == list(LIGHT.classes.values())
    assert (ds1.marker.pattern.shape, ds2.marker.pattern.shape) == ("", "/")
    assert [round((a + b) / 2, 9) for a, b in zip(ds1.y, ds2.y, strict=True)] == [0, 1, 2, 3, 4]
    assert "in 22 of 22 records" in classes_figure(summary, "DS1", False, DARK).data[0].hovertext[0]


def test_one_part_alone_has_one_bar_a_class(summary: Summary) -> None:
    (only,) = classes_figure(summary, "DS2", False, DARK).data
    assert only.text[1] == "1,837 (3.7 %)"
    assert list(only.marker.color) == list(DARK.classes.values())


@pytest.mark.parametrize("log", [False, True])
def test_the_axis_leaves_room_for_every_bar_and_the_text_behind_it(summary: Summary, log: bool) -> None:
    for figure in (classes_figure(summary, "split", log, LIGHT), symbols_figure(summary, "split", log, LIGHT)):
        longest = max(max(trace.x) for trace in figure.data)
        low, high = figure.layout.xaxis.range
        assert figure.layout.xaxis.type == ("log" if log else None)
        assert high > (math.log10(longest) + 1 if log else longest * 1.3)
        assert (10**low if log else low) <= min(min(trace.x) for trace in figure.data)


def test_a_class_without_beats_still_has_its_row_and_its_zero_on_a_log_axis() -> None:
    (trace, _) = classes_figure(made({"a": {"N": 10}, "b": {"N": 7}}), "split", True, LIGHT).data
    assert list(trace.x) == [10] + [LOG_FLOOR] * 4
    assert list(trace.text) == ["train  10 (100 %)"] + ["train  0 (0 %)"] * 4


def test_sorted_by_s_the_composition_starts_with_232_and_by_f_with_208_and_213(summary: Summary) -> None:
    by_s, by_f = (composition_figure(summary, "split", c, LIGHT) for c in "SF")
    assert by_s.layout.xaxis.ticktext[0] == "232"
    assert by_f.layout.xaxis.ticktext[:2] == ("208", "213")
    assert title(by_s) == "50 % of the 2,781 S beats are in record 232, 14 % in record 209; 32 of 44 records hold any"
    assert title(by_f) == "46 % of the 803 F beats are in record 208, 45 % in record 213; 17 of 44 records hold any"


@pytest.mark.parametrize("sort", CLASSES)
def test_the_class_sorted_by_lies_lowest_falls_and_is_counted_above(summary: Summary, sort: str) -> None:
    figure = composition_figure(summary, "split", sort, LIGHT)
    first = figure.data[0]
    held = first.y[1:-1]
    assert first.fillcolor == LIGHT.classes[sort]
    assert list(held) == sorted(held, reverse=True)
    assert [a.text for a in figure.layout.annotations] == [number(n) for n in held[:MOST_COUNTED] if n > 0]
    heights = np.sum([trace.y for trace in figure.data], axis=0)[1:-1]
    assert all(a.y == heights[a.x] for a in figure.layout.annotations)
    assert figure.layout.yaxis.range[1] > heights.max() * 1.1


def test_the_composition_holds_every_beat_and_by_name_keeps_the_order_of_the_records(summary: Summary) -> None:
    figure = composition_figure(summary, "all", "record", LIGHT)
    assert list(figure.layout.xaxis.ticktext) == list(summary.records)
    assert sum(sum(trace.y[1:-1]) for trace in figure.data) == 109_494
    assert len(figure.data) == len(CLASSES), "few shapes, however many records"
    assert title(figure) == "Of 48 records, S in 32, V in 37, F in 17, Q in 9 hold any"
    assert {trace.stackgroup for trace in figure.data} == {"beats"}
    assert "Record 232 (DS2), 1,780 beats<br>N: 398<br>S: 1,382<br>V: 0" in "".join(figure.data[-1].hovertext)


def test_more_records_than_can_be_told_apart_are_cut_and_the_axis_says_so() -> None:
    many = made({f"r{k:03}": {"N": 10, "V": k % 7} for k in range(MOST_RECORDS + 40)})
    figure = composition_figure(many, "split", "V", LIGHT)
    assert len(figure.data[0].x) == MOST_RECORDS + 2
    assert figure.layout.xaxis.title.text == "Record (the first 60 of 100 in this order)"


def test_a_class_nobody_has_is_said_to_be_absent() -> None:
    figure = composition_figure(made({"a": {"N": 3}, "b": {"N": 4}}), "split", "F", LIGHT)
    assert title(figure) == "No record of training and test records holds F beats"


def test_an_unknown_order_is_refused(summary: Summary) -> None:
    with pytest.raises(ValueError, match="sort='X', expected 'record' or one of N, S, V, F, Q"):
        composition_figure(summary, "split", "X", LIGHT)


def test_symbols_stand_in_class_order_each_in_the_colour_of_its_class(summary: Summary) -> None:
    figure = symbols_figure(summary, "all", False, LIGHT)
    (bars,) = figure.data
    assert list(bars.x) == [75052, 8075, 7259, 229, 16, 2546, 150, 83, 2, 7130, 106, 803, 7028, 982, 33]
    colours = [LIGHT.classes[c] for c in "NNNNNSSSSVVFQQQ"]
    assert list(bars.marker.color) == colours
    assert figure.layout.yaxis.ticktext[5] == "Atrial premature  <b>A</b>  (class S)"
    assert bars.text[5] == "2,546 (2.3 %)"
    assert title(figure) == (
        "17 % of class N in all 48 records are not normal beats: 8.9 % left bundle branch block, "
        "8.0 % right bundle branch block"
    )


def test_titles_of_simulated_records_say_so(summary: Summary) -> None:
    simulated = dataclasses.replace(made({"a": {"N": 3}, "b": {"V": 1}}), simulated=True)
    for of, mark in ((simulated, True), (summary, False)):
        figures = (
            classes_figure(of, "split", False, LIGHT),
            symbols_figure(of, "split", False, LIGHT),
            composition_figure(of, "split", "S", LIGHT),
        )
        assert [title(figure).startswith("SIMULATED. ") for figure in figures] == [mark] * 3


def test_every_figure_can_be_drawn_of_nothing() -> None:
    nothing = made({})
    figures = (
        classes_figure(nothing, "split", True, LIGHT),
        symbols_figure(nothing, "split", True, LIGHT),
        composition_figure(nothing, "split", "S", LIGHT),
        composition_figure(nothing, "split", "record", LIGHT),
    )
    assert all(title(figure) for figure in figures)


def test_scopes_are_named_in_words(summary: Summary) -> None:
    assert [scope_label(summary, s) for s in summary.scopes()] == ["DS1 and DS2", "DS1", "DS2", "all 48 records"]
    own = made({"a": {"N": 3}, "b": {"V": 1}})
    expected = ["training and test records", "training records", "test records"]
    assert [scope_label(own, s) for s in own.scopes()] == expected


def test_synthetic_beats_are_hatched_behind_the_recorded_ones_and_counted() -> None:
    figure = before_after_figure({"N": 45866, "S": 944, "F": 0}, {"S": 3643}, DARK, "t")
    recorded, synthetic = figure.data
    assert (list(recorded.x), list(synthetic.x)) == ([45866, 944], [0, 3643])
    assert recorded.marker.pattern.shape is None and synthetic.marker.pattern.shape == "/"
    assert figure.layout.barmode == "stack"
    assert [note.text for note in figure.layout.annotations] == ["45,866", "944 + 3,643 synthetic"]
    assert list(recorded.marker.color) == [DARK.classes["N"], DARK.classes["S"]]
