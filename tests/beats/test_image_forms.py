"""Images over the usual beat and with the rhythm: what is dark, what is faint, and what each bar and mark says."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats import image_forms
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.context import RHYTHM_NAMES
from ecg_core.beats.image_forms import (
    BAR_RANGE,
    EARLY_BARS,
    FAINT,
    bar_place,
    bar_rows,
    draw_rows,
    draw_scenes,
    px_per_unit,
)
from ecg_core.beats.images import FORMS, LEADS, RANGE, ImageConfig, draw_beats, stroke_radius
from ecg_core.beats.pen import trace_ink
from ecg_core.beats.scenes import Scenes
from ecg_core.errors import DataError
from tests.beats.made_scenes import TIMES_S, made_scenes

CONFIGS = [
    ImageConfig(size, ground, leads, form)  # type: ignore[arg-type]
    for size, ground, leads, form in itertools.product((64, 128), ("plain", "paper"), LEADS, FORMS)
]
CONTEXT = ImageConfig(form="context")
each_size = pytest.mark.parametrize("size", [64, 128])


def flat(n: int = 1, beat: float = 0.0, usual: float = 0.0, unit_mv: float = 1.0, rhythm: float = 0.0) -> Scenes:
    """Scenes that stay at a level, in units."""
    level = np.ones((n, 2, len(TIMES_S)), np.float32)
    return Scenes(
        beat * level,
        usual * level,
        np.full((n, 2), unit_mv, np.float32),
        np.full((n, len(RHYTHM_NAMES)), rhythm, np.float32),
        TIMES_S,
    )


def ink(shown: Scenes, config: ImageConfig) -> npt.NDArray[np.float64]:
    """Darkness of each pixel on the plain ground, 0 to 1."""
    return 1 - draw_scenes(shown, config) / 255.0


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_shapes_and_types_are_as_said_and_no_scene_makes_no_image(config: ImageConfig) -> None:
    shape = (config.size, config.size, *([3] if config.channels == 3 else []))
    drawn = draw_scenes(made_scenes(3), config)
    assert (drawn.shape, drawn.dtype.name) == ((3, *shape), "uint8")
    assert draw_scenes(made_scenes(0), config).shape == (0, *shape)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.sampled_from(CONFIGS))
def test_drawing_twice_gives_the_same_and_a_scene_looks_alike_in_any_company(seed: int, config: ImageConfig) -> None:
    shown = made_scenes(4, seed)
    drawn = draw_scenes(shown, config)
    assert np.array_equal(drawn, draw_scenes(made_scenes(4, seed), config))
    assert np.array_equal(drawn[1:2], draw_scenes(shown.at(slice(1, 2)), config))


@pytest.mark.parametrize("ground", ["plain", "paper"])
def test_chunks_leave_no_seam(monkeypatch: pytest.MonkeyPatch, ground: str) -> None:
    config = ImageConfig(ground=ground, form="context")  # type: ignore[arg-type]
    whole = draw_scenes(made_scenes(7), config)
    monkeypatch.setattr(image_forms, "CHUNK_PIXELS", 3 * 64 * 64)
    assert np.array_equal(draw_scenes(made_scenes(7), config), whole)


def test_a_usual_beat_under_an_identical_beat_leaves_nothing_faint() -> None:
    shown = made_scenes(5)
    unusual = Scenes(shown.beats, shown.beats, shown.unit_mv, shown.rhythm, TIMES_S)
    config = ImageConfig(form="usual")
    beside_mark = slice(ImageConfig(form="usual").mark_px, None)
    for lead, panel in enumerate(config.panels):
        y = (np.float32(RANGE) - shown.beats[:, lead]) * px_per_unit(panel)
        alone = trace_ink(y, 64, panel.height, stroke_radius(64))
        found = ink(unusual, config)[:, panel.rows]
        assert np.abs(found - alone)[:, :, beside_mark].max() < 1 / 255
        other = ink(shown, config)[:, panel.rows]
        assert (other - alone)[:, :, beside_mark].max() > 0.9 * FAINT, "a usual beat that differs is seen"


def test_what_is_usual_and_the_area_to_it_are_faint_and_never_hide_the_beat() -> None:
    config = ImageConfig(form="usual", leads="first")
    scale = float(px_per_unit(config.panels[0]))
    drawn = ink(flat(beat=1.0, usual=-1.0), config)[0]
    middle = drawn[:, 40]
    at_beat, at_usual = round((RANGE - 1) * scale), round((RANGE + 1) * scale)
    assert middle[at_beat - 1 : at_beat + 1].max() > 0.95
    assert np.allclose(middle[at_beat + 3 : at_usual - 3], FAINT, atol=0.01)
    assert middle[at_usual - 1 : at_usual + 1].max() == pytest.approx(FAINT, abs=0.01)
    assert not middle[: at_beat - 3].any()
    assert not middle[at_usual + 3 :].any()


@each_size
@pytest.mark.parametrize("form", ["usual", "context"])
def test_the_usual_qrs_complex_is_as_high_in_every_image(size: int, form: str) -> None:
    config = ImageConfig(size, form=form)  # type: ignore[arg-type]
    panel = config.panels[0]
    rows = np.arange(panel.height)[:, None] + 0.5
    heights = []
    for unit_mv in (0.5, 3.0):
        low, high = (ink(flat(beat=at, usual=at, unit_mv=unit_mv), config)[0][panel.rows, 10:] for at in (0.0, 1.0))
        heights.append((low * rows).sum(axis=0) / low.sum(axis=0) - (high * rows).sum(axis=0) / high.sum(axis=0))
    assert np.allclose(heights, panel.height / (2 * RANGE), atol=0.05)


@each_size
@pytest.mark.parametrize("unit_mv", [0.8, 1.0, 2.3])
def test_the_calibration_mark_stands_in_the_lower_corner_and_is_one_mv_high_in_each_panel(
    size: int, unit_mv: float
) -> None:
    config = ImageConfig(size, form="usual")
    drawn = ink(flat(beat=1.2, usual=1.2, unit_mv=unit_mv), config)[0]
    for panel in config.panels:
        lower = drawn[panel.top + panel.height // 2 : panel.bottom]
        mark = lower[:, : config.mark_px].sum(axis=0)
        assert np.allclose(mark * unit_mv, float(px_per_unit(panel)), atol=0.03 * size / 64)
        assert (lower[-1, : config.mark_px] == 1).all()
        assert not lower[:, config.mark_px :].any(), "the mark is at the left edge alone"


def test_a_mark_higher_than_the_panel_ends_at_its_edge() -> None:
    config = ImageConfig(form="usual", leads="first")
    for unit_mv in (0.05, 0.0):
        drawn = ink(flat(beat=-1.2, usual=-1.2, unit_mv=unit_mv), config)[0]
        assert (drawn[:, : ImageConfig(form="usual").mark_px] == 1).all()


def bar_sums(number: int, value: float, size: int) -> tuple[float, float]:
    """Ink to the left and to the right of the middle of a bar, px."""
    config = ImageConfig(size, form="context")
    rhythm = np.zeros((1, len(RHYTHM_NAMES)), np.float32)
    rhythm[0, number] = value
    one = flat()
    drawn = ink(Scenes(one.beats, one.usual, one.unit_mv, rhythm, TIMES_S), config)[0]
    row = drawn[bar_rows(config)[number]]
    assert np.array_equal(row, np.broadcast_to(row[0], row.shape))
    return float(row[0, : size // 2].sum()), float(row[0, size // 2 :].sum())


@each_size
@pytest.mark.parametrize("number", range(len(RHYTHM_NAMES)))
def test_bars_point_left_when_early_and_right_when_late_and_are_as_long_as_the_number_is_large(
    size: int, number: int
) -> None:
    assert [name.startswith("early") for name in RHYTHM_NAMES] == [k < EARLY_BARS for k in range(len(RHYTHM_NAMES))]
    left, right = np.array([bar_sums(number, value, size) for value in (2.0, 4.0, 6.0)]).T
    grows, stays = (left, right) if number < EARLY_BARS else (right, left)
    _, longest, _ = bar_place(number, size)
    assert np.allclose(np.diff(grows), 2 / BAR_RANGE * longest, atol=0.02)
    assert np.ptp(stays) < 0.02
    assert stays.max() <= stroke_radius(size) + 0.01
    left, right = bar_sums(number, -4.0, size)
    away = right if number < EARLY_BARS else left
    assert away > 0.4 * longest, "the other way where the number is below 0"


@each_size
def test_a_number_beyond_the_range_is_a_bar_of_the_greatest_length(size: int) -> None:
    for number in range(len(RHYTHM_NAMES)):
        assert bar_sums(number, 20.0, size) == bar_sums(number, BAR_RANGE, size)
        assert bar_sums(number, -20.0, size) == bar_sums(number, -BAR_RANGE, size)
        assert max(bar_sums(number, BAR_RANGE, size)) >= bar_place(number, size)[1] - stroke_radius(size) - 0.01


@each_size
def test_bars_lie_below_the_panels_one_under_the_other_with_a_gap_between(size: int) -> None:
    config = ImageConfig(size, form="context")
    rows = bar_rows(config)
    assert len(rows) == len(RHYTHM_NAMES)
    assert rows[0].start > config.panels[-1].bottom
    assert rows[-1].stop <= size
    assert all(one.stop < after.start for one, after in itertools.pairwise(rows))
    assert config.panels[-1].bottom <= 3 * size // 4
    for form in ("usual", "beat"):
        assert bar_rows(ImageConfig(size, form=form)) == []  # type: ignore[arg-type]


def test_the_rhythm_changes_the_bars_and_nothing_above_them() -> None:
    shown = made_scenes(3)
    still = Scenes(shown.beats, shown.usual, shown.unit_mv, np.zeros_like(shown.rhythm), TIMES_S)
    one, other = draw_scenes(shown, CONTEXT), draw_scenes(still, CONTEXT)
    used = CONTEXT.panels[-1].bottom
    assert np.array_equal(one[:, :used], other[:, :used])
    assert (one[:, used:] != other[:, used:]).any(axis=(1, 2)).all()


def test_a_single_lead_fills_the_panels_of_both() -> None:
    shown = made_scenes(2)
    for lead, leads in enumerate(("first", "second")):
        config = ImageConfig(form="context", leads=leads)  # type: ignore[arg-type]
        other = Scenes(
            *(np.roll(part, lead, axis=1) for part in (shown.beats, shown.usual, shown.unit_mv)), shown.rhythm, TIMES_S
        )
        drawn = draw_scenes(shown, config)
        assert np.array_equal(drawn, draw_scenes(other, ImageConfig(form="context", leads="first")))


def test_rows_drawn_alone_look_as_beats_drawn_in_mv(simulated_beats: BeatSet) -> None:
    rows = np.arange(0, len(simulated_beats), 997)
    for ground in ("plain", "paper"):
        config = ImageConfig(ground=ground)  # type: ignore[arg-type]
        expected = draw_beats(np.asarray(simulated_beats.signals[rows]), simulated_beats.config.times_s, config)
        found = draw_rows(simulated_beats, rows, config)
        assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1


def test_beats_of_each_form_look_different(simulated_beats: BeatSet) -> None:
    rows = simulated_beats.rows_of("V")[:5]
    drawn = [draw_rows(simulated_beats, rows, ImageConfig(form=form)) for form in FORMS]
    for one, other in itertools.combinations(drawn, 2):
        assert (one != other).any(axis=(1, 2)).all()


@pytest.mark.parametrize("part", ["beats", "usual", "unit_mv", "rhythm"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_scene_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch, part: str, bad: float) -> None:
    monkeypatch.setattr(image_forms, "CHUNK_PIXELS", 2 * 64 * 64)
    shown = made_scenes(6)
    getattr(shown, part)[4].flat[1] = bad
    with pytest.raises(DataError) as caught:
        draw_scenes(shown, CONTEXT)
    assert str(caught.value) == "Beat 4 holds a value that is not a finite number: it cannot be drawn."


@pytest.mark.parametrize("form", FORMS)
def test_beats_of_one_lead_have_no_second(form: str) -> None:
    two = made_scenes(2)
    one = Scenes(two.beats[:, :1], two.usual[:, :1], two.unit_mv[:, :1], two.rhythm, TIMES_S)
    for leads, words in (("both", "both leads"), ("second", "second lead")):
        with pytest.raises(DataError, match=f"^Images of {words} need beats of two leads, these have 1"):
            draw_scenes(one, ImageConfig(leads=leads, form=form))  # type: ignore[arg-type]
    assert draw_scenes(one, ImageConfig(leads="first", form=form)).shape == (2, 64, 64)
