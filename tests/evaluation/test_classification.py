"""Every figure of a classifier follows from counts by record, reference class and prediction."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import f1_score, precision_score, recall_score

from ecg_core.errors import DataError
from ecg_core.evaluation.classification import (
    Areas,
    ClassFigures,
    Classified,
    ClassInRecord,
    Overall,
    RecordFigures,
    by_class,
    by_record,
    confusion_table,
    figures,
    overall,
    plain,
    ratio,
)
from tests.evaluation.factories import classified_of_counts

CLASSES = ("N", "S", "V", "F")
CONFUSION = np.array([[90, 5, 3, 2], [4, 6, 0, 0], [1, 0, 19, 0], [0, 0, 0, 0]])
"""Worked by hand below; no F beat among the reference ones, two called so."""
matrices = hnp.arrays(np.int64, (4, 4), elements=st.integers(0, 50))


def of_counts(counts: npt.NDArray[np.integer]) -> Classified:
    return classified_of_counts(counts, CLASSES)


@st.composite
def several(draw: st.DrawFn) -> Classified:
    """Up to five records of beats in classes that may not all occur, with probabilities that may tie."""
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    there = draw(st.lists(st.sampled_from(CLASSES), min_size=1, unique=True))
    probability = rng.integers(0, 4, (n, 4)).astype(np.float32) / 4
    return Classified(CLASSES, rng.choice(there, n), probability, rng.choice(list("abcde"), n))


def test_every_figure_of_a_matrix_made_by_hand() -> None:
    found = figures(CONFUSION)
    assert found.sensitivity[:3] == pytest.approx([90 / 100, 6 / 10, 19 / 20])
    assert found.ppv == pytest.approx([90 / 95, 6 / 11, 19 / 22, 0])
    assert found.f1[:3] == pytest.approx([180 / 195, 12 / 21, 38 / 42])
    assert np.isnan([found.sensitivity[3], found.f1[3]]).all(), "no F beat: nothing to find"
    assert found.macro_f1 == pytest.approx((180 / 195 + 12 / 21 + 38 / 42) / 3), "over N, S and V, which occur"


def test_accuracy_is_plain_and_not_the_mean_of_one_against_rest() -> None:
    of_each = [(130 - CONFUSION[k].sum() - CONFUSION[:, k].sum() + 2 * CONFUSION[k, k]) / 130 for k in range(4)]
    assert figures(CONFUSION).accuracy == pytest.approx(115 / 130)
    assert np.mean(of_each) > 0.94 > 0.9 > figures(CONFUSION).accuracy


def test_a_class_nobody_predicts_has_f1_zero_and_no_positive_predictivity() -> None:
    found = figures(np.array([[8, 0], [2, 0]]))
    assert (found.sensitivity[1], found.f1[1]) == (0, 0)
    assert np.isnan(found.ppv[1])
    assert found.macro_f1 == pytest.approx(16 / 18 / 2)


def test_only_scored_classes_count_for_macro_f1_but_all_beats_for_accuracy() -> None:
    found = figures(CONFUSION, [1, 2])
    assert found.macro_f1 == pytest.approx((12 / 21 + 38 / 42) / 2)
    assert found.accuracy == figures(CONFUSION).accuracy


def test_nothing_to_judge_gives_no_figure() -> None:
    found = figures(np.zeros((4, 4), int))
    for values in vars(found).values():
        assert np.isnan(values).all()


@settings(deadline=None)
@given(st.lists(matrices, min_size=1, max_size=4))
def test_many_matrices_at_once_give_what_each_gives_alone(some: list[npt.NDArray[np.int64]]) -> None:
    together = figures(np.stack(some))
    for k, one in enumerate(some):
        for name, values in vars(figures(one)).items():
            assert np.array_equal(getattr(together, name)[k], values, equal_nan=True)


@settings(deadline=None)
@given(several())
def test_figures_agree_with_scikit_learn_where_it_has_one(found: Classified) -> None:
    values, truth, predicted = figures(found.confusion), found.true_column, found.predicted
    options = {"labels": range(4), "average": None, "zero_division": np.nan}
    assert np.allclose(values.sensitivity, recall_score(truth, predicted, **options), equal_nan=True)
    assert np.allclose(values.ppv, precision_score(truth, predicted, **options), equal_nan=True)
    there = np.bincount(truth, minlength=4) > 0
    assert np.allclose(values.f1[there], f1_score(truth, predicted, **options)[there])
    assert values.macro_f1 == pytest.approx(f1_score(truth, predicted, labels=np.flatnonzero(there), average="macro"))
    assert values.accuracy == pytest.approx((truth == predicted).mean())


@settings(deadline=None)
@given(several())
def test_counts_sum_to_the_beats_in_all_and_by_record_and_class(found: Classified) -> None:
    assert found.counts.sum() == found.confusion.sum() == len(found.truth)
    for r, name in enumerate(found.records):
        assert found.counts[r].sum() == (found.record == name).sum()
    for k, name in enumerate(CLASSES):
        assert found.confusion[k].sum() == (found.truth == name).sum()


@settings(deadline=None)
@given(several(), st.permutations("abcde"), st.randoms())
def test_names_of_records_and_the_order_of_beats_change_no_figure(found: Classified, names: list[str], random) -> None:
    order = list(range(len(found.truth)))
    random.shuffle(order)
    other_names = dict(zip("abcde", names, strict=True))
    renamed = np.array([other_names[name] for name in found.record])
    other = Classified(CLASSES, found.truth[order], found.probability[order], renamed[order])
    assert overall(other, CLASSES) == overall(found, CLASSES)
    assert by_class(other, CLASSES) == by_class(found, CLASSES)
    before, after = by_record(found, CLASSES), by_record(other, CLASSES)
    assert {other_names[name]: row for name, row in before.items()} == after


@settings(deadline=None)
@given(several(), st.permutations(CLASSES))
def test_the_order_of_classes_changes_no_figure(found: Classified, order: list[str]) -> None:
    columns = [CLASSES.index(name) for name in order]
    untied = found.probability + np.arange(4, dtype=np.float32) / 100
    first = Classified(CLASSES, found.truth, untied, found.record)
    other = Classified(tuple(order), found.truth, untied[:, columns], found.record)
    assert by_class(other, CLASSES) == by_class(first, CLASSES)
    assert other.areas() == first.areas()


def test_rows_are_counted_under_their_own_record_and_class() -> None:
    counts = np.zeros((2, 4, 4), int)
    counts[0, 0, 0], counts[0, 2, 1], counts[1, 3, 0] = 5, 2, 1
    found = of_counts(counts)
    assert found.records == ("a", "b")
    assert np.array_equal(found.counts, counts)
    assert confusion_table(found)["V"] == {"N": 0, "S": 2, "V": 0, "F": 0}


def test_without_a_record_only_the_others_count() -> None:
    counts = np.stack([CONFUSION, 2 * CONFUSION[::-1], np.eye(4, dtype=int)])
    found = of_counts(counts).without("b")
    assert found.records == ("a", "c")
    assert np.array_equal(found.confusion, counts[0] + counts[2])
    assert np.array_equal(of_counts(counts).without("z").confusion, counts.sum(0))


def test_by_class_counts_every_class_and_scores_the_scored() -> None:
    counts = np.stack([CONFUSION, np.diag([10, 0, 4, 0])])
    rows = by_class(of_counts(counts), ("N", "V", "F"))
    assert list(rows) == list(CLASSES)
    assert rows["S"] == ClassFigures(support=10, records=1, predicted=11, scored=False)
    assert rows["V"] == ClassFigures(24, 2, 26, True, sensitivity=23 / 24, ppv=23 / 26, f1=pytest.approx(46 / 50))
    assert rows["F"] == ClassFigures(0, 0, 2, True, sensitivity=None, ppv=0.0, f1=None)


def test_by_record_names_beats_and_those_called_wrong() -> None:
    rows = by_record(of_counts(np.stack([CONFUSION, np.diag([10, 0, 4, 0])])), ("N", "S"))
    assert (rows["a"].beats, rows["a"].wrong, rows["a"].accuracy) == (130, 15, 115 / 130)
    assert rows["a"].classes["S"] == ClassInRecord(10, 0.6, 6 / 11, pytest.approx(12 / 21))
    classes = {"N": ClassInRecord(10, 1.0, 1.0, 1.0), "S": ClassInRecord(0, None, None, None)}
    assert rows["b"] == RecordFigures(beats=14, wrong=0, accuracy=1.0, classes=classes)


def test_overall_figures_are_of_the_scored_classes_and_none_where_one_does_not_occur() -> None:
    found = overall(of_counts(CONFUSION[None]), ("S", "F"))
    assert found == Overall(accuracy=115 / 130, macro_f1=pytest.approx(12 / 21), f1={"S": 12 / 21, "F": None})


def test_areas_are_of_one_class_against_all_others_and_none_where_one_side_is_empty() -> None:
    probability = np.array([[0.7, 0.2, 0.1], [0.4, 0.6, 0.0], [0.1, 0.5, 0.4], [0.2, 0.8, 0.0]], np.float32)
    found = Classified(("N", "S", "V"), np.array(list("NNSS")), probability, np.array(list("aabb"))).areas()
    assert found["N"] == Areas(1.0, 1.0)
    assert found["S"] == Areas(0.75, pytest.approx((1 + 2 / 3) / 2))
    assert found["V"] == Areas(None, None)


@pytest.mark.parametrize(("roc", "name"), [(True, "roc_auc"), (False, "average_precision")])
def test_curves_stay_within_one_and_their_area_is_the_one_in_the_report(roc: bool, name: str) -> None:
    rng = np.random.default_rng(0)
    probability = rng.dirichlet(np.ones(4), 3000).astype(np.float32)
    truth = np.where(rng.random(3000) < probability[:, 2], "V", "N")
    found = Classified(CLASSES, truth, probability, np.full(3000, "a"))
    table = found.curve("V", roc)
    assert table.attrs["area"] == getattr(found.areas()["V"], name) > 0.3
    assert 100 < len(table) <= 400
    assert table.min().min() >= 0
    assert table.max().max() <= 1
    by_eye = abs(np.trapezoid(table["y"], table["x"]))
    assert by_eye == pytest.approx(table.attrs["area"], abs=0.02)


def test_of_equal_probabilities_the_first_class_is_predicted() -> None:
    found = Classified(("N", "S"), np.array(["S"]), np.array([[0.5, 0.5]], np.float32), np.array(["a"]))
    assert found.predicted.tolist() == [0]


def test_over_nothing_there_is_no_ratio_and_json_has_none_for_it() -> None:
    assert np.array_equal(ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0])), [0.5, np.nan], equal_nan=True)
    assert (plain(math.nan), plain(math.inf), plain(np.float32(0.5))) == (None, None, 0.5)
    assert type(plain(np.float64(1))) is float


ONE = np.array([[0.5, 0.5]], np.float32)


@pytest.mark.parametrize(
    ("truth", "probability", "record", "message"),
    [
        ("NS", ONE, "aa", "Probabilities of shape (1, 2) for 2 beats, (2, 2) expected."),
        ("N", ONE[:, :1], "a", "Probabilities of shape (1, 1) for 1 beats, (1, 2) expected."),
        ("N", ONE, "ab", "Probabilities of shape (1, 2) for 1 beats, (1, 2) expected."),
        ("F", ONE, "a", "Reference class F is none of N, S."),
        ("VNQ", np.repeat(ONE, 3, 0), "aaa", "Reference class Q, V is none of N, S."),
        ("NS", np.array([[np.nan, np.nan], [1, 0]], np.float32), "ab", "1 rows are not numbers."),
        ("NS", np.array([[0, np.inf], [np.nan, 0]], np.float32), "ab", "2 rows are not numbers."),
    ],
)
def test_what_does_not_belong_together_is_refused(
    truth: str, probability: npt.NDArray[np.float32], record: str, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        Classified(("N", "S"), np.array(list(truth)), probability, np.array(list(record)))
    assert str(caught.value) == message
