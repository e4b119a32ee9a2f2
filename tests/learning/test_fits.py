"""A model scores beats of its own preparation and leads, and says which field does not fit."""

import dataclasses
from typing import Any

import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.errors import ModelError
from ecg_core.learning.fits import check_fits, check_leads
from ecg_core.tasks.classifier.report import check_card

CONFIG = BeatConfig()


def card(**changes: Any) -> dict[str, Any]:
    """As a card comes back from JSON, where a tuple is a list."""
    preprocessing = {**vars(CONFIG), "band_hz": list(CONFIG.band_hz)}
    leads = {"101": ["MLII", "V1"], "114": ["V5", "MLII"]}
    return {"preprocessing": preprocessing, "preprocessing_hash": CONFIG.hash, "leads": leads, **changes}


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(["sim01", "sim02"])


def refused(check: Any, card: dict[str, Any], beats: BeatSet) -> str:
    with pytest.raises(ModelError) as caught:
        check(card, beats)
    return str(caught.value)


def with_leads(beats: BeatSet, leads: dict[str, tuple[str, ...]]) -> BeatSet:
    return dataclasses.replace(beats, leads=leads)


def test_beats_of_the_models_own_preparation_and_leads_fit(beats: BeatSet) -> None:
    check_fits(card(), beats)
    check_leads(card(), beats)
    check_card(card(), beats)


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
@pytest.mark.parametrize("check", [check_fits, check_card])
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
        own = card()
        own["preprocessing"] = {**own["preprocessing"], name: [0, 0] if name == "band_hz" else 99}
        assert f"prepared with {name} = " in refused(check_fits, own, beats)


def test_a_field_the_card_does_not_have_is_named(beats: BeatSet) -> None:
    own = card()
    del own["preprocessing"]["fs"]
    assert "prepared with fs = None, these have 180.0" in refused(check_fits, own, beats)


@pytest.mark.parametrize("check", [check_fits, check_card])
def test_beats_of_another_format_of_preparation_are_refused_and_the_field_is_named(beats: BeatSet, check: Any) -> None:
    assert refused(check, card(preprocessing_hash="0" * 16), beats) == (
        f"The model was trained on beats of another preparation format (preprocessing_hash {'0' * 16}, these have "
        f"{CONFIG.hash}): train it again."
    )


@pytest.mark.parametrize("check", [check_leads, check_card])
def test_a_record_whose_first_lead_was_never_trained_on_is_refused_by_name(beats: BeatSet, check: Any) -> None:
    other = with_leads(beats, {"sim01": ("MLII", "V1"), "sim02": ("V2", "MLII")})
    assert refused(check, card(), other) == (
        "The model was trained with MLII or V5 as first lead (field leads), but record sim02 has V2: leave these out, "
        "or train a model on such leads."
    )


def test_any_of_the_trained_first_leads_will_do_and_the_second_is_free(beats: BeatSet) -> None:
    check_leads(card(), with_leads(beats, {"sim01": ("V5", "V2"), "sim02": ("MLII", "II")}))


@pytest.mark.parametrize(("n", "said"), [(2, "r0 has II, r1 has II"), (5, "r3 has II, r4 has II"),
                                         (6, "r3 has II, r4 has II and others")])  # fmt: skip
def test_of_many_records_five_are_named(beats: BeatSet, n: int, said: str) -> None:
    message = refused(check_leads, card(), with_leads(beats, {f"r{k}": ("II", "V1") for k in range(n)}))
    assert f"but record r0 has II, r1 has II{', ' if n > 2 else ''}" in message
    assert f"{said}: leave these out" in message
