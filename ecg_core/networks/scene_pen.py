"""Draws scenes as `beats.image_forms` does, with a slope in every number: the last layer of an image GAN."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ecg_core.beats.image_forms import (
    BAR_RANGE,
    BAR_RGB,
    FAINT,
    FAINT_ON_PAPER,
    SMALLEST_MV,
    USUAL_RGB,
    bar_place,
    bar_rows,
    paper,
    px_per_unit,
)
from ecg_core.beats.images import LEADS, RANGE, TOP_MV, TRACE_RGB, WHITE, ImageConfig, stroke_radius
from ecg_core.beats.images import paper as paper_of_beats
from ecg_core.networks.pen import Pen, bar

Parts = tuple[Tensor, Tensor, Tensor, Tensor]


class ScenePen:
    """From the numbers of scenes to images of one configuration."""

    def __init__(self, config: ImageConfig, times_s: npt.NDArray[np.float64]) -> None:
        self.config = config
        self.pen = Pen(len(times_s), config.size, config.panels[0].height, stroke_radius(config.size))
        self.ground = None
        if config.channels == 3:
            ground = paper_of_beats(times_s, config) if config.form == "beat" else paper(times_s, config)
            self.ground = torch.from_numpy(ground).permute(2, 0, 1)  # (3, size, size), 0 to 255

    def __call__(self, beats: Tensor, usual: Tensor, unit_mv: Tensor, rhythm: Tensor) -> Tensor:
        """Scenes (B, n_leads, n_points) twice, (B, n_leads) and (B, 5) to images (B, channels, size, size), -1 white to
        1 black as `image_gan.to_ink` has them."""
        if self.config.form == "beat":
            trace = torch.cat(
                [self.pen.trace((TOP_MV - beats[:, lead] * unit_mv[:, lead, None]) * self.config.px_per_mv)
                 for lead in LEADS[self.config.leads]], dim=1,
            )  # fmt: skip
            return self._composed(trace, torch.zeros_like(trace), torch.zeros_like(trace))
        return self._composed(*self._layers(beats, usual, unit_mv, rhythm))

    def _layers(self, beats: Tensor, usual: Tensor, unit_mv: Tensor, rhythm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        size, radius = self.config.size, stroke_radius(self.config.size)
        n = len(beats)
        traces, faint = [], []
        for lead, panel in zip(LEADS[self.config.leads], self.config.panels, strict=True):
            scale, height = float(px_per_unit(panel)), panel.height
            y, below = ((RANGE - x[:, lead]) * scale for x in (beats, usual))
            tall = (scale / unit_mv[:, lead].clamp(min=SMALLEST_MV)).clamp(max=height)
            mark = bar(height - tall, torch.full_like(tall, height), height)[:, :, None]
            trace = self.pen.trace(y)
            width = self.config.mark_px
            traces.append(torch.cat([torch.maximum(trace[:, :, :width], mark), trace[:, :, width:]], dim=2))
            faint.append(torch.maximum(self.pen.trace(below), self.pen.area(y, below)))
        used = self.config.panels[-1].bottom
        below_panels = torch.zeros(n, size - used, size)
        rows = [torch.zeros(n, size) for _ in range(size - used)]
        for number, place in enumerate(bar_rows(self.config)):
            start, longest, sign = bar_place(number, size)
            end = start + sign * (rhythm[:, number] / BAR_RANGE).clamp(-1, 1) * longest
            drawn = bar(torch.full_like(end, start - radius), end, size)
            for row in range(place.start, place.stop):
                rows[row - used] = drawn
        bars = torch.stack(rows, dim=1) if rows else below_panels
        return (
            torch.cat([*traces, below_panels], dim=1),
            torch.cat([*faint, below_panels], dim=1),
            torch.cat([torch.zeros(n, used, size), bars], dim=1),
        )

    def _composed(self, trace: Tensor, usual: Tensor, bars: Tensor) -> Tensor:
        if self.ground is None:
            ink = torch.maximum(torch.maximum(trace, bars), usual * FAINT)
            return (2 * ink - 1)[:, None]
        channels = []
        for channel in range(3):
            shade = self.ground[channel] + usual * FAINT_ON_PAPER * (USUAL_RGB[channel] - self.ground[channel])
            shade = shade + bars * (BAR_RGB[channel] - shade)
            channels.append(shade + trace * (TRACE_RGB[channel] - shade))
        return 1 - torch.stack(channels, dim=1) / (WHITE / 2)
