"""Limits: those of the sentence, kept or not, and never judged without the numbers."""

from dataclasses import replace

import pytest

from ecg_core.evaluation.fidelity_limits import KINDS, figures_of, verdict
from ecg_core.evaluation.fidelity_report import ClassFidelity, Distances, Unseen
from tests.evaluation.factories import class_fidelity

UNSEEN = Unseen(30, ("200",), 30, Distances(0.2, 1.0, two_sample_auc=0.8), Distances(0.1, 2.0))
FIDELITY = replace(
    class_fidelity(mmd=0.15, mmd_real=0.1, frechet=16.0, frechet_real=10.0, two_sample_auc=0.75, copying_share=0.11,
                   tstr_f1=0.45, trtr_f1=0.5),
    unseen=UNSEEN,
)  # fmt: skip


def reached(fidelity: ClassFidelity, unseen: bool = False) -> dict[str, bool | None]:
    return {figure.key: figure.reached for figure in figures_of(fidelity, unseen) if KINDS[figure.key].limit}


def test_each_limit_holds_up_to_its_edge_and_no_farther() -> None:
    assert reached(FIDELITY) == {
        "mmd": True,
        "frechet": False,
        "two_sample_auc": True,
        "copying_share": False,
        "tstr_f1": True,
    }
    assert verdict(figures_of(FIDELITY)) == "3 of 5"


def test_the_unseen_view_takes_distances_from_there_and_keeps_copying_and_use() -> None:
    found = {figure.key: figure for figure in figures_of(FIDELITY, unseen=True)}
    assert (found["mmd"].value, found["mmd"].recorded, found["mmd"].reached) == (0.2, 0.1, False)
    assert found["frechet"].reached and not found["two_sample_auc"].reached
    assert found["copying_share"].value == 0.11
    assert (found["tstr_macro_f1"].value, found["tstr_macro_f1"].recorded) == (0.6, 0.7)


@pytest.mark.parametrize("unseen", [None, Unseen(3, ("200",), 3, Distances(), Distances())])
def test_what_was_not_judged_is_neither_kept_nor_missed(unseen: Unseen | None) -> None:
    fidelity = replace(
        FIDELITY, distances=Distances(mmd=0.1), between_patients=Distances(), unseen=unseen, use=None, copying_share=0.1
    )
    for view in (False, True):
        judged = reached(fidelity, view)
        assert judged.pop("copying_share") is True
        assert set(judged.values()) == {None}
        assert verdict(figures_of(fidelity, view)) == "1 of 1"


def test_where_no_limit_could_be_judged_there_is_no_verdict() -> None:
    assert verdict(tuple(figure for figure in figures_of(FIDELITY) if figure.reached is None)) == "–"


@pytest.mark.parametrize("name", ["mmd", "frechet", "tstr_f1"])
def test_a_ratio_to_nothing_is_not_judged(name: str) -> None:
    reference = "trtr_f1" if name == "tstr_f1" else f"{name}_real"
    for nothing in (None, 0.0):
        assert reached(class_fidelity(**{reference: nothing}))[name] is None


def test_every_figure_has_a_name_once() -> None:
    assert [figure.name for figure in figures_of(FIDELITY)] == [kind.name for kind in KINDS.values()]
    assert len(set(KINDS.values())) == len(KINDS)
