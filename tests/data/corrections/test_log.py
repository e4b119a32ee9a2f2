"""The log of corrections: nothing that was called saved is lost, nothing is written twice, nobody is overwritten."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.corrections import log
from ecg_core.data.corrections.decision import Edit
from ecg_core.errors import DataError
from tests.data.corrections.made import act, edit

HEAD = log.Head(log.FORMAT, "100", "mitdb", "reference", "abc")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels" / log.FILE


def written(path: Path, *edits: Edit, seen: int = 1_000) -> log.Written:
    return log.write(path, HEAD, edits, seen)


def test_there_are_none_before_the_first(path: Path) -> None:
    assert log.read(path) is None


def test_what_was_written_is_read_again(path: Path) -> None:
    done = written(path, edit(1), edit(2, 200, "S", queue="flagged", model="models/autoencoder"))
    assert log.read(path) == done.corrections
    assert [entry.edit for entry in done.corrections.entries] == [
        edit(1),
        edit(2, 200, "S", queue="flagged", model="models/autoencoder"),
    ]


def test_what_is_sent_again_is_not_written_again(path: Path) -> None:
    written(path, edit(1), edit(2, 200))
    again = written(path, edit(1), edit(2, 200), edit(3, 300))
    assert [entry.edit.seq for entry in again.corrections.entries] == [1, 2, 3]


def test_any_one_decision_is_undone_and_redone(path: Path) -> None:
    written(path, edit(1, 100, "V"), edit(2, 200, "S"), act(3, "undo", of=1))
    corrections = log.read(path)
    assert corrections is not None
    assert {sample: one.after for sample, one in corrections.standing().items()} == {200: "S"}
    done = written(path, act(4, "redo", of=1))
    assert {sample: one.after for sample, one in done.corrections.standing().items()} == {100: "V", 200: "S"}


def test_an_undone_decision_lets_the_one_before_it_count_again(path: Path) -> None:
    done = written(path, edit(1, 100, "V"), edit(2, 100, "F"), act(3, "undo", of=2))
    assert done.corrections.standing()[100].after == "V"


def test_a_finished_review_goes_on_with_the_next_decision(path: Path) -> None:
    assert written(path, edit(1), act(2, "finish")).corrections.finished is not None
    assert written(path, edit(3, 200)).corrections.finished is None


class TestTwoPeople:
    def test_the_second_to_save_is_told_what_the_first_decided_and_nothing_is_overwritten(self, path: Path) -> None:
        seen = written(path, edit(1, 300)).corrections.last
        written(path, edit(1, 100, "V", "page2", "Ben"))
        done = written(path, edit(2, 100, "S"), edit(3, 200, "S"), seen=seen)
        (conflict,) = done.conflicts
        assert str(conflict) == "Ben has called it 'V' meanwhile."
        assert {sample: one.after for sample, one in done.corrections.standing().items()} == {
            100: "V", 200: "S", 300: "V",
        }  # fmt: skip

    def test_the_second_may_insist_once_it_knows(self, path: Path) -> None:
        written(path, edit(1, 100, "V", "page2", "Ben"))
        done = written(path, edit(1, 100, "S"), seen=1)
        assert not done.conflicts
        assert done.corrections.standing()[100].entry.edit.person == "Ada"

    def test_the_same_decision_is_no_conflict(self, path: Path) -> None:
        written(path, edit(1, 100, "V", "page2", "Ben"))
        assert not written(path, edit(1, 100, "V"), seen=0).conflicts


class TestAKill:
    def test_a_line_without_its_end_is_cut_off_and_the_rest_stays(self, path: Path) -> None:
        done = written(path, edit(1), edit(2, 200))
        whole = path.read_bytes()
        path.write_bytes(whole[:-7])
        cut = log.read(path)
        assert cut is not None and cut.entries == done.corrections.entries[:1]
        assert written(path, edit(2, 200)).corrections.entries == done.corrections.entries
        assert path.read_bytes() == whole

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there are no kills here")
    def test_what_a_killed_process_called_saved_is_there_once(self, path: Path) -> None:
        script = (
            "import sys; from pathlib import Path; from ecg_core.data.corrections import log\n"
            "from tests.data.corrections.made import edit\n"
            "from tests.data.corrections.test_log import HEAD\n"
            "for k in range(1, 10_000):\n"
            "    log.write(Path(sys.argv[1]), HEAD, [edit(k, 100 * k)], 0)\n"
            "    print(k, flush=True)\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
        )
        assert child.stdout
        for _ in range(40):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        said = child.stdout.read().split()
        child.wait()
        saved = int(said[-1]) if said else 40
        corrections = log.read(path)
        assert corrections is not None
        assert [entry.edit.seq for entry in corrections.entries][:saved] == list(range(1, saved + 1))
        assert len(corrections.entries) - saved in (0, 1), "one more may be written before it is said"


class TestBadInput:
    def test_a_full_disk_leaves_what_was_saved_and_says_so(self, path: Path) -> None:
        written(path, edit(1))
        before = path.read_bytes()
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limit[1]))
        try:
            with pytest.raises(DataError, match=r"full: .* record 100 are not saved\. .* kept on this page until then"):
                written(path, edit(2, 200))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
            signal.signal(signal.SIGXFSZ, old)
        assert path.read_bytes() == before
        assert len(written(path, edit(2, 200)).corrections.entries) == 2

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_may_not_be_written_is_named(self, path: Path) -> None:
        path.parent.mkdir()
        path.parent.chmod(0o500)
        with pytest.raises(DataError, match="make it writable"):
            written(path, edit(1))

    def test_a_damaged_line_is_named_and_nothing_is_added(self, path: Path) -> None:
        written(path, edit(1), edit(2, 200))
        content = path.read_bytes().replace(b'"number":1', b'"number":')
        path.write_bytes(content)
        with pytest.raises(DataError, match="damaged in line 2"):
            written(path, edit(3, 300))
        assert path.read_bytes() == content

    def test_corrections_of_other_labels_are_not_mixed(self, path: Path) -> None:
        written(path, edit(1))
        other = log.Head(log.FORMAT, "100", "mitdb", "detected", "abc")
        with pytest.raises(DataError, match="over its labels 'reference', not 'detected'"):
            log.write(path, other, [edit(2)], 0)

    @pytest.mark.parametrize(
        "wrong",
        [
            edit(1, -5),
            edit(1, after="X"),
            edit(0),
            edit(1, person="a" * 121),
            edit(1, person="Ada\x1b[31m"),
            edit(1, before=("N", "N")),
            Edit("page1", 1, "decide"),
            Edit("page1", 1, "undo", of=-1),
        ],
    )
    def test_an_edit_that_no_page_makes_is_refused(self, path: Path, wrong: Edit) -> None:
        with pytest.raises(DataError, match="cannot be written: "):
            written(path, wrong)
        assert log.read(path) is None

    @settings(max_examples=60)
    @given(st.data())
    def test_any_damage_is_told_or_leaves_the_entries_before_it(self, data: st.DataObject) -> None:
        with TemporaryDirectory() as folder:
            self._damage(data, Path(folder) / log.FILE)

    def _damage(self, data: st.DataObject, path: Path) -> None:
        done = written(path, *(edit(k, 100 * k) for k in range(1, 6)))
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(content))
        try:
            found = log.read(path)
        except DataError as error:
            assert len(str(error)) < 600
        else:
            n = len(found.entries) if found else 0
            assert n <= len(done.corrections.entries)


def test_corrections_of_samples_that_have_changed_since_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_HOME", str(tmp_path / "home"))
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "100.hea").write_text("100 1 360 4\n100.dat 16 200 16 0 0 0 0 MLII\n")
    (folder / "100.dat").write_bytes(bytes(8))
    log.write(log.log_file(folder, "100"), log.head_of(folder, "100", "reference", ""), [edit(1)], 0)
    assert log.left_behind(folder, "100") == ()
    (folder / "100.dat").write_bytes(bytes([1] * 8))
    assert log.read(log.log_file(folder, "100")) is None
    (behind,) = log.left_behind(folder, "100")
    assert log.read(behind) is not None


def test_a_sample_no_recording_has_is_damage_named_by_its_line(tmp_path: Path) -> None:
    head = {"format": 1, "record": "100", "place": "x", "base": "reference", "base_digest": "0" * 64}
    edit = {"client": "c", "seq": 1, "act": "decide", "samples": [10**30], "before": ["N"], "after": ["V"]}
    (tmp_path / "huge.jsonl").write_text(f"{json.dumps(head)}\n{json.dumps(edit)}\n")
    with pytest.raises(DataError, match="in line 2: a number is above what it can be"):
        log.read(tmp_path / "huge.jsonl")
