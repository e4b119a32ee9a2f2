"""A worker's output stays small, and its last lines stay."""

from pathlib import Path

from ecg_core.runs.log_size import DROPPED, KEPT_BYTES, MOST_BYTES, cut


def test_only_the_last_lines_of_a_long_log_stay_and_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with path.open("ab", buffering=0) as writer:
        for k in range(MOST_BYTES // 10 + 1):
            writer.write(b"%9d\n" % k)
        assert cut(path)
        writer.write(b"more\n")
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines[0] == DROPPED and lines[-1] == b"more\n" and lines[-2] == b"%9d\n" % (MOST_BYTES // 10)
    assert path.stat().st_size < KEPT_BYTES + 100
    assert [int(line) for line in lines[1:-1]] == list(range(int(lines[1]), MOST_BYTES // 10 + 1))


def test_a_short_log_or_none_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    assert not cut(path)
    path.write_text("short")
    assert not cut(path) and path.read_text() == "short"
