"""Columns of an archive are described, each by its name."""

import re

from ecg_core.tasks.archive.rows import BEATS, RECORDINGS
from ecg_core.workspace import PROJECT


def test_every_column_is_described_for_whoever_reads_the_files() -> None:
    text = (PROJECT / "docs" / "command-line.md").read_text(encoding="utf-8")
    section = text.partition("### Columns of an archive")[2].partition("\n## ")[0]
    recordings, _, beats = section.partition("Each file of `beats/`")
    for part, schema in ((recordings, RECORDINGS), (beats, BEATS)):
        described = {name for row in re.findall(r"^\| (`.*?) \|", part, re.M) for name in re.findall(r"`(\w+)`", row)}
        assert described == set(schema.names)
