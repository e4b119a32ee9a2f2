"""A study's table says what each way of training comes to, and what changed from the plainest one."""

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.evaluation.bootstrap import Change, paired_changes
from ecg_core.evaluation.classification import figures
from ecg_core.evaluation.study import ClassSpread, Spread, WayFigures, study_table

CLASSES, SCORED = ("N", "S", "V", "Q"), ("N", "S", "V")
RECORDS = ("a", "b", "c", "d", "e")
Counts = npt.NDArray[np.int64]


def matrices(found: int, n_seeds: int = 3, seed: int = 0) -> Counts:
    """Records of 100 N, 20 S and 20 V beats each; of the S beats about `found` are found, a few N called S."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((n_seeds, len(RECORDS), 4, 4), np.int64)
    for s, r in np.ndindex(counts.shape[:2]):
        hit, false = np.clip(found + rng.integers(-1, 2), 0, 20), rng.integers(0, 5)
        counts[s, r, 0, :2] = 100 - false, false
        counts[s, r, 1, :2] = 20 - hit, hit
        counts[s, r, 2, 2] = 20
    counts[:, 0, 3, 0] = 2
    return counts


WAYS = {"none": matrices(8), "smote": matrices(17, seed=1), "gan": matrices(8, seed=2)}


@pytest.fixture(scope="module")
def table() -> dict[str, WayFigures]:
    return study_table(WAYS, "none", CLASSES, SCORED, RECORDS, ("b", "e"))


def test_every_way_has_its_means_and_range_over_seeds(table: dict[str, WayFigures]) -> None:
    assert list(table) == ["none", "smote", "gan"]
    for way, counts in WAYS.items():
        values = figures(counts.sum(axis=1), [0, 1, 2])
        for name in ("macro_f1", "accuracy"):
            own = getattr(values, name)
            assert own.shape == (3,)
            assert getattr(table[way], name) == Spread(pytest.approx(own.mean()), own.min(), own.max())
        assert list(table[way].classes) == list(SCORED)
        assert table[way].classes["S"].sensitivity.mean == pytest.approx(values.sensitivity[:, 1].mean())
        assert table[way].classes["V"] == ClassSpread(*[Spread(1.0, 1.0, 1.0)] * 3)


def test_the_plainest_way_has_no_change_and_the_others_are_compared_with_it(table: dict[str, WayFigures]) -> None:
    assert table["none"].change == table["none"].change_without == {}
    for way in ("smote", "gan"):
        assert table[way].change == paired_changes(WAYS["none"], WAYS[way], CLASSES, SCORED)
        assert set(table[way].change) == {*SCORED, "all"}


def test_without_a_record_the_change_is_that_of_the_others(table: dict[str, WayFigures]) -> None:
    changes = table["smote"].change_without
    assert list(changes) == ["b", "e"]
    rest = [0, 1, 2, 3]
    assert changes["e"] == paired_changes(WAYS["none"][:, rest], WAYS["smote"][:, rest], CLASSES, SCORED)
    assert changes["e"]["all"]["macro_f1"].change != table["smote"].change["all"]["macro_f1"].change


def test_the_verdict_follows_the_interval(table: dict[str, WayFigures]) -> None:
    verdicts = {way: table[way].change["S"]["sensitivity"].verdict for way in ("smote", "gan")}
    assert verdicts == {"smote": "better", "gan": "no clear effect"}
    back = study_table({"none": WAYS["smote"], "less": WAYS["none"]}, "none", CLASSES, SCORED, RECORDS)
    assert back["less"].change["S"]["sensitivity"].verdict == "worse"
    assert table["smote"].change["V"]["f1"].verdict == "no clear effect", "1 before and after"


def test_a_class_that_does_not_occur_has_no_figure_and_no_change() -> None:
    empty = {way: counts.copy() for way, counts in WAYS.items()}
    for counts in empty.values():
        counts[:, :, 2] = 0
    found = study_table(empty, "none", CLASSES, SCORED, RECORDS, ("a",))
    assert found["none"].classes["V"].sensitivity == Spread(None, None, None)
    change = found["smote"].change["V"]["sensitivity"]
    assert change == Change(None, None, None, None)
    assert (change.change, change.clear, change.verdict) == (None, False, "no clear effect")
