"""Two folders of annotations: which records are compared, which are left out, and why."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.errors import DataError
from ecg_core.evaluation.folder_comparison import AnnotationFiles, FolderComparison, compare_folders

LENGTH = 36_000
TRUTH = list(range(400, 35_000, 400))


def write(folder: Path, record: str, annotator: str, sample: list[int], fs: float | None = None) -> None:
    from wfdb import wrann

    folder.mkdir(exist_ok=True)
    wrann(record, annotator, np.array(sample), ["N"] * len(sample), fs=fs, write_dir=str(folder))


def header(folder: Path, record: str, n_samples: int = LENGTH, fs: str = "360") -> None:
    (folder / f"{record}.hea").write_text(f"{record} 1 {fs} {n_samples}\n{record}.dat 212 200 11 1024 0 0 0 MLII\n")


@pytest.fixture
def sides(tmp_path: Path) -> tuple[AnnotationFiles, AnnotationFiles]:
    """Record `a` with its header on both sides; the test misses a beat and has one too many."""
    reference, test = AnnotationFiles(tmp_path / "reference", "atr"), AnnotationFiles(tmp_path / "test", "qrs")
    write(reference.folder, "a", "atr", TRUTH)
    write(test.folder, "a", "qrs", sorted([*TRUTH[1:], 620]))
    header(reference.folder, "a")
    return reference, test


def compared(sides: tuple[AnnotationFiles, AnnotationFiles], start_s: float = 0.0) -> FolderComparison:
    return compare_folders(*sides, start_s=start_s)


def test_a_record_in_both_folders_is_compared(sides: tuple[AnnotationFiles, AnnotationFiles]) -> None:
    comparison = compared(sides)
    assert list(comparison.records) == ["a"]
    assert comparison.left_out == {}
    qrs = comparison.gross.rates.qrs
    assert (qrs.true_positives, qrs.false_negatives, qrs.false_positives) == (len(TRUTH) - 1, 1, 1)
    assert comparison.to_json()["gross"]["qrs"]["sensitivity"] == 100 * (len(TRUTH) - 1) / len(TRUTH)


def test_a_record_in_one_folder_only_is_left_out_with_the_folder_it_is_not_in(
    sides: tuple[AnnotationFiles, AnnotationFiles],
) -> None:
    reference, test = sides
    write(reference.folder, "b", "atr", TRUTH)
    write(test.folder, "c", "qrs", TRUTH)
    comparison = compared(sides)
    assert list(comparison.records) == ["a"]
    assert comparison.left_out == {"b": f"no .qrs file in {test.folder}", "c": f"no .atr file in {reference.folder}"}
    assert comparison.to_json()["left_out"] == comparison.left_out


def test_a_record_without_a_header_on_either_side_is_left_out(
    sides: tuple[AnnotationFiles, AnnotationFiles],
) -> None:
    reference, test = sides
    (reference.folder / "a.hea").unlink()
    folders = f"{reference.folder} or {test.folder}"
    assert compared(sides).left_out == {
        "a": f"sampling rate unknown, because there is no .hea file in {folders}: copy it there"
    }
    header(test.folder, "a")
    assert list(compared(sides).records) == ["a"]


@pytest.mark.parametrize(("fs", "reason"), [("0", "sampling frequency"), ("nan", "sampling frequency")])
def test_a_header_whose_rate_cannot_be_is_the_reason(
    sides: tuple[AnnotationFiles, AnnotationFiles], fs: str, reason: str
) -> None:
    header(sides[0].folder, "a", fs=fs)
    assert reason in compared(sides).left_out["a"]


def test_a_file_that_cannot_be_read_is_left_out_and_the_others_go_on(
    sides: tuple[AnnotationFiles, AnnotationFiles],
) -> None:
    reference, test = sides
    for name in ("b", "c"):
        write(reference.folder, name, "atr", TRUTH)
        header(reference.folder, name)
    (test.folder / "b.qrs").write_bytes(b"no annotations")
    (test.folder / "c.qrs").mkdir()
    comparison = compared(sides)
    assert list(comparison.records) == ["a"]
    assert "b.qrs cannot be decoded" in comparison.left_out["b"]
    assert comparison.left_out["c"] == "c.qrs is not a file."


def test_annotations_beyond_the_record_are_left_out_but_one_sample_beyond_its_last_is_normal(
    sides: tuple[AnnotationFiles, AnnotationFiles],
) -> None:
    write(sides[1].folder, "a", "qrs", [*TRUTH, LENGTH])
    assert list(compared(sides).records) == ["a"]
    write(sides[1].folder, "a", "qrs", [*TRUTH, LENGTH + 1])
    assert "1 of 88 annotations lie outside the signal" in compared(sides).left_out["a"]


def test_a_record_shorter_than_the_start_is_left_out(sides: tuple[AnnotationFiles, AnnotationFiles]) -> None:
    assert compared(sides, 100).left_out == {"a": "no longer than the 100 s that are not judged: start earlier"}
    assert list(compared(sides, 99.9).records) == ["a"]


def test_a_test_file_that_counts_at_another_rate_is_converted(
    sides: tuple[AnnotationFiles, AnnotationFiles],
) -> None:
    write(sides[1].folder, "a", "qrs", [round(k * 250 / 360) for k in TRUTH], fs=250)
    figures = compared(sides).records["a"].figures.qrs
    assert (figures.sensitivity, figures.positive_predictivity) == (100, 100)


def test_named_records_are_compared_and_unknown_ones_left_out(sides: tuple[AnnotationFiles, AnnotationFiles]) -> None:
    comparison = compare_folders(*sides, records=["a", "z", "../a"], start_s=0)
    assert list(comparison.records) == ["a"]
    assert comparison.left_out == {
        "../a": "not a record's name, which has only letters, digits, '_' and '-'",
        "z": f"no .atr file in {sides[0].folder}",
    }


def test_two_annotators_of_one_folder_can_be_compared_but_not_the_same_files(
    sides: tuple[AnnotationFiles, AnnotationFiles],
) -> None:
    reference, _ = sides
    write(reference.folder, "a", "qrs", TRUTH)
    assert list(compared((reference, AnnotationFiles(reference.folder, ".qrs"))).records) == ["a"]
    again = AnnotationFiles(reference.folder / ".." / "reference", ".atr")
    with pytest.raises(DataError, match=r"^Reference and test are the same files, .*\*\.atr: name another folder or"):
        compared((reference, again))


def test_what_is_no_folder_or_no_annotator_is_refused(
    sides: tuple[AnnotationFiles, AnnotationFiles], tmp_path: Path
) -> None:
    reference, test = sides
    with pytest.raises(DataError, match=r"nothing is not a folder\.$"):
        compared((reference, AnnotationFiles(tmp_path / "nothing", "qrs")))
    with pytest.raises(DataError, match=r"^'q/rs' is no annotator"):
        compared((reference, AnnotationFiles(test.folder, "q/rs")))
    with pytest.raises(DataError, match=r"^There is no .*\*\.x and no .*\*\.y: nothing to compare\.$"):
        compared((AnnotationFiles(reference.folder, "x"), AnnotationFiles(test.folder, "y")))
