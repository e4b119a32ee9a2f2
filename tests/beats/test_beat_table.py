"""A beat table holds every beat of a layer once, under the names and with the values of the prepared beats."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.beat_table import beat_table
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.prepare import prepare_record
from ecg_core.beats.table import RecordRows, joined_table
from ecg_core.data.labels import Annotations
from ecg_core.data.reader import read_record

CODES = [*BY_CODE, "+", "~", "!", "|", "x", '"']
LAYERS = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(CODES)), max_size=60)


def layer(rows: list[tuple[int, str]]) -> Annotations:
    rows = sorted(rows, key=lambda row: row[0])
    symbol = np.array([code for _, code in rows], "<U1")
    return Annotations(np.array([sample for sample, _ in rows], np.int64), symbol, ("",) * len(rows))


@given(LAYERS)
def test_every_beat_stands_once_with_its_class_and_intervals_and_nothing_else_does(rows: list[tuple[int, str]]) -> None:
    annotations = layer(rows)
    table = beat_table(annotations, 250.0)
    beats = [(s, c) for s, c in zip(annotations.sample, annotations.symbol, strict=True) if c in BY_CODE]
    assert list(zip(table.r_sample, table.symbol, strict=True)) == beats
    assert table.beat_class.tolist() == [BY_CODE[code].beat_class for _, code in beats]
    np.testing.assert_array_equal(table.rr_pre_s[1:], table.rr_post_s[:-1])
    np.testing.assert_allclose(table.rr_pre_s[1:], np.diff(table.r_sample) / 250.0)
    assert np.isnan(table.rr_pre_s[:1]).all() and np.isnan(table.rr_post_s[-1:]).all()


@given(LAYERS, st.integers(-10, 10_010), st.integers(0, 4_000))
def test_the_rows_of_a_stretch_are_those_whose_sample_lies_in_it(
    rows: list[tuple[int, str]], start: int, length: int
) -> None:
    table = beat_table(layer(rows), 250.0)
    inside = (table.r_sample >= start) & (table.r_sample < start + length)
    assert list(table.rows_between(start, start + length)) == np.flatnonzero(inside).tolist()


@given(LAYERS)
def test_the_class_at_a_sample_is_that_of_a_beat_there_or_none(rows: list[tuple[int, str]]) -> None:
    table = beat_table(layer(rows), 250.0)
    for sample in {0, 10_001, *table.r_sample.tolist()}:
        first = np.flatnonzero(table.r_sample == sample)[:1]
        assert table.class_at(sample) == (str(table.beat_class[first[0]]) if len(first) else None)


@pytest.mark.parametrize("name", ["100", "208"])
def test_the_columns_hold_what_the_prepared_beats_hold(mitdb: Path, name: str) -> None:
    record = read_record(mitdb, name)
    table = beat_table(record.annotations, record.fs)
    prepared = prepare_record(mitdb, name, BeatConfig(centre="label"))
    joined = joined_table([RecordRows(name, prepared.fs, prepared.rows)], [name])
    for column in ("r_sample", "symbol", "beat_class", "rr_pre_s", "rr_post_s"):
        np.testing.assert_array_equal(getattr(table, column), joined[column].to_numpy(), err_msg=column)


def test_the_beats_of_a_real_record(mitdb: Path) -> None:
    record = read_record(mitdb, "208")
    table = beat_table(record.annotations, record.fs)
    assert len(table) == 2_955
    assert len(table.samples_of("V")) == 992
