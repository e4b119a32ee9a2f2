"""Families of beats: one shape each, whatever gain, offset, leads and rate; merged, split and relabelled exactly."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.beat_pieces import pieces
from ecg_core.beats.beat_table import BeatTable, beat_table
from ecg_core.beats.families import MOST_FAMILIES, Families, LeftOut, families, relabelled
from ecg_core.beats.shape_cells import raw_shapes
from ecg_core.data import beat_model
from ecg_core.data.beat_model import FS, Patient
from ecg_core.data.labels import Annotations
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import DataError
from tests.beats.made_ecg import GAIN, as_record, ecg

ECTOPIC = {"V": 0.12, "W": 0.06}
SECONDS = 180


@cache
def made(fs: float = FS) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """mV (n_samples, 2), R peaks and symbols of a patient with ventricular beats from two foci."""
    mv, r_sample = ecg(seconds=SECONDS, seed=4, fs=fs, ectopic=ECTOPIC)
    drawn, _ = beat_model.rhythm(Patient("made", 72.0, ectopic=ECTOPIC), SECONDS, np.random.default_rng(4))
    return mv, r_sample, np.array([beat.symbol for beat in drawn][: len(r_sample)])


@cache
def grouped() -> Families:
    mv, r_sample, _ = made()
    return families(as_record(mv), r_sample)


def purity(found: Families, beat_class: npt.NDArray[np.str_], wanted: str) -> float:
    """Share of the beats of a class that lie in a family most of which are of that class."""
    right = 0
    for family in found.families:
        classes, n = np.unique(beat_class[family.beats], return_counts=True)
        right += int(n.max()) if classes[n.argmax()] == wanted else 0
    return right / int(np.count_nonzero(beat_class == wanted))


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(DataError) as caught:
        work()
    return str(caught.value)


def real(folder: Path, name: str) -> tuple[Record, BeatTable]:
    record = read_record(folder, name)
    return record, beat_table(record.annotations, record.fs)


@pytest.mark.parametrize(
    ("name", "ventricular", "normal"),
    [("119", 0.995, 0.995), ("106", 0.97, 0.98), ("208", 0.96, 0.97), ("223", 0.96, 0.98)],  # of five seeds at least
)
def test_on_real_records_beats_lie_in_families_of_their_own_class(
    mitdb: Path, name: str, ventricular: float, normal: float
) -> None:
    record, beats = real(mitdb, name)
    found = families(record, beats.r_sample)
    assert purity(found, beats.beat_class, "V") >= ventricular
    assert purity(found, beats.beat_class, "N") >= normal
    interest = [one.interest for one in found.families]
    assert interest == sorted(interest, reverse=True)
    assert len(found) <= MOST_FAMILIES


@pytest.mark.parametrize("fs", [128, 250, 500])
@pytest.mark.parametrize("leads", [(0,), (1,), (0, 1), (0, 1, 0, 1)])
def test_ventricular_beats_are_apart_in_any_leads_at_any_rate(fs: int, leads: tuple[int, ...]) -> None:
    mv, r_sample, symbol = made(fs)
    found = families(as_record(mv[:, list(leads)], fs), r_sample)
    assert purity(found, symbol, "N") == purity(found, symbol, "V") == 1
    assert len(found) < 10
    assert found.families[0].template.shape == (len(leads), len(found.times_s))


few = settings(max_examples=8, deadline=None)
factors, shifts = st.floats(1e-3, 1e3), st.integers(-3000, 3000)


@few
@given(gain=st.tuples(factors, factors), shift=st.tuples(shifts, shifts), order=st.permutations([0, 1]))
def test_gain_offset_and_order_of_leads_change_nothing(
    gain: tuple[float, float], shift: tuple[int, int], order: list[int]
) -> None:
    mv, r_sample, _ = made()
    record = as_record(mv)
    found = families(
        replace(
            record,
            signals=(record.signals.astype(np.int32) + shift)[:, order],
            gain=tuple(GAIN * gain[lead] for lead in order),
            baseline=(7, -7),
        ),
        r_sample,
    )
    assert np.array_equal(found.number_of, grouped().number_of)
    for one, other in zip(found.families, grouped().families, strict=True):
        assert one.oddness == pytest.approx(other.oddness, abs=1e-6)
        back = one.template[[order.index(lead) for lead in (0, 1)]] * np.array(gain)[:, None]
        assert back == pytest.approx(other.template, abs=1e-3)


@few
@given(scale=st.floats(0.1, 4), shift_mv=st.floats(-1, 1))
def test_a_recording_scaled_before_it_is_digitised_has_the_same_kinds_apart(scale: float, shift_mv: float) -> None:
    mv, r_sample, symbol = made()
    found = families(as_record(scale * mv + shift_mv), r_sample)
    assert purity(found, symbol, "N") == purity(found, symbol, "V") == 1
    assert len(found) < 10


def test_a_lead_of_noise_mixes_no_shapes() -> None:
    mv, r_sample, symbol = made()
    noise = np.random.default_rng(0).normal(0, 0.3, (len(mv), 1))
    found = families(as_record(np.hstack([mv, noise])), r_sample)
    assert purity(found, symbol, "N") == purity(found, symbol, "V") == 1
    assert len(found) < 15  # some more than without: noise moves where beats are cut


def test_the_same_beats_give_the_same_families_in_one_piece_or_in_several() -> None:
    mv, r_sample, _ = made()
    again, blocks = families(as_record(mv), r_sample), families(as_record(mv), r_sample, block_s=40)
    assert np.array_equal(again.number_of, grouped().number_of)
    assert np.array_equal(blocks.number_of, grouped().number_of)
    for one, other in zip(grouped().largest_first, blocks.largest_first, strict=True):
        assert other.template == pytest.approx(one.template, abs=0.01)
        assert other.spread == pytest.approx(one.spread, abs=0.03)


def test_each_beat_is_in_one_family_whose_mean_and_spread_are_those_of_its_beats() -> None:
    mv, r_sample, _ = made()
    record, found = as_record(mv), grouped()
    (piece,) = pieces(record, r_sample)
    beats_mv = piece.signals / GAIN
    every = np.concatenate([one.beats for one in found.families])
    assert np.array_equal(np.sort(every), np.flatnonzero(found.number_of >= 0))
    for one in found.families:
        assert np.array_equal(one.beats, np.flatnonzero(found.number_of == one.number))
        assert one.template == pytest.approx(beats_mv[one.beats].mean(axis=0), abs=1e-5)
        assert one.spread == pytest.approx(beats_mv[one.beats].std(axis=0), abs=1e-4)
        assert one.likeness.shape == one.beats.shape
        assert one.likeness.min() > 0.7
        drawn = found.superimposed(record, one.number, most=10_000)
        assert drawn == pytest.approx(beats_mv[one.beats], abs=0.1)  # cut at a whole sample
        assert len(found.superimposed(record, one.number, most=2)) == min(2, len(one))


def test_the_rarest_and_oddest_come_first_and_the_largest_is_named_1_and_comes_last() -> None:
    found = grouped()
    interest = [one.interest for one in found.families]
    assert interest == sorted(interest, reverse=True)
    assert found.families[-1].number == found.largest_first[0].number == 1
    assert found.families[-1].oddness == 0
    sizes = [len(one) for one in found.largest_first]
    assert sizes == sorted(sizes, reverse=True)
    assert [one.number for one in found.largest_first] == list(range(1, len(found) + 1))


def test_merged_families_have_the_mean_and_spread_of_all_their_beats() -> None:
    found = grouped()
    merged = found.merged(2, 1)
    both = merged.family(2)
    assert len(merged) == len(found) - 1
    assert np.array_equal(both.beats, np.sort(np.concatenate([found.family(1).beats, found.family(2).beats])))
    parts = [found.family(1), found.family(2)]
    mean = sum(len(one) * one.template.astype(float) for one in parts) / len(both)
    square = sum(len(one) * (one.spread.astype(float) ** 2 + one.template.astype(float) ** 2) for one in parts)
    assert both.template == pytest.approx(mean, abs=1e-5)
    assert both.spread == pytest.approx(np.sqrt(square / len(both) - mean**2), abs=1e-3)
    assert len(found) == len(grouped()), "what was merged stays as it was"


def test_a_split_gives_two_families_which_merged_are_the_one_again() -> None:
    found = grouped()
    split = found.split(1)
    new = int(split.number_of.max())
    assert len(split) == len(found) + 1 and new == len(found) + 1
    assert len(split.family(1)) >= len(split.family(new)) >= 1
    others = found.number_of != 1
    assert np.array_equal(split.number_of[others], found.number_of[others])
    assert np.array_equal(split.merged(1, new).number_of, found.number_of)


def test_however_small_a_family_is_it_can_be_split_down_to_single_beats_and_the_larger_part_keeps_the_number() -> None:
    for one in grouped().families:
        split = grouped()
        while len(parts := [part for part in split.families if set(part.beats) <= set(one.beats)]) < min(8, len(one)):
            largest = max(parts, key=len)
            before, split = len(split), split.split(largest.number)
            new = int(split.number_of.max())
            assert new == before + 1
            assert len(split.family(largest.number)) >= len(split.family(new)) >= 1
            assert len(split.family(largest.number)) + len(split.family(new)) == len(largest)
            if len(one) > 8:
                break


def test_a_level_added_to_a_beat_changes_nothing_of_its_shape() -> None:
    beats = np.random.default_rng(0).normal(size=(3, 2, len(grouped().times_s))).astype(np.float32)
    assert raw_shapes(beats + 5) == pytest.approx(raw_shapes(beats), abs=1e-5)


def test_a_split_of_two_merged_shapes_finds_them_again() -> None:
    _, _, symbol = made()
    found = grouped()
    kinds = {one.number: str(symbol[one.beats[0]]) for one in found.largest_first}
    normal, ventricular = (next(k for k, kind in kinds.items() if kind == wanted) for wanted in "NV")
    split = found.merged(normal, ventricular).split(normal)
    assert purity(split, symbol, "N") == purity(split, symbol, "V") == 1


def test_what_cannot_be_done_is_said() -> None:
    found = grouped()
    single = families(as_record(made()[0]), made()[1][5:6])
    assert refused(lambda: single.split(1)) == "Family 1 cannot be split: it has one beat."
    assert refused(lambda: found.split(99)) == ("Record made has no family 99: it may have been merged into another.")
    assert "no family 99" in refused(lambda: found.merged(1, 99))
    assert refused(lambda: found.merged(2, 2)) == "Family 2 cannot be merged with itself: choose another one."
    record = as_record(made()[0])
    assert "beat 2 is at sample 99,999,999, outside" in refused(lambda: families(record, np.array([9, 99_999_999])))
    assert "beat 2 lies before the one in front" in refused(lambda: families(record, np.array([900, 90])))


def test_beats_that_are_all_the_same_are_one_family() -> None:
    mv, r_sample, _ = made()
    start = int(r_sample[3]) - FS // 2
    one = mv[start : start + FS]
    found = families(as_record(np.tile(one, (30, 1))), FS // 2 + FS * np.arange(30))
    assert len(set(found.number_of[2:-2].tolist())) == 1


def test_flat_missing_and_outermost_beats_are_left_out_and_counted() -> None:
    mv, r_sample, _ = made()
    changed = mv.copy()
    changed[40 * FS : 60 * FS] = 0.3
    changed[100 * FS : 101 * FS, 0] = np.nan
    r_sample = np.sort(np.append(r_sample, [3, len(mv) - 4]))
    found = families(as_record(changed), r_sample)
    counted = {one.reason: one.n_beats for one in found.left_out}
    flat = np.flatnonzero((r_sample > 41 * FS) & (r_sample < 59 * FS))
    assert set(found.excluded[flat]) == {"flat"}
    assert len(flat) <= counted["flat"] <= len(flat) + 2
    assert counted["missing samples"] in (1, 2, 3)
    assert counted["at the edge"] == 2
    assert sum(counted.values()) == np.count_nonzero(found.number_of == -1)
    assert set(found.number_of[flat]) == {-1}


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_a_few_beats_are_families_too(n: int) -> None:
    mv, r_sample, _ = made()
    found = families(as_record(mv), r_sample[5 : 5 + n])
    assert len(found.number_of) == n == sum(len(one) for one in found.families)
    assert len(found.families) == len(found) <= n
    if not n:
        assert "no family 1" in refused(lambda: found.family(1))


def test_a_recording_that_never_moves_has_no_family() -> None:
    found = families(as_record(np.full((20 * FS, 2), 0.7)), FS * np.arange(2, 15))
    assert found.families == ()
    assert found.left_out == (LeftOut("flat", 13),)
    assert (found.number_of == -1).all()


def test_noise_gives_no_more_families_than_can_be_read() -> None:
    noise = np.random.default_rng(1).normal(0, 0.5, (120 * FS, 1))
    found = families(as_record(noise), np.arange(2 * FS, 118 * FS, FS // 2))
    assert 1 < len(found) <= MOST_FAMILIES


def test_a_family_relabelled_changes_its_beats_and_nothing_else() -> None:
    annotations = Annotations(np.array([1, 5, 9, 12]), np.array(["+", "N", "V", "N"]), ("(N", "", "", ""))
    changed = relabelled(annotations, np.array([0, 2]), "A")
    assert changed.symbol.tolist() == ["+", "A", "V", "A"]
    assert annotations.symbol.tolist() == ["+", "N", "V", "N"]
    assert "'+' is no annotation symbol of a beat" in refused(lambda: relabelled(annotations, np.array([0]), "+"))
