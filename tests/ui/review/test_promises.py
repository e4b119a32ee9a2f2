"""What the promised queue says of itself."""

from dataclasses import replace
from typing import Any

import pytest

from ecg_core.errors import ModelError
from ecg_core.ui.models import Model, of_kind
from ecg_core.ui.review.promises import promise_words


@pytest.fixture
def classifier() -> Model:
    models, _ = of_kind("classifier")
    return next(one for one in models if one.id == "models/classifier")


def with_about(model: Model, **about: Any) -> Model:
    return replace(model, card=replace(model.card, about={**model.card.about, **about}))


def test_the_length_comes_first_and_nothing_is_promised_for_other_hospitals(classifier: Model) -> None:
    said = promise_words(classifier, 1200, 3000)
    assert said.startswith("1,200 of 3,000 beats need review.")
    assert "S beats" in said
    assert "V beats" in said
    assert "Nothing is promised for other recorders or hospitals." in said


def test_a_model_without_promises_says_nothing(classifier: Model) -> None:
    assert promise_words(None, 1, 2) == ""
    assert promise_words(with_about(classifier, promises=[]), 1, 2) == ""


def test_damaged_promises_are_refused_by_name(classifier: Model) -> None:
    with pytest.raises(ModelError, match="promises is damaged"):
        promise_words(with_about(classifier, promises=[{"beat_class": 5}]), 1, 2)
