"""The embedding: made from training beats alone, every class with the same say; and the map made in it."""

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.errors import DataError
from ecg_core.evaluation.embedding import PcaEmbedding, map_2d
from tests.evaluation.factories import excluding


@pytest.fixture(scope="module")
def embedding(simulated_beats: BeatSet) -> PcaEmbedding:
    return PcaEmbedding.fit(simulated_beats)


def test_it_has_a_name_and_says_what_it_was_made_from(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    assert embedding.name == "pca-32"
    assert embedding.records == simulated_beats.records
    assert 0.9 < embedding.explained < 1


def test_scores_and_what_they_leave_make_up_the_beat(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    beats = simulated_beats.signals[:50].astype(np.float64)
    scores, rest = embedding.transform(beats), embedding.residual(beats)
    drawn = (scores @ embedding.components).reshape(beats.shape)
    assert (drawn + rest) * embedding.scale[:, None] + embedding.mean == pytest.approx(beats)
    assert embedding.components @ embedding.components.T == pytest.approx(np.eye(32))


def test_the_same_beats_and_seed_give_the_same_embedding(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    assert np.array_equal(PcaEmbedding.fit(simulated_beats).components, embedding.components)


def test_excluded_beats_and_class_q_have_no_say(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    signals = np.array(simulated_beats.signals)
    q = np.flatnonzero(simulated_beats.table["beat_class"] == "Q")
    signals[q] = 1e6
    spoilt = np.flatnonzero(simulated_beats.table["beat_class"] == "N")[::7]
    kept = PcaEmbedding.fit(excluding(simulated_beats, spoilt))
    signals[spoilt] = np.nan
    found = PcaEmbedding.fit(excluding(replace(simulated_beats, signals=signals), spoilt))
    assert np.array_equal(found.components, kept.components)
    assert not np.array_equal(found.components, embedding.components)


def test_the_common_class_does_not_outvote_the_others(simulated_beats: BeatSet) -> None:
    """With one in eight V beats left, V keeps its quarter of the say."""
    rare = np.flatnonzero(simulated_beats.table["beat_class"] == "V")
    thinned = excluding(simulated_beats, np.setdiff1d(rare, rare[::8]))
    used = simulated_beats.used & (simulated_beats.table["beat_class"] != "Q").to_numpy()
    plain = simulated_beats.signals[used].mean(axis=0)
    v = simulated_beats.signals[rare].mean(axis=0)
    whole, few = PcaEmbedding.fit(simulated_beats).mean, PcaEmbedding.fit(thinned).mean
    assert np.abs(whole - few).max() < 0.15 * np.abs(v - plain).max()
    assert np.abs(whole - plain).max() > 0.2 * np.abs(v - plain).max()


def test_a_lead_in_another_unit_gives_the_same_scores(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    gain = np.array([1.0, 20.0], np.float32)[:, None]
    other = PcaEmbedding.fit(replace(simulated_beats, signals=np.asarray(simulated_beats.signals) * gain))
    beats = simulated_beats.signals[:20]
    assert other.transform(beats * gain) == pytest.approx(embedding.transform(beats), abs=2e-3)


def test_beats_of_another_shape_are_refused(embedding: PcaEmbedding) -> None:
    with pytest.raises(DataError) as caught:
        embedding.transform(np.zeros((4, 1, 144)))
    assert str(caught.value) == ("Beats of shape (1, 144), but this embedding was made for (2, 144) (leads, points).")


def test_without_beats_there_is_nothing_to_embed_in(simulated_beats: BeatSet) -> None:
    with pytest.raises(DataError) as caught:
        PcaEmbedding.fit(excluding(simulated_beats, np.arange(len(simulated_beats))))
    assert str(caught.value) == (
        "Fewer than two beats of class N, S, V or F in the training records: nothing to embed in."
    )


def test_the_map_is_spanned_by_the_recorded_beats_alone(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    real = simulated_beats.signals[(simulated_beats.table["beat_class"] == "V").to_numpy()]
    one = map_2d(real, real[:30], embedding)
    other = map_2d(real, real[:30] * 3 + 1, embedding)
    assert np.array_equal(one.real, other.real)
    assert one.fake == pytest.approx(one.real[:30])
    assert one.real.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert one.explained[0] > one.explained[1] > 0
    spread = embedding.transform(real).var(axis=0).sum()
    assert one.real.var(axis=0) / spread == pytest.approx(one.explained)
    assert one.axes[0] == f"Component 1 of the recorded beats ({one.explained[0]:.0%} of their variance)"


def test_the_order_of_beats_does_not_turn_the_map_round(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    real = simulated_beats.signals[(simulated_beats.table["beat_class"] == "V").to_numpy()]
    assert map_2d(real[::-1], real, embedding).real[::-1] == pytest.approx(map_2d(real, real, embedding).real, abs=1e-6)


def test_one_beat_makes_no_map(embedding: PcaEmbedding, simulated_beats: BeatSet) -> None:
    with pytest.raises(DataError) as caught:
        map_2d(simulated_beats.signals[:1], simulated_beats.signals[:5], embedding)
    assert str(caught.value) == "1 recorded beats with 32 components: two of each needed for a map."
