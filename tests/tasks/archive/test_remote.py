"""Recordings at URLs are scored as those of a folder are."""

from pathlib import Path

import pytest

from ecg_core.errors import RunError
from ecg_core.parallel.workers import Workers
from ecg_core.tasks.archive.archive import Order, score_archive
from ecg_core.tasks.archive.items import items_in
from ecg_core.tasks.archive.models import models_named
from tests.tasks.archive.conftest import Archive, contents


def test_what_is_at_a_url_is_scored_as_what_is_in_a_folder(archive: Archive, tmp_path: Path) -> None:
    order = Order((f"file://{archive.folder}",), models_named([]), tmp_path / "out", Workers(1))
    report = score_archive(order)
    assert (report.recordings, report.failed) == (4, 0)
    at_url, in_folder = (contents(out)[0] for out in (tmp_path / "out", archive.out))
    assert all(path.startswith("file://") for path in at_url["path"].unique().to_pylist())
    assert at_url.drop_columns("path").equals(in_folder.drop_columns("path"))
    assert score_archive(order).passed_over == 4


def test_a_url_of_one_record_is_that_record(archive: Archive) -> None:
    assert [item.name for item in items_in([f"file://{archive.folder}/100.hea"])] == ["100"]


@pytest.mark.parametrize("url", ["nothing://x/y", "file:///nowhere/at/all"])
def test_a_url_that_is_not_reached_is_said(url: str) -> None:
    with pytest.raises(RunError, match="no recording to score"):
        items_in([url])
