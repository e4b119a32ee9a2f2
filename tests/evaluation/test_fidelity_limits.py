"""Limits: those of the sentence, kept or not, and never judged without the numbers."""

from dataclasses import replace

import pytest

from ecg_core.evaluation.fidelity_limits import LIMITS, NAMES, figures_of, verdict
from ecg_core.evaluation.fidelity_report import ClassFidelity, Distances, Unseen, Use

V_BEATS = ClassFidelity(
    beat_class="V",
    n_synthetic=200,
    n_train=300,
    train_records=("a", "b"),
    n_compared=100,
    draws=5,
    bandwidth_mv=8.0,
    embedding="pca-32",
    copying_share=0.11,
    distances=Distances(mmd=0.15, frechet=16.0, two_sample_auc=0.75),
    between_patients=Distances(mmd=0.1, frechet=10.0, two_sample_auc=1.0),
    floor=Distances(),
    note="",
    unseen=Unseen(
        n=90,
        records=("c",),
        n_compared=90,
        distances=Distances(mmd=0.2, frechet=1.0, two_sample_auc=0.8),
        recorded=Distances(mmd=0.1, frechet=2.0),
    ),
    use=Use(
        tstr_macro_f1=0.6,
        tstr_macro_f1_range=(0.5, 0.7),
        trtr_macro_f1=0.7,
        trtr_macro_f1_range=(0.6, 0.8),
        tstr_f1=0.45,
        trtr_f1=0.5,
    ),
)


def reached(fidelity: ClassFidelity, unseen: bool = False) -> dict[str, bool | None]:
    return {figure.key: figure.reached for figure in figures_of(fidelity, unseen) if figure.key in LIMITS}


def test_each_limit_holds_up_to_its_edge_and_no_farther() -> None:
    assert reached(V_BEATS) == {
        "mmd": True,
        "frechet": False,
        "two_sample_auc": True,
        "copying_share": False,
        "tstr_f1": True,
    }
    assert verdict(figures_of(V_BEATS)) == "3 of 5"


def test_the_unseen_view_takes_distances_from_there_and_keeps_copying_and_use() -> None:
    found = {figure.key: figure for figure in figures_of(V_BEATS, unseen=True)}
    assert (found["mmd"].value, found["mmd"].recorded, found["mmd"].reached) == (0.2, 0.1, False)
    assert found["frechet"].reached and not found["two_sample_auc"].reached
    assert found["copying_share"].value == 0.11
    assert (found["tstr_macro_f1"].value, found["tstr_macro_f1"].recorded) == (0.6, 0.7)


@pytest.mark.parametrize("unseen", [None, Unseen(0, (), 0, Distances(), Distances())])
def test_what_was_not_judged_is_neither_kept_nor_missed(unseen: Unseen | None) -> None:
    alone = replace(V_BEATS, distances=Distances(mmd=0.1), between_patients=Distances(), unseen=unseen, use=None)
    kept = {"copying_share": False}  # which is always judged
    assert {key: value for key, value in reached(alone).items() if value is not None} == kept
    assert {key: value for key, value in reached(alone, unseen=True).items() if value is not None} == kept
    without_copying = tuple(figure for figure in figures_of(alone) if figure.key != "copying_share")
    assert verdict(without_copying) == "–"


def test_every_figure_has_a_name_once() -> None:
    assert [figure.name for figure in figures_of(V_BEATS)] == list(NAMES.values())
    assert len(set(NAMES.values())) == len(NAMES)
