"""Beats are compared as WFDB's reference tools compare them: every number of the golden set, and properties."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.annotation_file import FileAnnotations, read_annotation_file
from ecg_core.data.labels import Annotations
from ecg_core.evaluation.beat_comparison import BeatComparison, compare_records, peaks
from ecg_core.evaluation.beat_figures import COLUMNS, ROWS
from ecg_core.evaluation.beat_matching import match_beats
from ecg_core.evaluation.folder_comparison import AnnotationFiles, FolderComparison, compare_folders
from ecg_core.evaluation.label_maps import BEAT_SYMBOLS, DE_CHAZAL_MAP, EC57_MAP, LABEL_MAPS, WITHOUT_SVEB_MAP

STARTS = ("0", "300")
FS = 360
RATES = {"Se": "sensitivity", "PP": "positive_predictivity", "FPR": "false_positive_rate"}


@pytest.fixture(scope="module")
def by_start(mitdb: Path, ec57: Path) -> dict[str, FolderComparison]:
    """The whole golden set compared, from either start."""
    names = sorted(path.stem for path in (ec57 / "tst").glob("*.tst"))
    reference, test = AnnotationFiles(mitdb, "atr"), AnnotationFiles(ec57 / "tst", "tst")
    return {start: compare_folders(reference, test, records=names, start_s=float(start)) for start in STARTS}


def golden(folder: Path, tool: str, start: str) -> Any:
    return json.loads((folder / f"{tool}.json").read_text())["starts"][start]


def marks(*rows: tuple[int, str] | tuple[int, str, int]) -> FileAnnotations:
    """Annotations from (sample, symbol, subtype)."""
    subtype = np.array([row[2] if len(row) > 2 else 0 for row in rows], np.int16)
    sample, symbol = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], "<U1")
    return FileAnnotations(sample, symbol, ("",) * len(rows), subtype, subtype * 0, subtype * 0)


def beats(*samples: int, symbol: str = "N") -> FileAnnotations:
    return marks(*[(sample, symbol) for sample in samples])


def cells(comparison: BeatComparison) -> dict[str, int]:
    """The cells that are not zero, such as `{"Nn": 3}`."""
    where = zip(*np.nonzero(comparison.matrix), strict=True)
    return {ROWS[k] + COLUMNS[j]: int(comparison.matrix[k, j]) for k, j in where}


@pytest.mark.parametrize("start", STARTS)
def test_every_cell_is_that_of_bxb(ec57: Path, by_start: dict[str, FolderComparison], start: str) -> None:
    answer = by_start[start].to_json()
    numbers = golden(ec57, "bxb", start)
    assert list(answer["records"]) == list(numbers)
    assert len(numbers) == 12
    for record, row in numbers.items():
        assert answer["records"][record]["matrix"] == row["with_sveb"]["matrix"], record
        older = answer["maps"]["without_sveb"]["records"][record]
        assert older["matrix"] == row["without_sveb"]["matrix"], record
        assert "sveb" not in older
    assert answer["maps"]["ec57"]["records"] == answer["records"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("form", ["with_sveb", "without_sveb"])
def test_every_rate_of_a_record_is_that_of_bxb(
    ec57: Path, by_start: dict[str, FolderComparison], start: str, form: str
) -> None:
    answer = by_start[start].to_json()["maps"]["ec57" if form == "with_sveb" else form]["records"]
    for record, row in golden(ec57, "bxb", start).items():
        for figure, wanted in row[form]["stats"].items():
            kind, rate = figure.split("_")
            found = answer[record][kind.lower()]
            rest = {"Se": "false_negatives", "PP": "false_positives", "FPR": "true_negatives"}[rate]
            part = found["false_positives" if rate == "FPR" else "true_positives"]
            assert (part, part + found[rest]) == (wanted["num"], wanted["den"]), (record, figure)
            assert printed(found[RATES[rate]], rate) == wanted["percent"], (record, figure)


@pytest.mark.parametrize("start", STARTS)
def test_rr_errors_and_shutdowns_are_those_of_bxb(
    ec57: Path, by_start: dict[str, FolderComparison], start: str
) -> None:
    answer = by_start[start].to_json()["records"]
    for record, row in golden(ec57, "bxb", start).items():
        assert printed(answer[record]["rr_error_ms"]) == row["with_sveb"]["RR_error_ms"], record
        assert answer[record]["shutdown_s"] == row["shutdown"]["seconds"], record


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("label_map", "table"), [("ec57", "bxb_line_L"), ("without_sveb", "bxb_line_l")])
def test_gross_and_average_are_those_of_sumstats(
    ec57: Path, by_start: dict[str, FolderComparison], start: str, label_map: str, table: str
) -> None:
    answer, wanted = by_start[start].to_json()["maps"][label_map], golden(ec57, "sumstats", start)[table]
    for how in ("gross", "average"):
        rates = {
            figure: printed(answer[how][figure.split("_")[0].lower()][RATES[rate]], rate)
            for figure in wanted[how]
            if (rate := figure.split("_")[1]) in RATES
        }
        assert rates == {figure: value for figure, value in wanted[how].items() if figure != "RR_error_ms"}, how
    if "RR_error_ms" in wanted["average"]:
        assert printed(answer["average"]["rr_error_ms"]) == wanted["average"]["RR_error_ms"]
    for kind, total in (("qrs", "total_QRS_complexes"), ("veb", "total_VEBs"), ("sveb", "total_SVEBs")):
        assert (kind in answer["gross"]) == (total in wanted)
        if total in wanted:
            assert answer["gross"][kind]["true_positives"] + answer["gross"][kind]["false_negatives"] == wanted[total]


@pytest.mark.parametrize("start", STARTS)
def test_a_fusion_beat_called_s_is_false_in_a_record_and_counts_nowhere_in_the_gross_of_sumstats(
    by_start: dict[str, FolderComparison], start: str
) -> None:
    gross = by_start[start].gross
    called_s = int(gross.matrix[ROWS.index("F"), COLUMNS.index("s")])
    assert called_s > 0
    assert gross.sveb_fusion_counted.false_positives == gross.rates.sveb.false_positives + called_s
    assert gross.sveb_fusion_counted.false_positives == sum(
        row.figures.sveb.false_positives for row in by_start[start].records.values()
    )


def printed(value: float | None, rate: str = "") -> float | None:
    """As the tools print it."""
    return None if value is None else float(f"{value:.{3 if rate == 'FPR' else 2}f}")


def test_the_map_of_de_chazal_moves_escape_beats_from_s_to_n_and_nothing_else(
    by_start: dict[str, FolderComparison],
) -> None:
    changed = {symbol for symbol in BEAT_SYMBOLS if DE_CHAZAL_MAP.classes[symbol] != EC57_MAP.classes[symbol]}
    assert changed == {"e", "j"}
    maps = by_start["0"].to_json()["maps"]
    rows = {name: maps[name]["records"]["222"]["matrix"] for name in ("ec57", "de_chazal")}
    escape_beats = 212  # of record 222, all of them j
    assert sum(rows["ec57"]["S"].values()) - sum(rows["de_chazal"]["S"].values()) == escape_beats
    assert maps["de_chazal"]["gross"]["qrs"] == maps["ec57"]["gross"]["qrs"]
    assert maps["de_chazal"]["gross"]["veb"] == maps["ec57"]["gross"]["veb"]


def test_all_three_maps_know_the_same_beats() -> None:
    assert {frozenset(label_map.classes) for label_map in LABEL_MAPS.values()} == {BEAT_SYMBOLS}
    assert "!" not in BEAT_SYMBOLS
    assert [EC57_MAP.classes[symbol] for symbol in "nBr?"] == ["S", "N", "V", "Q"]
    assert set(WITHOUT_SVEB_MAP.classes.values()) == {"N", "V", "F", "Q"}


def test_a_file_compared_with_itself_lies_on_the_diagonal(mitdb: Path) -> None:
    for name in ("100", "207", "222"):
        labels = read_annotation_file(mitdb / f"{name}.atr", FS)
        comparison = compare_records(labels, labels, FS, 0)
        assert np.array_equal(comparison.matrix, np.diag(np.diag(comparison.matrix)))
        assert comparison.matches.rr_error_ms == 0


RISING = st.lists(st.integers(1, 120) | st.integers(20, 500), max_size=40).map(lambda gaps: np.cumsum([0, *gaps])[1:])
SYMBOLS = st.sampled_from(sorted(BEAT_SYMBOLS))


@st.composite
def annotated(draw: st.DrawFn) -> Annotations:
    sample = draw(RISING)
    symbol = draw(st.lists(SYMBOLS, min_size=len(sample), max_size=len(sample)))
    return Annotations(sample.astype(np.int64), np.array(symbol, "<U1"), ("",) * len(sample))


@given(labels=annotated())
def test_any_annotations_compared_with_themselves_lie_on_the_diagonal(labels: Annotations) -> None:
    comparison = compare_records(labels, labels, FS, 0)
    assert np.array_equal(comparison.matrix, np.diag(np.diag(comparison.matrix)))
    assert comparison.matrix.sum() == len(labels)
    assert comparison.matches.rr_error_ms == (0 if len(labels) > 1 else None)


@given(reference=annotated(), test=annotated())
def test_each_beat_is_counted_once_and_matches_keep_to_the_window(reference: Annotations, test: Annotations) -> None:
    matches = match_beats(reference, test, FS, 0)
    assert sorted([*matches.matched_reference, *matches.missed]) == reference.sample.tolist()
    assert sorted([*matches.matched_test, *matches.extra]) == test.sample.tolist()
    assert np.all(np.abs(matches.matched_reference - matches.matched_test) <= 54)
    assert np.all(np.diff(matches.matched_reference) > 0)
    assert np.all(np.diff(matches.matched_test) > 0)


@given(reference=annotated(), test=annotated())
def test_reference_and_test_changed_over_give_the_transposed_counts(reference: Annotations, test: Annotations) -> None:
    there, back = compare_records(reference, test, FS, 0), compare_records(test, reference, FS, 0)
    assert np.array_equal(there.matrix, back.matrix.T)
    assert there.figures.qrs.sensitivity == back.figures.qrs.positive_predictivity
    assert there.matches.rr_error_ms == back.matches.rr_error_ms


@given(reference=annotated(), test=annotated(), shift=st.integers(1, 10_000), start=st.integers(0, 4_000))
def test_moving_both_and_the_start_by_a_constant_changes_nothing(
    reference: Annotations, test: Annotations, shift: int, start: int
) -> None:
    moved = [Annotations(one.sample + shift, one.symbol, one.aux) for one in (reference, test)]
    here = compare_records(reference, test, 1, start, match_window_ms=54_000) if start else None
    there = compare_records(moved[0], moved[1], 1, start + shift if start else 0, match_window_ms=54_000)
    here = here or compare_records(reference, test, 1, 0, match_window_ms=54_000)
    assert np.array_equal(here.matrix, there.matrix)
    assert here.matches.rr_error_ms == there.matches.rr_error_ms


@settings(max_examples=30)
@given(shift=st.integers(-54, 54))
def test_all_beats_moved_within_the_window_are_all_found_with_no_rr_error(shift: int) -> None:
    reference = beats(*range(1000, 20_000, 300))
    comparison = compare_records(reference, peaks(reference.sample + shift), FS, 0)
    assert cells(comparison) == {"Nn": len(reference)}
    assert comparison.matches.rr_error_ms == 0


def test_a_beat_at_the_edge_of_the_window_matches_and_beyond_it_does_not() -> None:
    assert cells(compare_records(beats(1000), beats(1054), FS, 0)) == {"Nn": 1}
    assert cells(compare_records(beats(1000), beats(1055), FS, 0)) == {"No": 1, "On": 1}
    assert cells(compare_records(beats(1000), beats(1055), FS, 0, match_window_ms=153)) == {"Nn": 1}


def test_the_window_is_rounded_to_whole_samples_of_the_record() -> None:
    assert cells(compare_records(beats(1000), beats(1038), 250, 0)) == {"Nn": 1}  # 37.5 samples
    assert cells(compare_records(beats(1000), beats(1039), 250, 0)) == {"No": 1, "On": 1}


def test_a_beat_as_near_to_the_next_one_does_not_match_unless_the_next_are_nearer() -> None:
    assert cells(compare_records(beats(1000), beats(960, 1040), FS, 0)) == {"On": 1, "Nn": 1}
    tie = match_beats(beats(1000), beats(960, 1040), FS, 0)
    assert tie.matched_test.tolist() == [1040]
    near = match_beats(beats(1000, 1050), beats(960, 1040), FS, 0)
    assert near.matched_test.tolist() == [960, 1040]
    late = match_beats(beats(960, 1040), beats(1000, 1050), FS, 0)
    assert late.matched_reference.tolist() == [960, 1040]


def test_of_two_reference_beats_at_one_time_the_second_matches() -> None:
    comparison = compare_records(marks((1000, "N"), (1000, "V")), marks((1000, "V")), FS, 0)
    assert cells(comparison) == {"No": 1, "Vv": 1}


def test_beats_called_otherwise_stand_in_the_row_of_the_reference() -> None:
    reference = marks((500, "N"), (1000, "V"), (1500, "A"), (2000, "F"), (2500, "/"), (3000, "+"))
    test = marks((505, "V"), (1005, "N"), (1505, "F"), (2005, "Q"), (2505, "a"), (3000, "N"))
    assert cells(compare_records(reference, test, FS, 0)) == {"Nv": 1, "Vn": 1, "Sf": 1, "Fq": 1, "Qs": 1, "On": 1}


def test_a_reference_beat_missed_while_the_test_is_shut_down_stands_in_x() -> None:
    reference = beats(*range(500, 5000, 400))
    test = marks((500, "N"), (900, "N"), (1200, "~", -1), (2200, "~", 0), (2500, "N"), (2900, "N"))
    comparison = compare_records(reference, test, FS, 0)
    assert cells(comparison) == {"Nn": 4, "Nx": 3, "No": 5}
    assert comparison.matches.missed_in_shutdown.tolist() == [True] * 3 + [False] * 5
    assert comparison.matches.shutdown_s == 1000 / FS


def test_a_shutdown_that_a_beat_ends_lasts_from_a_window_after_the_last_beat_to_a_window_before_that_one() -> None:
    reference = beats(540, 700, 955, 970)
    test = marks((400, "N"), (600, "~", 0x30), (1024, "N"))
    comparison = compare_records(reference, test, FS, 0)
    assert comparison.matches.missed.tolist() == [540, 700, 955]
    assert comparison.matches.missed_in_shutdown.tolist() == [True, True, True]
    assert comparison.matches.shutdown_s == (1024 - 54 - 454) / FS


def test_a_shutdown_declared_twice_lasts_from_the_first_time() -> None:
    test = marks((400, "N"), (600, "~", -1), (1500, "~", 0x30), (2000, "~", 0), (2400, "N"))
    comparison = compare_records(beats(400, 900, 1800, 2400), test, FS, 0)
    assert cells(comparison) == {"Nn": 2, "Nx": 2}
    assert comparison.matches.shutdown_s == 1400 / FS


def test_a_shutdown_without_an_end_lasts_to_the_end_and_is_written_as_none() -> None:
    comparison = compare_records(beats(400, 900), marks((400, "N"), (600, "~", -1)), FS, 0)
    assert cells(comparison) == {"Nn": 1, "Nx": 1}
    assert comparison.to_json()["shutdown_s"] is None


def test_a_change_of_quality_of_one_lead_is_no_shutdown() -> None:
    comparison = compare_records(beats(400, 900), marks((400, "N"), (600, "~", 0x11)), FS, 0)
    assert cells(comparison) == {"Nn": 1, "No": 1}
    assert comparison.to_json()["shutdown_s"] == 0


def test_a_test_beat_where_the_reference_is_unreadable_stands_in_row_x() -> None:
    reference = marks((400, "N"), (600, "~", -1), (1600, "~", 0), (2000, "N"))
    comparison = compare_records(reference, marks((400, "N"), (900, "V"), (1700, "N"), (2000, "N")), FS, 0)
    assert cells(comparison) == {"Nn": 2, "Xv": 1, "On": 1}
    assert comparison.figures.qrs.false_positives == 2


def test_a_test_beat_in_flutter_of_the_reference_counts_nowhere() -> None:
    reference = marks((400, "N"), (600, "["), (700, "!"), (800, "V"), (1600, "]"), (2000, "N"))
    comparison = compare_records(reference, beats(400, 600, 900, 1600, 1700, 2000), FS, 0)
    assert cells(comparison) == {"Nn": 2, "On": 1}
    assert comparison.matches.extra.tolist() == [1700]


def test_beats_in_flutter_of_the_test_are_missed() -> None:
    test = marks((400, "N"), (600, "["), (900, "N"), (1600, "]"), (2000, "N"))
    assert cells(compare_records(beats(400, 900, 2000), test, FS, 0)) == {"Nn": 2, "No": 1}


def test_beats_before_the_start_are_not_judged_but_one_just_before_it_may_match() -> None:
    start_s = 10
    reference = beats(1000, 2000, 3610, 4000)
    assert cells(compare_records(reference, beats(3590, 4000), FS, start_s)) == {"Nn": 2}
    assert cells(compare_records(reference, beats(500, 4000), FS, start_s)) == {"Nn": 1, "No": 1}
    assert cells(compare_records(beats(3590, 4000), beats(3605, 4000), FS, start_s)) == {"Nn": 1}


def test_beats_beyond_the_end_of_the_record_are_not_judged() -> None:
    assert cells(compare_records(beats(400, 1000), beats(400, 1300), FS, 0, n_samples=800)) == {"Nn": 1}


def test_where_there_is_nothing_there_are_no_rates() -> None:
    comparison = compare_records(Annotations.none(), Annotations.none(), FS, 0)
    assert comparison.matrix.sum() == 0
    assert comparison.to_json()["qrs"] == {
        "sensitivity": None, "positive_predictivity": None, "true_positives": 0, "false_negatives": 0,
        "false_positives": 0,
    }  # fmt: skip
    assert comparison.to_json()["rr_error_ms"] is None


def test_peaks_are_sorted_and_called_n() -> None:
    labels = peaks([30, 10, 20])
    assert labels.sample.tolist() == [10, 20, 30]
    assert labels.symbol.tolist() == ["N", "N", "N"]


def test_annotations_out_of_order_and_rates_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="not in time order"):
        compare_records(beats(20, 10), beats(10), FS)
    for fs in (0, -360, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="expected positive numbers"):
            compare_records(beats(10), beats(10), fs)
