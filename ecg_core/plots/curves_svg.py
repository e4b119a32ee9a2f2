"""Loss curves of a run as SVG text that can stand in a page: nothing in it is fetched, run or left unescaped."""

import re
from collections.abc import Callable, Sequence
from io import StringIO

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ecg_core.learning.progress import EpochRow
from ecg_core.plots.curves import EVEN, GENERATOR, LABELS, MACRO_F1, is_adversarial
from ecg_core.plots.theme import LIGHT

SIZE_IN = (7.2, 2.9)
SECOND = ("validation_loss", "critic_loss")


def loss_svg(epochs: Sequence[EpochRow]) -> str:
    """Every loss over the epochs of a run (at least one), as `<svg>`; a gap wherever a new network starts."""
    gan = is_adversarial(epochs[-1])

    def draw(axes: Axes) -> None:
        for name in [name for name in LABELS if any(name in row.figures for row in epochs)]:
            x, y = _with_gaps(epochs, name)
            second = name in SECOND
            axes.plot(
                x, y, label=LABELS[name], color=LIGHT.accent if second else LIGHT.text, linewidth=1.6, markersize=3.5,
                linestyle=":" if second else "-", marker="s" if second else "o",
            )  # fmt: skip
        if gan:
            axes.axhline(EVEN, color=LIGHT.muted, linewidth=0.8, linestyle=":")
        axes.set_xlabel("Epoch" if GENERATOR in epochs[-1].figures else "Epoch, over all networks of the run")
        axes.set_ylabel("Adversarial loss" if gan else "Loss")
        axes.set_ylim(bottom=0)
        if any(name in row.figures for row in epochs for name in LABELS):
            axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)

    return _svg(draw, "loss")


def macro_f1_svg(epochs: Sequence[EpochRow]) -> str:
    """Macro-F1 on the patients left out, a line a network, as `<svg>`."""

    def draw(axes: Axes) -> None:
        stages = sorted({row.stage or 0 for row in epochs if MACRO_F1 in row.figures})
        for stage in stages:
            rows = [row for row in epochs if (row.stage or 0) == stage and MACRO_F1 in row.figures]
            newest = stage == stages[-1]
            axes.plot(
                [row.epoch for row in rows], [row.figures[MACRO_F1] for row in rows], linewidth=1.4, markersize=3,
                marker="o", color=LIGHT.accent if newest else LIGHT.muted,
            )  # fmt: skip
        axes.set_xlabel("Epoch of each network")
        axes.set_ylabel("Macro-F1")
        axes.set_ylim(0, 1)

    return _svg(draw, "macro")


def _with_gaps(epochs: Sequence[EpochRow], name: str) -> tuple[list[float], list[float]]:
    """Epochs and values of one figure, not a number between two networks."""
    x: list[float] = []
    y: list[float] = []
    for before, row in zip([None, *epochs], epochs, strict=False):
        if before and before.stage != row.stage:
            x.append(float("nan"))
            y.append(float("nan"))
        x.append(row.done)
        y.append(row.figures.get(name, float("nan")))
    return x, y


def _svg(draw: Callable[[Axes], None], salt: str) -> str:
    figure = Figure(figsize=SIZE_IN, layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=LIGHT.grid, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    draw(axes)
    text = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]  # without what only a file of its own needs
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
    return re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", svg)
