"""A model scores beats of its own preparation and leads, and says which field does not fit."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.errors import ModelError
from ecg_core.learning.card import Card, DataUsed, Preparation, SplitUsed
from ecg_core.learning.fits import check_fits, check_leads, fitting, lead_needs, leads_caution, preparation_of

CONFIG = BeatConfig()
LEADS = {"101": ("MLII", "V1"), "114": ("V5", "MLII")}
IMAGES = Card("image-gan", "", SplitUsed("image folder", (), ()), {}, 0, DataUsed("Images", "0"), {}, "")


def card(config: BeatConfig = CONFIG, config_hash: str = CONFIG.hash) -> Card:
    return dataclasses.replace(IMAGES, preparation=Preparation(config, config_hash, LEADS))


def leads_of(card: Card, beats: BeatSet) -> None:
    check_leads(preparation_of(card), beats)


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(["sim01", "sim02"])


def refused(check: Callable[[Card, BeatSet], Any], card: Card, beats: BeatSet) -> str:
    with pytest.raises(ModelError) as caught:
        check(card, beats)
    return str(caught.value)


def with_leads(beats: BeatSet, leads: dict[str, tuple[str, ...]]) -> BeatSet:
    return dataclasses.replace(beats, leads=leads)


def test_beats_of_the_models_own_preparation_and_leads_fit(beats: BeatSet) -> None:
    check_fits(card(), beats)
    leads_of(card(), beats)
    assert fitting(card(), beats) == beats


def test_a_model_of_an_image_folder_fits_no_beats(beats: BeatSet) -> None:
    assert refused(check_fits, IMAGES, beats) == (
        "The model's card does not say how beats were prepared (field preprocessing): it was trained on a folder of "
        "images. Name such a folder to judge it on (--images)."
    )


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"fs": 90.0}, "fs = 180.0, these have 90.0"),
        ({"before_s": 0.3}, "before_s = 0.35, these have 0.3"),
        ({"after_s": 0.5}, "after_s = 0.45, these have 0.5"),
        ({"band_hz": (0.5, 35.0)}, "band_hz = (0.5, 40.0), these have (0.5, 35.0)"),
        ({"n_leads": 1}, "n_leads = 2, these have 1"),
    ],
)
@pytest.mark.parametrize("check", [check_fits, fitting])
def test_beats_prepared_in_another_way_are_refused_and_the_field_is_named(
    beats: BeatSet, check: Any, changed: dict[str, Any], named: str
) -> None:
    other = dataclasses.replace(beats, config=dataclasses.replace(CONFIG, **changed))
    assert refused(check, card(), other) == (
        f"The model was trained on beats prepared with {named}: "
        "prepare the beats as the model's card says, or train a model on these."
    )


def test_every_field_of_the_preparation_is_compared(beats: BeatSet) -> None:
    for name in vars(CONFIG):
        own = dataclasses.replace(CONFIG)
        object.__setattr__(own, name, (0, 0) if name == "band_hz" else 99)
        assert f"prepared with {name} = " in refused(check_fits, card(own), beats)


@pytest.mark.parametrize("check", [check_fits, fitting])
def test_beats_of_another_format_of_preparation_are_refused_and_the_field_is_named(beats: BeatSet, check: Any) -> None:
    assert refused(check, card(config_hash="0" * 16), beats) == (
        f"The model was trained on beats of another preparation format (preprocessing_hash {'0' * 16}, these have "
        f"{CONFIG.hash}): train it again."
    )


@pytest.mark.parametrize("check", [leads_of, check_fits])
def test_a_record_whose_first_lead_was_never_trained_on_is_refused_by_name(beats: BeatSet, check: Any) -> None:
    other = with_leads(beats, {"sim01": ("MLII", "V1"), "sim02": ("V2", "MLII")})
    assert refused(check, card(), other) == (
        "The model was trained with II or V5 as first lead, II or a chest lead as second (field leads), but found "
        "record sim02 has V2 as first lead: leave these out, choose to have any lead scored (--any-leads), or train a "
        "model on such leads."
    )


def test_a_second_lead_never_trained_on_is_refused_by_name_too(beats: BeatSet) -> None:
    other = with_leads(beats, {"sim01": ("MLII", "aVF"), "sim02": ("V2", "aVF")})
    assert "record sim01 has aVF as second lead; record sim02 has V2 as first lead and aVF as second lead: " in refused(
        leads_of, card(), other
    )


def test_any_of_the_trained_leads_of_a_place_will_do(beats: BeatSet) -> None:
    leads_of(card(), with_leads(beats, {"sim01": ("V5", "V1"), "sim02": ("MLII", "II")}))


def test_any_chest_lead_will_do_as_second_where_one_was_trained_on(beats: BeatSet) -> None:
    leads_of(card(), with_leads(beats, {"sim01": ("MLII", "V2"), "sim02": ("MLII", "V6")}))


@pytest.mark.parametrize("name", ["II", "Lead II", "ECG II", "ML2", "mlII"])
def test_another_name_of_a_trained_lead_is_that_lead(beats: BeatSet, name: str) -> None:
    other = with_leads(beats, {"sim01": (name, "V1"), "sim02": ("MLII", "V1")})
    check_fits(card(), other)
    assert fitting(card(), other) == other
    assert leads_caution(card(), other) == ""


def test_whoever_chooses_to_has_any_lead_scored_and_is_told(beats: BeatSet) -> None:
    other = with_leads(beats, {"sim01": ("ECG1", "ECG2"), "sim02": ("MLII", "V1")})
    assert fitting(card(), other).records == ("sim02",)
    assert fitting(card(), other, any_leads=True) == other
    assert leads_caution(card(), other) == (
        "Leads the model was not trained on: record sim01 has ECG1 as first lead and ECG2 as second lead; it knows II "
        "or V5 as first lead, II or a chest lead as second. It may be further off there than its figures say."
    )


@pytest.mark.parametrize(("n", "more"), [(2, ""), (5, ""), (6, " and 1 more")])
def test_of_many_records_five_are_named(beats: BeatSet, n: int, more: str) -> None:
    message = refused(leads_of, card(), with_leads(beats, {f"r{k}": ("I", "V1") for k in range(n)}))
    assert "but found record r0 has I as first lead; record r1 has I as first lead" in message
    assert f"record r{min(n, 5) - 1} has I as first lead{more}: leave these out" in message


def test_records_on_other_leads_are_left_out_with_their_reason_and_the_rest_is_scored(beats: BeatSet) -> None:
    mixed = with_leads(beats, {"sim01": ("MLII", "V1"), "sim02": ("V2", "MLII")})
    mixed = dataclasses.replace(mixed, left_out={"sim99": "no annotations"})
    found = fitting(card(), mixed)
    assert found.records == ("sim01",)
    assert found.left_out == {
        "sim99": "no annotations",
        "sim02": "it has V2 as first lead, which the model was not trained on",
    }


def test_where_no_record_is_left_the_leads_are_named(beats: BeatSet) -> None:
    others = with_leads(beats, {"sim01": ("V2", "V1"), "sim02": ("I", "V1")})
    assert "record sim01 has V2 as first lead; record sim02 has I as first lead: leave these out" in refused(
        fitting, card(), others
    )


def test_a_lead_that_is_not_there_is_no_other_lead_and_one_is_enough_for_a_model_trained_so(beats: BeatSet) -> None:
    single = with_leads(beats, {"sim01": ("MLII", "V1"), "sim02": ("MLII", "")})
    enough = dataclasses.replace(card(), preparation=Preparation(CONFIG, CONFIG.hash, LEADS, one_lead=True))
    assert fitting(enough, single) == single
    assert leads_caution(enough, single) == ""


@pytest.mark.parametrize("any_leads", [False, True])
def test_a_model_that_needs_two_leads_leaves_a_record_of_one_out_whatever_was_chosen(
    beats: BeatSet, any_leads: bool
) -> None:
    single = with_leads(beats, {"sim01": ("MLII", "V1"), "sim02": ("MLII", "")})
    found = fitting(card(), single, any_leads)
    assert found.records == ("sim01",)
    assert found.left_out == {"sim02": "it has one usable lead (MLII), the model needs two"}
    alone = with_leads(beats.only(["sim02"]), {"sim02": ("MLII", "")})
    with pytest.raises(ModelError, match="Record sim02 has one usable lead, the model needs two"):
        fitting(card(), alone, any_leads)


def test_a_model_says_by_role_which_leads_it_needs() -> None:
    def needs(*leads: tuple[str, ...], one_lead: bool) -> str:
        return lead_needs(Preparation(CONFIG, CONFIG.hash, {str(k): row for k, row in enumerate(leads)}, one_lead))

    assert needs(("MLII", "V1"), ("II", "V5"), one_lead=True) == "Needs lead II; sees a chest lead if there is one."
    assert needs(("MLII", "V1"), ("V5", "V2"), one_lead=False) == "Needs lead II or V5 and a chest lead."
    assert needs(("ECG1", ""), one_lead=True) == "Needs lead ECG1."


def test_a_card_keeps_that_one_lead_is_enough_and_older_cards_need_two() -> None:
    enough = dataclasses.replace(card(), preparation=Preparation(CONFIG, CONFIG.hash, LEADS, one_lead=True))
    for given, expected in ((enough, True), (card(), False)):
        again = Card.from_json(given.to_json(), "card")
        assert preparation_of(again).one_lead is expected
        assert ("one_lead" in given.to_json()) is expected
