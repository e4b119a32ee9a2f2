"""Runs and episodes are compared as WFDB's reference tools compare them: every number of the golden set, and rules."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.data.annotation_file import FileAnnotations, read_annotation_file
from ecg_core.data.labels import Annotations
from ecg_core.evaluation.episode_comparison import EPISODE_KINDS, EpisodeKind, compare_episodes
from ecg_core.evaluation.run_comparison import LENGTHS, RUN_KINDS, compare_runs

FS, N_SAMPLES = 360, 650_000
STARTS = ("0", "300")


def golden(folder: Path, tool: str) -> Any:
    return json.loads((folder / f"{tool}.json").read_text())["starts"]


def both(mitdb: Path, ec57: Path, record: str) -> tuple[FileAnnotations, FileAnnotations]:
    return (
        read_annotation_file(mitdb / f"{record}.atr", FS),
        read_annotation_file(ec57 / "tst" / f"{record}.tst", FS),
    )


def marked(text: str, rhythm: dict[int, str] | None = None) -> Annotations:
    """A beat a second, by symbols; a rhythm change half a second before some of them."""
    rows = [(FS * (k + 1), symbol, "") for k, symbol in enumerate(text)]
    rows += [(FS * (k + 1) - FS // 2, "+", name) for k, name in (rhythm or {}).items()]
    rows.sort()
    sample, symbol, aux = zip(*rows, strict=True)
    return Annotations(np.array(sample, np.int64), np.array(symbol, "<U1"), tuple(aux))


@pytest.mark.parametrize("start", STARTS)
def test_every_cell_and_rate_of_the_runs_is_that_of_rxr(mitdb: Path, ec57: Path, start: str) -> None:
    for record, numbers in golden(ec57, "rxr")[start].items():
        if not (ec57 / "tst" / f"{record}.tst").is_file():
            continue
        found = compare_runs(*both(mitdb, ec57, record), FS, float(start))
        for kind in RUN_KINDS:
            for name in ("sensitivity_matrix", "predictivity_matrix"):
                cells = getattr(found[kind], name).tolist()
                cells[0][0] = None  # no run on either side: nothing to count
                assert cells == numbers[kind][name], (record, kind, name)
            for name in LENGTHS:
                for which, rate in (("Se", found[kind].sensitivity), ("PP", found[kind].positive_predictivity)):
                    stated = numbers[kind]["stats"][f"{name}_{which}"]
                    assert (rate(name).found, rate(name).of) == (stated["num"], stated["den"]), (record, kind, name)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kind", EPISODE_KINDS)
def test_every_episode_and_second_is_that_of_epicmp(mitdb: Path, ec57: Path, start: str, kind: EpisodeKind) -> None:
    numbers = golden(ec57, "epicmp")[start][kind]
    assert numbers
    for record, stated in numbers.items():
        found = compare_episodes(*both(mitdb, ec57, record), FS, N_SAMPLES, float(start))[kind]
        se, pp = found.sensitivity, found.positive_predictivity
        assert (se.found, se.of) == (stated["episode_Se"]["num"], stated["episode_Se"]["den"])
        assert (pp.found, pp.of) == (stated["episode_PP"]["num"], stated["episode_PP"]["den"])
        assert round(found.overlap_s, 3) == stated["duration_Se"]["num"]
        assert (round(found.reference_s, 3), round(found.test_s, 3)) == (
            stated["reference_seconds"], stated["test_seconds"],
        )  # fmt: skip


def test_a_run_of_six_is_as_good_as_a_longer_one_and_a_shorter_one_is_not() -> None:
    reference, test = marked("NVVVVVVVVN" + "NVVN"), marked("NVVVVVVNNN" + "NVNN")
    found = compare_runs(reference, test, FS, 0)["VE"]
    assert (found.sensitivity("long_run").found, found.sensitivity("long_run").of) == (1, 1)
    assert (found.sensitivity("couplet").found, found.sensitivity("couplet").of) == (0, 1)


def test_normal_beats_in_fibrillation_are_a_long_supraventricular_run() -> None:
    reference = marked("NNNNNNNN", {2: "(AFIB", 6: "(N"})
    found = compare_runs(reference, marked("NNNNNNNN"), FS, 0)["SVE"]
    assert found.sensitivity_matrix[6, 0] == 1


def test_an_episode_that_nothing_ends_lasts_to_the_end() -> None:
    reference = marked("NNNN", {2: "(AFIB"})
    found = compare_episodes(reference, reference, FS, 10 * FS, 0)["AF"]
    assert found.reference_s == 10 - 2.5
    assert found.duration_sensitivity == found.duration_positive_predictivity == 1


def test_without_any_run_or_episode_a_rate_is_not_defined() -> None:
    nothing = marked("NNN")
    assert compare_runs(nothing, nothing, FS, 0)["VE"].sensitivity("couplet").share is None
    assert compare_episodes(nothing, nothing, FS, 10 * FS, 0)["VF"].duration_sensitivity is None


def test_sums_of_records_are_sums_of_their_counts() -> None:
    one, other = (compare_runs(marked("NVVN"), marked(text), FS, 0)["VE"] for text in ("NVVN", "NVNN"))
    assert (one + other).sensitivity("couplet").share == 0.5
    episodes = compare_episodes(marked("NNNN", {2: "(AFIB"}), marked("NNNN"), FS, 10 * FS, 0)["AF"]
    assert (episodes + episodes).sensitivity.of == 2
