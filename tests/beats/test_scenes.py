"""Scenes: each row gets its own recording's usual beat, unit and rhythm, whatever the order of the rows."""

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.scenes import Scenes, scenes
from ecg_core.beats.store import load_beats
from tests.beats.made_scenes import TIMES_S, made_scenes
from tests.made_beats import write_recording


@pytest.fixture(scope="module")
def beats(tmp_path_factory: pytest.TempPathFactory) -> BeatSet:
    """Twelve beats each of a recording of two leads, of one, and of another of two."""
    folder = tmp_path_factory.mktemp("records")
    for seed, (name, n_leads) in enumerate((("a", 2), ("b", 1), ("c", 2))):
        write_recording(folder, name, seed=seed, n_leads=n_leads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(folder / "home"))
        return load_beats(folder, ("a", "b", "c"))


def all_rows(beats: BeatSet) -> np.ndarray:
    return np.arange(len(beats))


def same(a: Scenes, b: Scenes) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("beats", "usual", "unit_mv", "rhythm", "times_s")
    )


def test_each_row_is_seen_against_its_own_recording(beats: BeatSet) -> None:
    shown = scenes(beats, all_rows(beats), "context")
    record = beats.table["record"].to_numpy()
    assert len(shown) == len(beats) == 36
    for name, context in beats.contexts.items():
        own = np.flatnonzero(record == name)
        assert np.array_equal(shown.usual[own], np.broadcast_to(context.template, shown.usual[own].shape))
        assert np.array_equal(shown.unit_mv[own], np.broadcast_to(context.unit_mv, (len(own), 2)))
        assert np.array_equal(shown.beats[own], context.aligned(np.asarray(beats.signals[own])))
        pre_s, post_s = (beats.table[column].to_numpy()[own] for column in ("rr_pre_s", "rr_post_s"))
        assert np.array_equal(shown.rhythm[own], context.rhythm(pre_s, post_s))


@pytest.mark.parametrize("form", ["beat", "usual", "context"])
def test_rows_in_any_order_and_any_number_of_times_are_the_same_scenes(beats: BeatSet, form: str) -> None:
    whole = scenes(beats, all_rows(beats), form)  # type: ignore[arg-type]
    rows = np.random.default_rng(0).integers(0, len(beats), 50)
    assert same(scenes(beats, rows, form), whole.at(rows))  # type: ignore[arg-type]
    assert len(scenes(beats, rows[:0], form)) == 0  # type: ignore[arg-type]


def test_the_beat_alone_stays_where_it_is(beats: BeatSet) -> None:
    shown = scenes(beats, all_rows(beats), "beat")
    assert np.allclose(shown.beats * shown.unit_mv[:, :, None], beats.signals, atol=1e-5)


def test_parts_that_do_not_belong_together_are_a_bug() -> None:
    one = made_scenes(3)
    for parts in (
        (one.beats, one.usual[:2], one.unit_mv, one.rhythm, TIMES_S),
        (one.beats, one.usual, one.unit_mv[:, :1], one.rhythm, TIMES_S),
        (one.beats, one.usual, one.unit_mv, one.rhythm[:, :4], TIMES_S),
        (one.beats, one.usual, one.unit_mv, one.rhythm, TIMES_S[:-1]),
    ):
        with pytest.raises(ValueError, match="of shapes"):
            Scenes(*parts)
