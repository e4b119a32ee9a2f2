"""ECG images an image GAN makes, beside images drawn from recorded beats in the same way."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.export import png_zip_bytes
from ecg_core.beats.images import ImageConfig, burn, draw_beats, sheet
from ecg_core.beats.synthetic import SYNTHETIC
from ecg_core.data.clock import clock
from ecg_core.data.sources import DataSource
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.ui import page
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.data import drawn_rows, recorded, sampled_images

Pixels = npt.NDArray[np.uint8]
SHOWN, COLUMNS = 12, 4
ENLARGED_PX = 128
CHOSEN = "synthesis.image_gan"


def images_part(source: DataSource, values: Query, models: Sequence[Model], n: int, seed: int) -> None:
    """Synthetic images beside drawn ones in two grids, and their export."""
    model = _choice(values, models)
    side_by_side(source, model, n, seed)
    _export(model, ImageGanOptions.from_json(model.card.options), n, seed)


def side_by_side(source: DataSource, model: Model, n: int, seed: int) -> None:
    """Images drawn from the beats a GAN was trained on in one grid, as far as they are there, its own in another."""
    options = ImageGanOptions.from_json(model.card.options)
    beats, reason = recorded(source, model.card)
    if reason:
        st.info(page.literal(reason), icon=":material/info:")
    made = sampled_images(model, min(n, SHOWN), seed)
    left, right = st.columns(2, gap="medium")
    if beats is not None:
        rows = drawn_rows(beats, options.label, SHOWN, seed)
        config = ImageConfig(options.size, options.ground, options.leads)
        drawn = draw_beats(np.asarray(beats.signals[rows]), beats.config.times_s, config)
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
        if n > len(made):
            st.caption(f"The first {len(made)} of {n:,} are shown; the export holds the other {n - len(made):,} too.")


def _choice(values: Query, models: Sequence[Model]) -> Model:
    by_id = {model.id: model for model in models}
    same = [model for model in models if model.class_label == values["class"]]
    model = by_id.get(values["run"]) or by_id.get(str(st.session_state.get(CHOSEN))) or [*same, *models][0]
    if len(models) > 1:
        st.session_state[f"{CHOSEN}.widget"] = model.id
        st.selectbox("Image GAN", list(by_id), format_func=lambda key: by_id[key].label, key=f"{CHOSEN}.widget",
                     on_change=_take, args=(values,))  # fmt: skip
    else:
        st.caption(page.literal(model.label))
    return model


def _take(values: Query) -> None:
    values["run"] = st.session_state[CHOSEN] = st.session_state[f"{CHOSEN}.widget"]


def _grid(images: Pixels) -> Pixels:
    """Pictures side by side, each at least 128 px high without being blurred."""
    times = max(1, ENLARGED_PX // images.shape[1])
    return sheet(images.repeat(times, axis=1).repeat(times, axis=2), COLUMNS, gap=4)


def _export(model: Model, options: ImageGanOptions, n: int, seed: int) -> None:
    data = model.card.data
    about = {"made_by": f"{model.id}, seed {seed}", "data": data.label, "trained_on": " ".join(model.card.split.train)}
    simulated = "SIMULATED_" if data.simulated else ""

    def content() -> bytes:
        return png_zip_bytes(sampled_images(model, n, seed), [options.label] * n, about)

    st.download_button(
        "PNG (zip)",
        content,
        f"{SYNTHETIC}_{simulated}{options.label}_{n}_images_seed{seed}.zip",
        "application/zip",
        on_click="ignore",
        icon=":material/download:",
        key="sample.images",
    )
    seconds = n * 0.006 * (options.size / 64) ** 2
    wait = f" Making {n:,} takes about {seconds:.0f} s." if seconds > 5 else ""
    st.caption(f"{n:,} images, {SYNTHETIC} in the pixels of each.{wait}")
