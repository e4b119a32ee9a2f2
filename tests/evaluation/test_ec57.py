"""EC57 statistics agree with the paper they were defined in, and with sums done by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.evaluation.ec57 import Ec57Average, Ec57Gross, ec57
from tests.evaluation.factories import classified_of_counts

FIVE, FOUR = ("N", "S", "V", "F", "Q"), ("N", "S", "V", "F")
DE_CHAZAL_2004 = np.array([
    [38444, 1904, 303, 3509, 98],
    [173, 1395, 252, 16, 1],
    [117, 321, 2504, 176, 103],
    [33, 1, 7, 347, 0],
    [8, 0, 0, 0, 0],
])  # fmt: skip
"""DS2, reference by row, from the paper (doi 10.1109/TBME.2004.827359). The row of Q is made up: it has 7 beats there,
which by the rules checked below can change neither sensitivities nor positive predictivities."""


def single(reference: str, called: str, beats: int = 1, classes: tuple[str, ...] = FIVE) -> npt.NDArray[np.int64]:
    """A matrix of some beats of one class that are called another."""
    counts = np.zeros((len(classes),) * 2, np.int64)
    counts[classes.index(reference), classes.index(called)] = beats
    return counts


def percents(gross: Ec57Gross) -> list[float]:
    """Sensitivity and positive predictivity as papers print them."""
    return [round(100 * value, 1) for value in (gross.sensitivity, gross.ppv)]


def test_the_figures_published_by_de_chazal_come_out_of_his_confusion_matrix() -> None:
    found = ec57(classified_of_counts(DE_CHAZAL_2004[None], FIVE))
    assert list(found) == ["VEB", "SVEB"]
    gross = {kind: row.gross for kind, row in found.items()}
    assert percents(gross["SVEB"]) == [75.9, 38.5]
    assert percents(gross["VEB"]) == [77.7, 81.9]
    counts = {kind: [row.true_positives, row.false_negatives, row.false_positives] for kind, row in gross.items()}
    assert counts == {"VEB": [2504, 717, 303 + 252], "SVEB": [1395, 442, 1904 + 321 + 1]}


@pytest.mark.parametrize(
    ("kind", "reference", "called", "punished"),
    [
        ("VEB", "N", "V", True), ("VEB", "S", "V", True), ("VEB", "F", "V", False), ("VEB", "Q", "V", False),
        ("SVEB", "N", "S", True), ("SVEB", "V", "S", True), ("SVEB", "F", "S", True), ("SVEB", "Q", "S", False),
    ],
)  # fmt: skip
def test_which_beats_called_ectopic_by_mistake_are_punished(
    kind: str, reference: str, called: str, punished: bool
) -> None:
    before = ec57(classified_of_counts(DE_CHAZAL_2004[None], FIVE))[kind].gross
    after = ec57(classified_of_counts((DE_CHAZAL_2004 + single(reference, called, 100))[None], FIVE))[kind].gross
    assert after.false_positives - before.false_positives == (100 if punished else 0)
    assert after.true_positives == before.true_positives, "and none is rewarded"
    assert (after == before) is not punished


@pytest.mark.parametrize(("kind", "own"), [("VEB", "V"), ("SVEB", "S")])
@pytest.mark.parametrize("called", FIVE)
def test_an_ectopic_beat_called_anything_else_is_missed(kind: str, own: str, called: str) -> None:
    before = ec57(classified_of_counts(DE_CHAZAL_2004[None], FIVE))[kind].gross
    after = ec57(classified_of_counts((DE_CHAZAL_2004 + single(own, called, 10))[None], FIVE))[kind].gross
    assert after.false_negatives - before.false_negatives == (0 if called == own else 10)
    assert after.true_positives - before.true_positives == (10 if called == own else 0)
    assert after.false_positives == before.false_positives


def test_gross_pools_beats_and_average_takes_the_mean_of_records_worked_by_hand() -> None:
    a = np.array([[90, 0, 10, 0], [0, 0, 0, 0], [1, 0, 9, 0], [0, 0, 5, 0]])
    b = np.array([[200, 0, 0, 0], [0, 0, 0, 0], [50, 0, 50, 0], [0, 0, 0, 0]])
    found = ec57(classified_of_counts(np.stack([a, b]), FOUR))["VEB"]
    assert found.gross == Ec57Gross(
        true_positives=59,
        false_negatives=51,
        false_positives=10,
        sensitivity=59 / 110,
        ppv=59 / 69,
        false_positive_rate=10 / 300,
    )
    assert found.average == Ec57Average(
        sensitivity=pytest.approx((0.9 + 0.5) / 2),
        sensitivity_records=2,
        ppv=pytest.approx((9 / 19 + 1) / 2),
        ppv_records=2,
        false_positive_rate=pytest.approx((0.1 + 0) / 2),
        false_positive_rate_records=2,
    )


def test_records_without_a_value_are_left_out_of_the_average_and_counted() -> None:
    a = np.array([[90, 0, 10, 0], [0, 0, 0, 0], [1, 0, 9, 0], [0, 0, 0, 0]])
    quiet = np.diag([100, 0, 0, 0])  # no V, and none called so
    found = ec57(classified_of_counts(np.stack([a, quiet, quiet]), FOUR))["VEB"]
    average = found.average
    assert (average.sensitivity, average.sensitivity_records) == (0.9, 1)
    assert (average.ppv, average.ppv_records) == (9 / 19, 1)
    assert (average.false_positive_rate, average.false_positive_rate_records) == (pytest.approx(0.1 / 3), 3)
    assert found.gross.false_positive_rate == 10 / 300


def test_where_nothing_is_ectopic_there_is_none_rather_than_zero() -> None:
    found = ec57(classified_of_counts(np.diag([50, 0, 0, 0])[None], FOUR))["SVEB"]
    assert found.gross.sensitivity is found.gross.ppv is found.average.sensitivity is None
    assert (found.gross.false_positive_rate, found.average.ppv_records) == (0, 0)


def test_a_kind_whose_class_the_classifier_does_not_know_is_left_out() -> None:
    assert list(ec57(classified_of_counts(np.ones((1, 2, 2), int), ("N", "V")))) == ["VEB"]
    assert list(ec57(classified_of_counts(np.ones((1, 2, 2), int), ("N", "S")))) == ["SVEB"]
    assert ec57(classified_of_counts(np.ones((1, 2, 2), int), ("normal", "abnormal"))) == {}


def test_the_order_of_classes_does_not_matter() -> None:
    order = [4, 2, 0, 3, 1]
    turned = DE_CHAZAL_2004[np.ix_(order, order)]
    names = tuple(FIVE[k] for k in order)
    assert ec57(classified_of_counts(turned[None], names)) == ec57(classified_of_counts(DE_CHAZAL_2004[None], FIVE))
