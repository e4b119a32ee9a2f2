"""The command line without a process of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ecg_core.__main__ import main
from ecg_core.data.sources import VARIABLE


@pytest.fixture
def refused_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`refused` of test_command_line in this process, for many refusals in a row: only `python -m` is left out."""

    def refused_by(*words: str, data: Path) -> str:
        monkeypatch.setenv(VARIABLE, str(data))
        capsys.readouterr()
        assert main(list(words)) == 1
        said = capsys.readouterr()
        assert said.out == ""
        lines = said.err.strip().splitlines()
        assert len(lines) == 1, said.err
        return lines[0]

    return refused_by
