"""A model scores beats of its own preparation and leads, and says which field does not fit."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.errors import ModelError
from ecg_core.learning.card import Card, DataUsed, Preparation, SplitUsed
from ecg_core.learning.fits import check_fits, check_leads, fitting, leads_caution, preparation_of

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
        "The model was trained with MLII or V5 as first lead (field leads), but record sim02 has V2: leave these out, "
        "choose to have any lead scored (--any-leads), or train a model on such leads."
    )


def test_any_of_the_trained_first_leads_will_do_and_the_second_is_free(beats: BeatSet) -> None:
    leads_of(card(), with_leads(beats, {"sim01": ("V5", "V2"), "sim02": ("MLII", "II")}))


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
        "First leads the model was not trained on: sim01 (ECG1); it knows MLII or V5. It may be further off there than "
        "its figures say."
    )


@pytest.mark.parametrize(("n", "said"), [(2, "r0 has I, r1 has I"), (5, "r3 has I, r4 has I"),
                                         (6, "r3 has I, r4 has I and others")])  # fmt: skip
def test_of_many_records_five_are_named(beats: BeatSet, n: int, said: str) -> None:
    message = refused(leads_of, card(), with_leads(beats, {f"r{k}": ("I", "V1") for k in range(n)}))
    assert f"but record r0 has I, r1 has I{', ' if n > 2 else ''}" in message
    assert f"{said}: leave these out" in message


def test_records_on_other_leads_are_left_out_with_their_reason_and_the_rest_is_scored(beats: BeatSet) -> None:
    mixed = with_leads(beats, {"sim01": ("MLII", "V1"), "sim02": ("V2", "MLII")})
    mixed = dataclasses.replace(mixed, left_out={"sim99": "no annotations"})
    found = fitting(card(), mixed)
    assert found.records == ("sim01",)
    assert found.left_out == {
        "sim99": "no annotations",
        "sim02": "its first lead is V2, which the model was not trained on",
    }


def test_where_no_record_is_left_the_leads_are_named(beats: BeatSet) -> None:
    others = with_leads(beats, {"sim01": ("V2", "V1"), "sim02": ("I", "V1")})
    assert "record sim01 has V2, sim02 has I: leave these out" in refused(fitting, card(), others)
