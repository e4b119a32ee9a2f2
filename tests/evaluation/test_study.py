"""A study's table says what each way of training comes to, and what changed from the plainest one."""

import json

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.evaluation.bootstrap import paired_changes
from ecg_core.evaluation.classification import figures
from ecg_core.evaluation.study import study_table, verdict

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
def table() -> dict:
    return study_table(WAYS, "none", CLASSES, SCORED, RECORDS, ("b", "e"))


def test_every_way_has_its_means_and_range_over_seeds(table: dict) -> None:
    assert list(table) == ["none", "smote", "gan"]
    for way, counts in WAYS.items():
        values = figures(counts.sum(axis=1), [0, 1, 2])
        for name in ("macro_f1", "accuracy"):
            own = getattr(values, name)
            assert own.shape == (3,)
            assert table[way][name] == {
                "mean": pytest.approx(own.mean()), "lowest": own.min(), "highest": own.max()
            }  # fmt: skip
        assert list(table[way]["classes"]) == list(SCORED)
        assert table[way]["classes"]["S"]["sensitivity"]["mean"] == pytest.approx(values.sensitivity[:, 1].mean())
        assert table[way]["classes"]["V"] == {
            key: {"mean": 1.0, "lowest": 1.0, "highest": 1.0} for key in ("sensitivity", "ppv", "f1")
        }


def test_the_plainest_way_has_no_change_and_the_others_are_compared_with_it(table: dict) -> None:
    assert "change" not in table["none"]
    for way in ("smote", "gan"):
        expected = paired_changes(WAYS["none"], WAYS[way], CLASSES, SCORED)["S"]["f1"]
        assert table[way]["change"]["S"]["f1"] == {
            "before": expected.before, "after": expected.after, "low": expected.low, "high": expected.high,
            "change": expected.change, "clear": expected.clear,
        }  # fmt: skip
        assert set(table[way]["change"]) == {*SCORED, "all"}


def test_without_a_record_the_change_is_that_of_the_others(table: dict) -> None:
    assert list(table["smote"]["change_without"]) == ["b", "e"]
    kept = [0, 1, 2, 3]
    expected = paired_changes(WAYS["none"][:, kept], WAYS["smote"][:, kept], CLASSES, SCORED)["all"]["macro_f1"]
    found = table["smote"]["change_without"]["e"]["all"]["macro_f1"]
    assert (found["change"], found["low"], found["high"]) == (expected.change, expected.low, expected.high)
    assert found["change"] != table["smote"]["change"]["all"]["macro_f1"]["change"]


def test_the_verdict_follows_the_interval(table: dict) -> None:
    changes = {way: table[way]["change"]["S"]["sensitivity"] for way in ("smote", "gan")}
    assert {way: verdict(change) for way, change in changes.items()} == {"smote": "better", "gan": "no clear effect"}
    back = study_table({"none": WAYS["smote"], "less": WAYS["none"]}, "none", CLASSES, SCORED, RECORDS)
    assert verdict(back["less"]["change"]["S"]["sensitivity"]) == "worse"
    assert verdict(table["smote"]["change"]["V"]["f1"]) == "no clear effect", "1 before and after"


def test_the_table_is_json_also_where_a_class_does_not_occur() -> None:
    empty = {way: counts.copy() for way, counts in WAYS.items()}
    for counts in empty.values():
        counts[:, :, 2] = 0
    found = study_table(empty, "none", CLASSES, SCORED, RECORDS, ("a",))
    assert found["none"]["classes"]["V"]["sensitivity"] == {"mean": None, "lowest": None, "highest": None}
    change = found["smote"]["change"]["V"]["sensitivity"]
    assert (change["low"], change["high"], change["clear"]) == (None, None, False)
    assert verdict(change) == "no clear effect"
    json.dumps(found, allow_nan=False)
