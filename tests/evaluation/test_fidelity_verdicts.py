"""Three questions a class, each answered before its figure is given."""

from dataclasses import replace

import pytest

from ecg_core.evaluation.fidelity_sentence import COPYING, TOLD_APART
from ecg_core.evaluation.fidelity_verdicts import summary, verdicts
from tests.evaluation.factories import class_fidelity
from tests.evaluation.test_image_fidelity_sentence import GOOD


def test_good_beats_in_a_line() -> None:
    assert summary(class_fidelity(tstr_f1=0.9, trtr_f1=0.9)) == (
        "V: shape plausible (AUC 0.71), no copying (3.0 % unusually near a training beat, 5 % expected), usable for "
        "training (F1 0.90, recorded 0.90)."
    )


def test_bad_beats_of_almost_one_patient_in_a_line() -> None:
    bad = class_fidelity(two_sample_auc=0.998, copying_share=0.43, tstr_f1=0.4, trtr_f1=0.9, dominant_record="208")
    assert summary(bad) == (
        "V: shape told from recorded ones (AUC 1.00), copies or blends (43.0 % unusually near a training beat, 5 % "
        "expected), less use for training than recorded ones (F1 0.40, recorded 0.90). Almost one patient."
    )


def test_images_are_judged_by_the_same_questions() -> None:
    assert summary(GOOD) == (
        "V: shape plausible (AUC 0.62), no copying (3.0 % unusually near a training image, 5 % expected), usable for "
        "training (F1 0.60, recorded 0.62)."
    )


@pytest.mark.parametrize(("which", "name", "limit"), [(0, "two_sample_auc", TOLD_APART), (1, "copying_share", COPYING)])
def test_at_a_limit_the_answer_is_good_and_just_above_it_is_not(which: int, name: str, limit: float) -> None:
    assert verdicts(class_fidelity(**{name: limit}))[which].good is True
    assert verdicts(class_fidelity(**{name: limit + 1e-6}))[which].good is False


@pytest.mark.parametrize(
    ("synthetic", "recorded", "good"), [(0.81, 0.9, True), (0.80, 0.9, False), (0.1, 0.149, None), (0.0, 0.0, None)]
)
def test_use_is_a_share_of_what_recorded_beats_reach_unless_those_reach_next_to_nothing(
    synthetic: float, recorded: float, good: bool | None
) -> None:
    use = verdicts(class_fidelity(tstr_f1=synthetic, trtr_f1=recorded))[2]
    assert use.good is good
    assert use.figure == f"F1 {synthetic:.2f}, recorded {recorded:.2f}"


def test_what_was_not_measured_has_no_figure_and_says_what_it_takes() -> None:
    use = verdicts(replace(class_fidelity(), use=None, unseen=None))[2]
    assert (use.good, use.figure, use.support) == (None, "", "needs the test records")
    shape = verdicts(class_fidelity(two_sample_auc=None))[0]
    assert (shape.good, shape.figure) == (None, "")


def test_each_figure_comes_with_how_many_it_rests_on() -> None:
    shape, copying, _ = verdicts(class_fidelity())
    assert (shape.support, copying.support) == ("1,000 beats a side", "of 2,000 synthetic beats")
