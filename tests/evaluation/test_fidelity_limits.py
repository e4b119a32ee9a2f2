"""Limits: those of the sentence, kept or not, and never judged without the numbers."""

from typing import Any

import pytest

from ecg_core.evaluation.fidelity_limits import LIMITS, NAMES, figures_of, verdict

ROW: dict[str, Any] = {
    "beat_class": "V",
    "mmd": 0.15,
    "mmd_real": 0.1,
    "frechet": 16.0,
    "frechet_real": 10.0,
    "two_sample_auc": 0.75,
    "two_sample_auc_real": 1.0,
    "copying_share": 0.11,
    "tstr_f1": 0.45,
    "trtr_f1": 0.5,
    "tstr_macro_f1": 0.6,
    "trtr_macro_f1": 0.7,
    "unseen": {"mmd": 0.2, "mmd_real": 0.1, "frechet": 1.0, "frechet_real": 2.0, "two_sample_auc": 0.8},
}


def reached(row: dict[str, Any], unseen: bool = False) -> dict[str, bool | None]:
    return {figure.key: figure.reached for figure in figures_of(row, unseen) if figure.key in LIMITS}


def test_each_limit_holds_up_to_its_edge_and_no_farther() -> None:
    assert reached(ROW) == {
        "mmd": True,
        "frechet": False,
        "two_sample_auc": True,
        "copying_share": False,
        "tstr_f1": True,
    }
    assert verdict(figures_of(ROW)) == "3 of 5"


def test_the_unseen_view_takes_distances_from_there_and_keeps_copying_and_use() -> None:
    found = {figure.key: figure for figure in figures_of(ROW, unseen=True)}
    assert (found["mmd"].value, found["mmd"].recorded, found["mmd"].reached) == (0.2, 0.1, False)
    assert found["frechet"].reached and not found["two_sample_auc"].reached
    assert found["copying_share"].value == 0.11
    assert (found["tstr_macro_f1"].value, found["tstr_macro_f1"].recorded) == (0.6, 0.7)


@pytest.mark.parametrize("unseen", [None, {}])
def test_what_was_not_judged_is_neither_kept_nor_missed(unseen: dict[str, Any] | None) -> None:
    row = {"beat_class": "V", "mmd": 0.1, "mmd_real": None, "unseen": unseen}
    assert set(reached(row).values()) == {None}
    assert set(reached(row, unseen=True).values()) == {None}
    assert verdict(figures_of(row)) == "–"


def test_every_figure_has_a_name_once() -> None:
    assert [figure.name for figure in figures_of(ROW)] == list(NAMES.values())
    assert len(set(NAMES.values())) == len(NAMES)
