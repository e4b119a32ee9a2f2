"""Beats as images: the same scale for all, a trace without gaps, leads that stay in their panels, marked exports."""

import io
import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from ecg_core.beats import images
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.images import BOTTOM_MV, FORMS, TOP_MV, ImageConfig, burn, draw_beats, png_bytes, sheet
from ecg_core.errors import DataError

TIMES_S = BeatConfig().times_s
CONFIGS = [
    ImageConfig(size, ground, leads)  # type: ignore[arg-type]
    for size, ground, leads in itertools.product((64, 128), ("plain", "paper"), ("both", "first", "second"))
]
VISIBLE = 64  # of 255: what the eye takes for ink

SYNTHETIC_LETTERS = [
    " #### #   # #   # ##### #   # ##### #####  ###   ####",
    "#      # #  ##  #   #   #   # #       #     #   #",
    " ###    #   # # #   #   ##### ####    #     #   #",
    "    #   #   #  ##   #   #   # #       #     #   #",
    "####    #   #   #   #   #   # #####   #    ###   ####",
]

beats = hnp.arrays(np.float32, (3, 2, len(TIMES_S)), elements=st.floats(-6, 6, width=32))
one_lead = st.sampled_from([ImageConfig(64, leads="first"), ImageConfig(128, leads="first")])


def level(mv: float, n_leads: int = 2) -> npt.NDArray[np.float32]:
    """One beat that stays at `mv` in every lead."""
    return np.full((1, n_leads, len(TIMES_S)), mv, np.float32)


def ink(signals: npt.NDArray[np.float32], config: ImageConfig) -> npt.NDArray[np.float64]:
    """Darkness of each pixel, 0 to 255."""
    return 255 - draw_beats(signals, TIMES_S, config).astype(np.float64)


def height_px(image: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where the middle of the ink of each column lies, in px from the top."""
    rows = np.arange(image.shape[-2])[:, None] + 0.5
    return np.asarray((image * rows).sum(axis=-2) / image.sum(axis=-2))


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_shapes_and_types_are_as_said_and_no_beats_make_no_images(config: ImageConfig) -> None:
    shape = (config.size, config.size, *([3] if config.channels == 3 else []))
    drawn = draw_beats(np.zeros((5, 2, len(TIMES_S)), np.float32), TIMES_S, config)
    assert (drawn.shape, drawn.dtype.name) == ((5, *shape), "uint8")
    assert draw_beats(np.zeros((0, 2, len(TIMES_S)), np.float32), TIMES_S, config).shape == (0, *shape)


@settings(deadline=None, max_examples=20)
@given(beats, st.sampled_from(CONFIGS))
def test_drawing_twice_gives_the_same_and_a_beat_looks_alike_in_any_company(
    signals: npt.NDArray[np.float32], config: ImageConfig
) -> None:
    drawn = draw_beats(signals, TIMES_S, config)
    assert np.array_equal(drawn, draw_beats(signals.copy(), TIMES_S, config))
    assert np.array_equal(drawn[1:2], draw_beats(signals[1:2], TIMES_S, config))


def test_chunks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    signals = np.random.default_rng(0).normal(size=(7, 2, len(TIMES_S))).astype(np.float32)
    whole = draw_beats(signals, TIMES_S, ImageConfig())
    monkeypatch.setattr(images, "CHUNK_PIXELS", 3 * 64 * 64)
    assert np.array_equal(draw_beats(signals, TIMES_S, ImageConfig()), whole)


@settings(deadline=None, max_examples=50)
@given(beats, st.sampled_from([config for config in CONFIGS if config.ground == "plain"]))
def test_every_column_of_every_panel_holds_ink_and_the_trace_never_breaks(
    signals: npt.NDArray[np.float32], config: ImageConfig
) -> None:
    panels = 2 if config.leads == "both" else 1
    drawn = ink(signals, config).reshape(len(signals) * panels, -1, config.size)
    assert (drawn.max(axis=1) >= VISIBLE).all()
    seen = drawn > 0
    first = seen.argmax(axis=1)
    last = seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    assert (seen.sum(axis=1) == last - first + 1).all(), "a gap within a column"
    assert (first[:, 1:] <= last[:, :-1] + 1).all(), "a column below the one before it"
    assert (first[:, :-1] <= last[:, 1:] + 1).all(), "a column above the one before it"


def test_a_spike_of_one_point_reaches_its_full_height_in_dark_ink() -> None:
    signals = level(0)
    signals[0, 0, np.flatnonzero(TIMES_S == 0)] = 2.0
    for config in (ImageConfig(64, leads="first"), ImageConfig(128, leads="first")):
        drawn = ink(signals, config)[0]
        top = (TOP_MV - 2.0) * config.px_per_mv
        column = round(0.35 / 0.8 * config.size)
        for row in range(int(top), round(TOP_MV * config.px_per_mv)):
            assert drawn[row, column - 2 : column + 2].max() >= 128, (config, row)
        assert not drawn[: int(top) - 2].any()


@settings(deadline=None, max_examples=50)
@given(
    hnp.arrays(np.float32, (1, 1, len(TIMES_S)), elements=st.floats(-6, 6, width=32)),
    hnp.arrays(np.float32, (1, 1, len(TIMES_S)), elements=st.floats(0, 3, width=32)),
    one_lead,
)
def test_a_larger_amplitude_is_never_drawn_lower(
    signals: npt.NDArray[np.float32], more: npt.NDArray[np.float32], config: ImageConfig
) -> None:
    lower, higher = (ink(one, config)[0].cumsum(axis=0) for one in (signals, signals + more))
    upper_edge = [(one >= VISIBLE).argmax(axis=0) for one in (lower, higher)]
    assert (upper_edge[1] <= upper_edge[0]).all()
    lower_edge = [(one[-1] - one >= VISIBLE)[::-1].argmax(axis=0) for one in (lower, higher)]
    assert (lower_edge[1] >= lower_edge[0]).all()


@settings(deadline=None, max_examples=50)
@given(st.floats(BOTTOM_MV + 0.2, TOP_MV - 1.2), st.sampled_from([c for c in CONFIGS if c.ground == "plain"]))
def test_one_mv_more_moves_the_trace_up_by_the_pixels_of_one_mv(mv: float, config: ImageConfig) -> None:
    panels = 2 if config.leads == "both" else 1
    low, high = (height_px(ink(level(one), config).reshape(panels, -1, config.size)) for one in (mv, mv + 1))
    assert np.allclose(low - high, config.px_per_mv, atol=0.2)  # px: ink is weighed at the middle of its pixel
    assert np.allclose(high, (TOP_MV - mv - 1) * config.px_per_mv, atol=0.1)
    assert config.px_per_mv == pytest.approx(config.size / panels / 5.5)


def test_time_runs_from_the_left_edge_to_the_right_and_the_r_peak_is_where_it_was_cut() -> None:
    config = ImageConfig(128, leads="first")
    ramp = np.linspace(-2, 2.5, len(TIMES_S), dtype=np.float32)[None, None]
    heights = height_px(ink(ramp, config)[0])
    points = (np.arange(config.size) + 0.5) / config.size * len(TIMES_S)
    expected = (TOP_MV - np.interp(points, np.arange(len(TIMES_S)), ramp[0, 0])) * config.px_per_mv
    assert np.allclose(heights[2:-2], expected[2:-2], atol=0.05)
    triangle = np.maximum(0, 1 - np.abs(TIMES_S) / 0.05).astype(np.float32)[None, None]
    inked = (ink(triangle, config)[0] * (np.arange(config.size) < 60)[:, None]).sum(axis=0)
    assert (inked * (np.arange(config.size) + 0.5)).sum() / inked.sum() == pytest.approx(0.35 / 0.8 * 128, abs=0.3)


@settings(deadline=None, max_examples=30)
@given(beats, st.sampled_from([config for config in CONFIGS if config.leads == "both"]))
def test_a_lead_leaves_no_ink_in_the_panel_of_the_other(signals: npt.NDArray[np.float32], config: ImageConfig) -> None:
    drawn = draw_beats(signals, TIMES_S, config)
    half = config.size // 2
    other = signals.copy()
    other[:, 1] = 0
    assert np.array_equal(draw_beats(other, TIMES_S, config)[:, :half], drawn[:, :half])
    other = signals.copy()
    other[:, 0] = 0
    assert np.array_equal(draw_beats(other, TIMES_S, config)[:, half:], drawn[:, half:])


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_what_leaves_the_range_is_drawn_whole_along_the_edge(config: ImageConfig) -> None:
    panels = 2 if config.leads == "both" else 1
    for inside, outside, edge in ((TOP_MV, 40.0, 0), (BOTTOM_MV, -40.0, -1)):
        drawn = draw_beats(level(outside), TIMES_S, config)
        assert np.array_equal(drawn, draw_beats(level(inside), TIMES_S, config))
        panel = drawn.reshape(panels, -1, *drawn.shape[2:])
        assert (panel[:, edge] <= 40).all()


def test_each_choice_of_leads_draws_those_leads() -> None:
    signals = np.concatenate([level(1.0, 1), level(-1.0, 1)], axis=1)
    for leads, swapped in (("first", "second"), ("second", "first")):
        one = draw_beats(signals, TIMES_S, ImageConfig(leads=leads))  # type: ignore[arg-type]
        assert np.array_equal(one, draw_beats(signals[:, ::-1], TIMES_S, ImageConfig(leads=swapped)))  # type: ignore[arg-type]
    assert height_px(ink(signals, ImageConfig(leads="first")))[0, 0] < 32 < height_px(ink(signals, ImageConfig()))[0, 0]


def test_paper_has_lines_through_the_r_peak_and_0_mv_and_a_dark_trace_on_pink() -> None:
    config = ImageConfig(128, "paper", "first")
    drawn = draw_beats(level(0), TIMES_S, config)[0].astype(int)
    redness = drawn[..., 0] - drawn[..., 2]
    above = redness[:10]
    columns = np.flatnonzero(above.min(axis=0) > 20)
    assert {round((column + 0.5) / 32 - 1.75) for column in columns} == {-1, 0, 1, 2}  # boxes of 0.2 s from the peak
    rows = np.flatnonzero(redness[:, 5] > 30)
    expected = TOP_MV * config.px_per_mv - 0.5 * config.px_per_mv * np.arange(1, 6)
    assert all(np.abs(rows + 0.5 - at).min() < 1 for at in expected)
    zero = round(TOP_MV * config.px_per_mv)
    assert drawn[zero].max() < 60
    assert drawn[zero + 8 : zero + 10, 5].min() > 200


def test_low_boxes_are_drawn_every_mv() -> None:
    drawn = draw_beats(level(-40), TIMES_S, ImageConfig(64, "paper"))[0].astype(int)
    profile = (drawn[:32, 5, 0] - drawn[:32, 5, 2])[:28]
    peaks = np.flatnonzero((profile[1:-1] > profile[:-2]) & (profile[1:-1] >= profile[2:])) + 1
    assert np.diff(peaks) == pytest.approx(32 / 5.5, abs=1)


def test_a_real_shape_keeps_its_place_on_the_scale(simulated_beats: BeatSet) -> None:
    signals = simulated_beats.signals[:200]
    config = ImageConfig(128, leads="first")
    drawn = ink(signals, config)
    top = (drawn.max(axis=2) >= VISIBLE).argmax(axis=1)
    expected = (TOP_MV - signals[:, 0].max(axis=1).clip(max=TOP_MV)) * config.px_per_mv
    assert np.abs(top - (expected - images.STROKE_PX).clip(min=0)).max() <= 1.5


def test_beats_that_cannot_be_drawn_are_refused() -> None:
    for value in (np.nan, np.inf):
        signals = np.repeat(level(0), 300, axis=0)
        signals[290, 1, 7] = value
        with pytest.raises(DataError) as caught:
            draw_beats(signals, TIMES_S, ImageConfig())
        assert str(caught.value) == "Beat 290 holds a value that is not a finite number: it cannot be drawn."
    with pytest.raises(DataError) as caught:
        draw_beats(level(0, n_leads=1), TIMES_S, ImageConfig())
    assert str(caught.value) == "Images of both leads need beats of two leads, these have 1. Choose the first lead."
    with pytest.raises(DataError) as caught:
        draw_beats(level(0, n_leads=1), TIMES_S, ImageConfig(leads="second"))
    assert str(caught.value) == "Images of second lead need beats of two leads, these have 1. Choose the first lead."
    with pytest.raises(ValueError, match="expected"):
        draw_beats(level(0)[:, :, 1:], TIMES_S, ImageConfig())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 96}, "Beat images of 96 px: the size is 64 or 128."),
        ({"size": 64.0}, "Beat images of 64.0 px: the size is 64 or 128."),
        ({"size": "64"}, "Beat images of '64' px: the size is 64 or 128."),
        ({"ground": "green"}, "Beat images on the ground 'green': it is plain or paper."),
        ({"leads": "third"}, "Beat images of the leads 'third': choose both, first or second."),
        ({"form": "film"}, "Beat images of the form 'film': choose beat, usual, context."),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(DataError) as caught:
        ImageConfig.from_json({**ImageConfig().to_json(), **options})
    assert str(caught.value) == message


def test_options_survive_json_and_every_one_of_them_is_in_the_hash() -> None:
    assert len({config.hash for config in CONFIGS}) == len(CONFIGS)
    for config in CONFIGS:
        assert ImageConfig.from_json(config.to_json()) == config
        assert len(config.hash) == 16
    with pytest.raises(DataError) as caught:
        ImageConfig.from_json({"size": 64, "colour": "red"})
    assert str(caught.value) == "Options of beat images are form, ground, leads, size; found colour, size."


def test_options_from_before_there_were_forms_mean_the_beat_alone_and_have_the_hash_they_had() -> None:
    before = {"size": 64, "ground": "plain", "leads": "both"}
    assert ImageConfig.from_json(before) == ImageConfig(form="beat")
    assert ImageConfig().hash == "031198e094499f0a"
    assert len({ImageConfig(form=form).hash for form in FORMS}) == len(FORMS)


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("leads", ["both", "first", "second"])
def test_panels_lie_one_below_the_other_and_only_the_form_with_bars_leaves_room_for_them(size: int, leads: str) -> None:
    for form in FORMS:
        panels = ImageConfig(size, leads=leads, form=form).panels  # type: ignore[arg-type]
        assert len(panels) == (2 if leads == "both" else 1)
        assert panels[0].top == 0
        assert all(one.bottom == below.top for one, below in itertools.pairwise(panels))
        assert panels[-1].bottom == (3 * size // 4 if form == "context" else size)
        assert [panel.rows for panel in panels] == [slice(panel.top, panel.bottom) for panel in panels]


@pytest.mark.parametrize("ground", ["plain", "paper"])
def test_a_png_gives_back_the_pixels_and_the_text(ground: str) -> None:
    image = draw_beats(level(1), TIMES_S, ImageConfig(ground=ground))[0]  # type: ignore[arg-type]
    text = {"Title": "SYNTHETIC", "Description": "class V, 1 \N{MICRO SIGN}V, \N{GREEK SMALL LETTER MU}"}
    content = png_bytes(image, text)
    assert content == png_bytes(image, text)
    assert b"tEXtTitle\0SYNTHETIC" in content
    with Image.open(io.BytesIO(content)) as read:
        assert np.array_equal(np.asarray(read), image)
        assert read.info == text


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("size", [64, 128])
def test_a_burnt_word_lies_below_the_image_whole_and_leaves_it_untouched(size: int, channels: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (size, size, *channels)).astype(np.uint8)
    marked = burn(image, "Synthetic")
    strip_px = {64: 9, 128: 18}[size]
    assert (marked.shape, marked.dtype.name) == ((size + strip_px, size, *channels), "uint8")
    assert np.array_equal(marked[:size], image)
    strip = marked[size:].reshape(strip_px, size, -1)[..., 0]
    assert not np.concatenate([strip[0], strip[-1], strip[:, 0], strip[:, -1]]).any()
    scale = size // 64
    rows, columns = np.flatnonzero(strip.any(axis=1)), np.flatnonzero(strip.any(axis=0))
    letters = strip[rows[0] : rows[-1] + 1 : scale, columns[0] : columns[-1] + 1 : scale]
    assert ["".join("#" if bit else " " for bit in line).rstrip() for line in letters] == SYNTHETIC_LETTERS


def test_an_image_narrower_than_the_word_gets_a_wider_canvas_and_a_wide_one_larger_letters() -> None:
    image = np.zeros((40, 20), np.uint8)
    marked = burn(image, "SIMULATED BEAT")
    assert marked.shape == (49, 85)
    assert np.array_equal(marked[:40, 32:52], image)
    assert (marked[:40, :32] == 255).all()
    assert burn(np.zeros((1000, 900, 3), np.uint8), "SYNTHETIC").shape == (1028, 900, 3)
    wide = burn(np.zeros((100, 900), np.uint8), "SYNTHETIC", height=52)[100:]
    assert np.count_nonzero(wide.any(axis=1)) == 50


def test_every_glyph_is_five_by_five_and_different() -> None:
    assert len(set(images.GLYPHS.values())) == 27
    for glyph in images.GLYPHS.values():
        assert [len(row) for row in glyph.split()] == [5] * 5
        assert set(glyph) <= set("01 ")


@pytest.mark.parametrize(("word", "height"), [("", 9), (" ", 9), ("N=3", 9), ("V", 6)])
def test_a_word_that_cannot_be_written_is_refused(word: str, height: int) -> None:
    with pytest.raises(ValueError, match="expected letters A to Z and spaces, and at least 7 px"):
        burn(np.zeros((64, 64), np.uint8), word, height)


def test_a_sheet_holds_every_image_in_reading_order() -> None:
    some = np.arange(7, dtype=np.uint8)[:, None, None] * np.ones((1, 10, 8), np.uint8)
    found = sheet(some, 3)
    assert found.shape == (34, 28)
    assert [found[12 * (k // 3), 10 * (k % 3)] for k in range(7)] == list(range(7))
    assert (found[10:12] == images.GAP_GREY).all()
    assert (found[24:, 10:] == images.GAP_GREY).all()
    assert sheet(np.zeros((2, 10, 8, 3), np.uint8), 5, gap=0).shape == (10, 16, 3)
    for nothing, columns in ((some[:0], 3), (some, 0)):
        with pytest.raises(ValueError, match="nothing to show"):
            sheet(nothing, columns)
