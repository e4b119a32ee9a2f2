"""ECG images an image GAN makes, beside images drawn from recorded beats in the same way."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.export import png_zip_bytes
from ecg_core.beats.image_forms import LEGEND, draw_rows
from ecg_core.beats.images import SIZES, burn, sheet
from ecg_core.beats.synthetic import SYNTHETIC
from ecg_core.data.clock import clock
from ecg_core.data.sources import DataSource
from ecg_core.tasks.gan.image_gan import ImageGan, PixelGan
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.image_form import model_form
from ecg_core.ui import page
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis import nearest
from ecg_core.ui.synthesis.data import drawn_rows, image_gan, recorded, sampled_images, why_no_recorded

Pixels = npt.NDArray[np.uint8]
SHOWN, COLUMNS = 12, 4
ENLARGED_PX = 128
PIXEL_BY_PIXEL_S, DRAWN_S = 0.006, 1 / 3000
"""What an image of 64 px takes to make, by a network that makes pixels and by one that leads a pen."""
CHOSEN = "synthesis.image_gan"


def images_part(source: DataSource, values: Query, models: Sequence[Model], n: int, seed: int) -> None:
    """Synthetic images beside drawn ones in two grids, and their export."""
    model = _choice(values, models)
    gan = image_gan(model)
    pairs = not why_no_recorded(source, model.card) and st.toggle(
        "Nearest recorded image under each", key="sample.image_pairs", help=nearest.HELP
    )
    side_by_side(source, model, n, seed, pairs)
    _export(model, gan, n, seed)


def side_by_side(source: DataSource, model: Model, n: int, seed: int, pairs: bool = False) -> None:
    """Images drawn from the beats a GAN was trained on in one grid, as far as they are there, its own in another; or,
    in `pairs`, each of its own over the recorded one it is nearest to."""
    options = image_gan(model).options
    beats, reason = recorded(source, model.card)
    if reason:
        st.info(page.literal(reason), icon=":material/info:")
    made = sampled_images(model, min(n, SHOWN), seed)
    if beats is not None and pairs:
        _pairs(beats, options, made)
    else:
        _grids(beats, options, made, seed)
    if n > len(made):
        st.caption(f"The first {len(made)} of {n:,} are shown; the export holds the other {n - len(made):,} too.")


def _pairs(beats: BeatSet, options: ImageGanOptions, made: Pixels) -> None:
    """Each synthetic image over the recorded one it is nearest to."""
    found = nearest.nearest_images(beats, options.label, options.drawing, made)
    rows = np.array([one.row for one in found], np.int64)
    word = "SIMULATED" if beats.simulated else "RECORDED"
    drawn = draw_rows(beats, rows, options.drawing)
    above, under = ([burn(_enlarged(one), said) for one in some] for some, said in ((made, SYNTHETIC), (drawn, word)))
    with st.container(horizontal=True, gap="small"):  # as many beside each other as there is room for
        for one, top, bottom in zip(found, above, under, strict=True):
            st.image(np.concatenate([top, bottom]), f"{one.place}, {one.rms:.1f}",
                     alt=f"A synthetic image over the image of {one.place}")  # fmt: skip
    near = nearest.near_images(beats, options.label, options.drawing)
    st.caption(nearest.yardstick_sentence(found, near, "shades of grey of 255", 1))


def _grids(beats: BeatSet | None, options: ImageGanOptions, made: Pixels, seed: int) -> None:
    """Images drawn from recorded beats at random, and synthetic ones beside them."""
    left, right = st.columns(2, gap="medium")
    if beats is not None:
        rows = drawn_rows(beats, options.label, SHOWN, seed)
        drawn = draw_rows(beats, rows, options.drawing)
        table = beats.table.iloc[rows]
        named = [f"{r} at {clock(t)}" for r, t in zip(table["record"], table["time_s"], strict=True)]
        with left:
            kind = "SIMULATED" if beats.simulated else "Recorded"
            st.markdown(f"**{kind}** {options.label} beats, drawn")
            word = "SIMULATED" if beats.simulated else "RECORDED"
            st.image(burn(_grid(drawn), word), width="stretch", alt=f"{len(rows)} images drawn from recorded beats")
            st.caption(f"From left to right, row by row: {', '.join(named)}.")
    with right if beats is not None else left:
        st.markdown(f"**{SYNTHETIC}** {page.literal(options.label)} images, made by a generator")
        st.image(burn(_grid(made), SYNTHETIC), width="stretch", alt=f"{len(made)} synthetic images")
    if options.drawing.form != "beat":
        st.caption(LEGEND)


def _choice(values: Query, models: Sequence[Model]) -> Model:
    by_id = {model.id: model for model in models}
    same = [model for model in models if model.class_label == values["class"]]
    model = by_id.get(values["run"]) or by_id.get(str(st.session_state.get(CHOSEN))) or [*same, *models][0]
    if len(models) > 1:
        st.session_state[f"{CHOSEN}.widget"] = model.id
        st.selectbox("Image GAN", list(by_id), format_func=lambda key: by_id[key].label, key=f"{CHOSEN}.widget",
                     index=list(by_id).index(model.id), on_change=_take, args=(values,))  # fmt: skip
    else:
        st.caption(page.literal(model.label))
    return model


def _take(values: Query) -> None:
    values["run"] = st.session_state[CHOSEN] = st.session_state[f"{CHOSEN}.widget"]


def _grid(images: Pixels) -> Pixels:
    """Pictures side by side, each at least 128 px high without being blurred."""
    return sheet(np.stack([_enlarged(image) for image in images]), COLUMNS, gap=4)


def _enlarged(image: Pixels) -> Pixels:
    times = max(1, ENLARGED_PX // image.shape[0])
    return image.repeat(times, axis=0).repeat(times, axis=1)


def _export(model: Model, gan: ImageGan, n: int, seed: int) -> None:
    data, options = model.card.data, gan.options
    about = {"made_by": f"{model.id}, seed {seed}", "data": data.label, "trained_on": " ".join(model.card.split.train)}
    simulated = "SIMULATED_" if data.simulated else ""

    def content() -> bytes:
        images = sampled_images(model, n, seed)
        return png_zip_bytes(images, [options.label] * n, about, model_form(model.card))

    st.download_button(
        "PNG (zip)",
        content,
        f"{SYNTHETIC}_{simulated}{options.label}_{n}_images_seed{seed}.zip",
        "application/zip",
        on_click="ignore",
        icon=":material/download:",
        key="sample.images",
    )
    each_s = PIXEL_BY_PIXEL_S if isinstance(gan, PixelGan) else DRAWN_S
    seconds = n * each_s * (options.size / SIZES[0]) ** 2
    wait = f" Making {n:,} takes about {seconds:.0f} s." if seconds > 5 else ""
    st.caption(f"{n:,} images, {SYNTHETIC} in the pixels of each.{wait}")
