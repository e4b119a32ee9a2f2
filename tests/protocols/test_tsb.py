"""TSB-UAD's series: labels as published, a score that finds what is labelled, and nothing learned from a label."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ecg_core.data.labels import Annotations
from ecg_core.data.reader import read_record
from ecg_core.protocols import tsb_ad
from ecg_core.protocols.protocol import kept_result
from ecg_core.protocols.tsb_labels import series_labels
from ecg_core.protocols.tsb_uad import METRICS, TSB_UAD, painted, place_of, published, ranked, sample_scores, with_lead


@pytest.fixture(scope="module")
def series(mitdb: Path) -> list[dict[str, object]]:
    path = mitdb.parent / "tsb" / "series.json"
    if not path.is_file():
        pytest.skip("needs the list of series of TSB-UAD, as published")
    found: list[dict[str, object]] = json.loads(path.read_text())["TSB-UAD"]
    return found


def test_labels_are_the_published_ones_in_number_and_length_of_segments(
    mitdb: Path, series: list[dict[str, object]]
) -> None:
    by_record = {str(one["record"]): one for one in series}
    for name, said in by_record.items():
        record = read_record(mitdb, name)
        found = series_labels(record.annotations, record.n_samples)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], found.label.astype(np.int8), [0]])))
        lengths = edges[1::2] - edges[::2]
        assert found.window == said["beat_window"], name
        assert len(lengths) == said["segments"], name
        assert lengths.sum() == said["labelled_samples"], name
        assert np.mean(lengths) == pytest.approx(said["mean_length"]), name


def test_every_series_has_the_published_figures_of_twelve_methods() -> None:
    assert len(published()) == 32
    for peers in published().values():
        assert len(peers) == 12
        assert all(set(figures) == set(METRICS.values()) for figures in peers.values())
    assert {place_of(name)[0] for name in published()} == set(TSB_UAD.records)


def test_a_score_finds_what_is_labelled_and_is_found_without_labels(mitdb: Path) -> None:
    record = with_lead(read_record(mitdb, "119"), 0)
    label = series_labels(record.annotations, record.n_samples).label
    score = sample_scores(record)
    assert roc_auc_score(label, score) > 0.99
    mark = record.layers["reference"]
    bare = record.with_layer(replace(mark, annotations=Annotations.none()))
    assert np.array_equal(sample_scores(bare), score)


def test_the_rarest_value_ranks_highest() -> None:
    values = np.array([3.0, 1.0, 9.0, 2.0])
    assert np.argmax(ranked(values)) == 2
    assert ranked(values)[2] == pytest.approx(np.log(5))


def test_a_beat_is_painted_half_an_interval_around_and_through_the_pause_behind_it() -> None:
    peaks = np.array([100, 200, 260, 400, 500])
    over = painted(peaks, np.array([0.0, 0.0, 5.0, 0.0, 0.0]), 600)
    first, last = np.flatnonzero(over == 5)[[0, -1]]
    assert (first, last) == (210, 350)


def test_the_kept_result_keeps_its_floors() -> None:
    result = kept_result("tsb-uad")
    assert result is not None
    assert result.total["AUC"] is not None
    assert result.total["AUC"] > 0.94
    assert len(result.rows) == 32


def test_series_of_tsb_ad_have_the_published_labels(mitdb: Path) -> None:
    path = mitdb.parent / "tsb" / "series.json"
    if not path.is_file():
        pytest.skip("needs the list of series of TSB-AD, as published")
    said = {one["series"].split("_")[0]: one for one in json.loads(path.read_text())["TSB-AD-U"]}
    for series in tsb_ad.SERIES:
        record = read_record(mitdb, series.record)
        label = series_labels(record.annotations, record.n_samples).label[: series.end]
        assert int(label.sum()) == said[series.number]["labelled_samples"], series.name
        assert series.record == said[series.number]["record"]


def test_every_series_of_tsb_ad_has_the_published_figures_of_32_methods() -> None:
    assert len(tsb_ad.published()) == 32
    assert all({series.number for series in tsb_ad.SERIES} <= set(one) for one in tsb_ad.published().values())


def test_what_is_kept_of_tsb_ad_is_no_worse_than_when_it_was_measured(mitdb: Path) -> None:
    result = kept_result("tsb-ad")
    assert result is not None
    assert (result.total[tsb_ad.VUS] or 0) > 0.65
    record = read_record(mitdb, "220")
    assert tsb_ad.vus_pr(record, 0, 100_000) > 0.9
