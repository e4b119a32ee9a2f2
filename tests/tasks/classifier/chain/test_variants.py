"""What is made of a recording to learn from keeps its labels' places, and is never of a patient who is left out."""

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.tasks.classifier.chain.variants import CHIMERA, CHIMERAS, ONE_LEAD, WHOLE, Variant, variants


@pytest.fixture(scope="module")
def beats(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(["sim01", "sim03", "sim04"])


@pytest.fixture(scope="module")
def made(beats: BeatSet) -> list[Variant]:
    return list(variants(beats, (beats.table["beat_class"] == "N").to_numpy(), 0))


def test_every_variant_has_as_many_beats_as_rows_and_those_in_order(made: list[Variant], beats: BeatSet) -> None:
    records = beats.table["record"].to_numpy(dtype=str)
    for one in made:
        assert len(one.record) == len(one.rows)
        assert (np.diff(one.rows) == 1).all()
        assert set(records[one.rows]) == {one.name}


def test_chimeras_keep_the_rhythm_and_show_another_record(made: list[Variant]) -> None:
    whole = {one.name: one for one in made if one.kind == WHOLE}
    chimeras = [one for one in made if one.kind == CHIMERA]
    assert len(chimeras) == CHIMERAS * len(whole)
    for one in chimeras:
        assert one.donor not in ("", one.name)
        assert np.array_equal(one.record.pre_s, whole[one.name].record.pre_s, equal_nan=True)
        apart = np.abs(one.record.signals - whole[one.name].record.signals).max(axis=(1, 2))
        assert 0.2 < (apart > apart.mean() / 4).mean() < 0.9


def test_without_its_second_lead_nothing_is_left_of_it(made: list[Variant]) -> None:
    for one in made:
        if one.kind == ONE_LEAD:
            assert not one.record.signals[:, 1:].any()


def test_who_gives_beats_to_whom_does_not_hang_on_any_label(beats: BeatSet, made: list[Variant]) -> None:
    other = list(variants(beats, (beats.table["beat_class"] != "V").to_numpy(), 0))
    assert [(one.name, one.donor, one.kind) for one in other] == [(one.name, one.donor, one.kind) for one in made]
