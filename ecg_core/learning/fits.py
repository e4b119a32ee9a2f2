"""Whether a model may score some beats: the same preparation, the same leads. One rule for every kind of model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.lead_places import ABSENT, SECOND_ROLES
from ecg_core.data.leads import role_of
from ecg_core.errors import LeadsError, ModelError
from ecg_core.learning.card import Card, Preparation

MOST_NAMED = 5
CHEST = "a chest lead"


def preparation_of(card: Card) -> Preparation:
    """How a model's beats were prepared. Raises ModelError for a model of an image folder, which has none."""
    if card.preparation is None:
        raise ModelError(
            "The model's card does not say how beats were prepared (field preprocessing): it was trained on a folder "
            "of images. Name such a folder to judge it on (--images)."
        )
    return card.preparation


def check_fits(card: Card, beats: BeatSet) -> None:
    """Raise ModelError, naming the field, if beats were prepared in another way than the model was trained on, or
    LeadsError if a record has a lead that it was not trained on."""
    check_preparation(card, beats)
    check_leads(preparation_of(card), beats)


def check_preparation(card: Card, beats: BeatSet) -> None:
    """Raise ModelError, naming the field, if beats were prepared in another way than the model was trained on."""
    preparation = preparation_of(card)
    for name, value in vars(beats.config).items():
        trained = getattr(preparation.config, name)
        if trained != value:
            raise ModelError(
                f"The model was trained on beats prepared with {name} = {trained}, these have {value}: "
                "prepare the beats as the model's card says, or train a model on these."
            )
    if preparation.hash != beats.config.hash:
        raise ModelError(
            f"The model was trained on beats of another preparation format (preprocessing_hash "
            f"{preparation.hash}, these have {beats.config.hash}): train it again."
        )


def fitting(card: Card, beats: BeatSet, any_leads: bool = False) -> BeatSet:
    """The records of `beats` that the model may score; the others are left out with their reason.

    With `any_leads` somebody has chosen to have leads scored that the model was not trained on: `leads_caution` says
    so. A record of one lead is left out, whatever was chosen, by a model that needs two. Raises ModelError if the
    preparation is another or if every record lacks a lead, LeadsError if no record is left.
    """
    check_preparation(card, beats)
    preparation = preparation_of(card)
    single = {} if preparation.one_lead else _single(beats)
    others = {} if any_leads else other_leads(preparation, beats)
    reasons = {name: f"it has {_told(found)}, which the model was not trained on" for name, found in others.items()}
    reasons |= {name: f"it has one usable lead ({lead}), the model needs two" for name, lead in single.items()}
    rest = [name for name in beats.records if name not in reasons]
    if not rest and any(name not in single for name in others):
        check_leads(preparation, beats)
    if not rest:
        raise ModelError(
            f"Record {_named(single)} has one usable lead, the model needs two: choose a model that one lead is enough "
            "for, or train one."
        )
    kept = beats.only(rest) if reasons else beats
    return replace(kept, left_out={**beats.left_out, **reasons})


@dataclass(frozen=True)
class OtherLead:
    """A lead that a model was not trained on."""

    lead: str
    place: int
    """0: the first lead, 1: the second."""


def other_leads(preparation: Preparation, beats: BeatSet) -> dict[str, tuple[OtherLead, ...]]:
    """Record -> its leads, of those judged by, that the model was not trained on in their place, neither by their name
    nor by their role (MLII and II are one). A lead that is not there is no other lead."""
    known = [_roles(preparation, place) for place in range(preparation.config.n_leads)]
    found = {
        name: tuple(
            OtherLead(lead, place)
            for place, lead in enumerate(leads)
            if lead != ABSENT and _role(lead, place) not in known[place]
        )
        for name, leads in beats.leads.items()
    }
    return {name: leads for name, leads in found.items() if leads}


def leads_caution(card: Card, beats: BeatSet) -> str:
    """What a reader of scores must know of leads the model was not trained on; empty where there are none."""
    preparation = preparation_of(card)
    others = other_leads(preparation, beats)
    if not others:
        return ""
    return (
        f"Leads the model was not trained on: {_listed(others)}; it knows {_known(preparation)}. It may be further "
        "off there than its figures say."
    )


def lead_needs(preparation: Preparation) -> str:
    """What a model needs, by role, in a sentence: the leads it was trained on, each in its place."""
    first, *others = [_alternatives(preparation, place) for place in range(preparation.config.n_leads)]
    named = [other for other in others if other]
    if not named:
        return f"Needs lead {first}."
    rest = " and ".join(named)
    return (
        f"Needs lead {first}; sees {rest} if there is one."
        if preparation.one_lead
        else f"Needs lead {first} and {rest}."
    )


def check_leads(preparation: Preparation, beats: BeatSet) -> None:
    """Raise LeadsError, naming records and leads, if a record has a lead that the model was not trained on."""
    others = other_leads(preparation, beats)
    if others:
        raise LeadsError(
            f"The model was trained with {_known(preparation)} (field leads), but found {_listed(others)}: leave these "
            "out, choose to have any lead scored (--any-leads), or train a model on such leads."
        )


def unlike(card: Card, beats: BeatSet) -> str:
    """How the leads of one record are not those that a model was trained on, as the end of a sentence about it."""
    preparation = preparation_of(card)
    (leads,) = other_leads(preparation, beats).values()
    return f"trained with {_known(preparation)}: the recording has {_told(leads)}"


def _roles(preparation: Preparation, place: int) -> set[str]:
    return {_role(leads[place], place) for leads in preparation.leads.values() if leads[place] != ABSENT}


def _alternatives(preparation: Preparation, place: int) -> str:
    return " or ".join(sorted(_roles(preparation, place)))


def _known(preparation: Preparation) -> str:
    words = ("as first lead", "as second", "as third")
    return ", ".join(
        f"{_alternatives(preparation, place)} {words[min(place, 2)]}" for place in range(preparation.config.n_leads)
    )


def _told(leads: tuple[OtherLead, ...]) -> str:
    return " and ".join(f"{one.lead} as {'first' if one.place == 0 else 'second'} lead" for one in leads)


def _listed(others: Mapping[str, tuple[OtherLead, ...]]) -> str:
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return "; ".join(f"record {name} has {_told(leads)}" for name, leads in list(others.items())[:MOST_NAMED]) + more


def _named(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:MOST_NAMED]) + (
        f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    )


def _single(beats: BeatSet) -> dict[str, str]:
    return {name: leads[0] for name, leads in beats.leads.items() if ABSENT in leads}


def _role(lead: str, place: int) -> str:
    """In the second place any chest lead stands for another: there models see one today and another tomorrow."""
    role = role_of(lead) or lead
    return CHEST if place > 0 and role in SECOND_ROLES else role
