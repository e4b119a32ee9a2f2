"""Runs, patterns, rates and pauses, counted by hand on made rows of beats, and by rules that always hold."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.beat_table import beat_table
from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.beats.rhythm_summary import summarise_rhythm
from ecg_core.beats.runs import following, patterns, runs
from ecg_core.data.labels import BEAT_SYMBOLS, Annotations, LabelLayer
from ecg_core.data.reader import read_record

FS = 250.0


def spaced(text: str, rr_s: float = 0.8, gaps: dict[int, float] | None = None) -> Annotations:
    """Beats by their symbols; before some of them a longer interval."""
    at = np.cumsum([1.0, *((gaps or {}).get(k, rr_s) for k in range(1, len(text)))])
    return Annotations(np.rint(at * FS).astype(np.int64), np.array(list(text), "<U1"), ("",) * len(text))


def counted(text: str, gaps: dict[int, float] | None = None, marks: tuple[float, ...] = ()) -> list[tuple[str, int]]:
    table = beat_table(spaced(text, gaps=gaps), FS)
    joined = following(table, FS, np.array([round(at * FS) for at in marks], np.int64))
    return [(one.kind, one.n_beats) for one in runs(table, FS, joined)]


def test_couplets_and_runs_end_where_another_beat_comes() -> None:
    assert counted("NVVNVVVNVNAAN") == [("V", 2), ("V", 3), ("S", 2)]


def test_fusion_beats_make_a_ventricular_run_longer() -> None:
    assert counted("NVFVN") == [("V", 3)]


def test_a_run_does_not_go_on_across_a_gap_or_a_stretch_that_cannot_be_read() -> None:
    assert counted("NVVVVN", gaps={3: 3.5}) == [("V", 2), ("V", 2)]
    assert counted("NVVVVN", marks=(1 + 2 * 0.8 + 0.4,)) == [("V", 2), ("V", 2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NVNVNVN", [("bigeminy", 3)]),
        ("NVNVNN", []),
        ("NNVNNVNNVNN", [("trigeminy", 3)]),
        ("NVNVNVNNVNNV", [("bigeminy", 3), ("trigeminy", 3)]),
        ("NANANANA", [("bigeminy", 4)]),
    ],
)
def test_bigeminy_and_trigeminy_take_three_in_a_row(text: str, expected: list[tuple[str, int]]) -> None:
    table = beat_table(spaced(text), FS)
    joined = following(table, FS, np.zeros(0, np.int64))
    assert [(one.name, one.n_beats) for one in patterns(table, FS, joined)] == expected


def test_the_rate_of_a_run_is_that_of_its_intervals() -> None:
    table = beat_table(spaced("NVVVN", rr_s=0.5), FS)
    (run,) = runs(table, FS, following(table, FS, np.zeros(0, np.int64)))
    assert run.rate_per_minute == pytest.approx(120)


@given(st.text("NVFASQ/", min_size=1, max_size=60))
def test_every_ectopic_beat_is_in_one_run_or_isolated(text: str) -> None:
    table = beat_table(spaced(text), FS)
    joined = following(table, FS, np.zeros(0, np.int64))
    for kind, classes in (("V", ("V", "F")), ("S", ("S",))):
        alone = sum(
            1
            for k, name in enumerate(table.beat_class)
            if name in classes
            and (k == 0 or table.beat_class[k - 1] not in classes)
            and (k + 1 == len(table) or table.beat_class[k + 1] not in classes)
        )
        mine = [one for one in runs(table, FS, joined) if one.kind == kind]
        assert alone + sum(one.n_beats for one in mine) == int(np.isin(table.beat_class, classes).sum())


class TestRecords:
    """Figures of recordings that anyone can count after."""

    @staticmethod
    def of(mitdb: Path, name: str) -> LabelledRecord:
        record = read_record(mitdb, name)
        return labelled(record, reference_layer(record))

    def test_record_232_has_pauses_and_long_atrial_runs(self, mitdb: Path) -> None:
        found = summarise_rhythm(self.of(mitdb, "232"))
        assert found.longest_rr is not None
        assert found.longest_rr.seconds == pytest.approx(5.87, abs=0.01)
        assert all(pause.seconds >= 3 for pause in found.pauses)
        v, s = found.ectopy
        assert (v.n_beats, s.n_beats) == (0, 1382)
        assert s.burden == pytest.approx(1382 / 1780)

    def test_nothing_counts_across_the_flutter_of_207(self, mitdb: Path) -> None:
        found = summarise_rhythm(self.of(mitdb, "207"))
        assert found.flutter_s == pytest.approx(143.0, abs=0.1)
        assert found.pauses == ()
        assert found.ectopy[0].longest is not None
        assert found.ectopy[0].longest.n_beats == 105

    def test_classes_by_a_model_leave_out_the_flutter_that_the_reference_marks(self, mitdb: Path) -> None:
        known = self.of(mitdb, "207")
        every = known.layer.annotations
        beats = np.flatnonzero(np.isin(every.symbol, list(BEAT_SYMBOLS)))
        annotations = Annotations(every.sample[beats], every.symbol[beats], ("",) * len(beats))
        layer = LabelLayer("classes", "model", "a model", annotations=annotations)
        found, reference = summarise_rhythm(labelled(known.record, layer)), summarise_rhythm(known)
        assert (found.flutter_s, found.pauses, found.longest_rr) == (
            reference.flutter_s, reference.pauses, reference.longest_rr,
        )  # fmt: skip

    def test_what_is_told_as_json_holds_no_number_that_json_does_not_have(self, mitdb: Path) -> None:
        told = summarise_rhythm(self.of(mitdb, "100")).to_json(360)
        assert told["mean_rate"] == pytest.approx(75.5, abs=0.5)
        assert told["ectopy"]["V"]["fastest"] is None
