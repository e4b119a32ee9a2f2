"""The quick part of the campaign of faults."""

import subprocess
import sys

from ecg_core.workspace import PROJECT


def test_the_quick_part_of_the_campaign_loses_nothing_and_tells_nothing_untrue() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.faults", "--quick"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["fault", "injected", "survived", "lost", "different", "untrue"]
    assert rows[-1][0] == "together"
    injected, survived, lost, different, untrue = map(int, rows[-1][1:])
    assert (injected, lost, different, untrue) == (survived, 0, 0, 0)
    assert injected >= 10
