"""What the tables under a strip hold: facts of the recording, rhythm episodes, beats in the window."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecg_core.beats.classes import CLASSES
from ecg_core.beats.detection import unreadable_s
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.clock import clock
from ecg_core.data.labels import LabelLayer
from ecg_core.data.rhythm import Rhythm
from ecg_core.text import percent
from ecg_core.ui.records.view import View

MIN_BEATS_FOR_RATE = 3
FLUTTER_WAVE = "!"  # RR intervals across a flutter say nothing about the rate
NO_LABEL = "–"
AF_BY_RR = "AF by RR"


@dataclass(frozen=True)
class Rows:
    """A table each row of which stands for a place in the recording."""

    table: pd.DataFrame
    samples: list[int]
    """Sample each row stands for."""
    caption: str


def facts(labelled: LabelledRecord) -> dict[str, str]:
    """Duration, sampling, leads, gain, where the labels come from, beats by class: name -> text."""
    record, beats, layer = labelled.record, labelled.beats, labelled.layer
    calibrated = record.calibrated or (True,) * len(record.leads)
    gains = sorted({f"{gain:g}" for gain, known in zip(record.gain, calibrated, strict=True) if known})
    rows = {
        "Duration": f"{clock(record.duration_s)} ({record.n_samples:,} samples)",
        "Sampling": f"{record.fs:g} Hz",
        "Leads": ", ".join(record.leads),
        "Gain": f"{', '.join(gains)} ADC units per mV" if gains else "uncalibrated",
        "Labels": f"{layer.name}, {layer.made_by}" if len(layer) else "none",
    }
    if layer.is_detected:
        rows["Beats"] = f"{len(beats):,}, detected"
        rows["Unreadable"] = f"{unreadable_s(layer, record.fs, record.n_samples):,.0f} s"
        return rows
    for name in CLASSES:
        if count := len(beats.samples_of(name)):
            rows[f"{name} beats"] = f"{count:,} ({percent(count / len(beats))})"
    return rows


def episodes(labelled: LabelledRecord, by_rr: tuple[Rhythm, ...] = ()) -> Rows:
    """Rhythm episodes in time order, annotated ones and fibrillation by RR intervals: From, Rhythm, Lasts (s)."""
    fs = labelled.record.fs
    named = [(one, one.plain_name) for one in labelled.rhythms] + [(one, AF_BY_RR) for one in by_rr]
    named.sort(key=lambda pair: pair[0].start_sample)
    found = [episode for episode, _ in named]
    table = pd.DataFrame(
        {
            "From": [clock(episode.start_sample / fs) for episode in found],
            "Rhythm": [name for _, name in named],
            "Lasts (s)": [round((episode.stop_sample - episode.start_sample) / fs, 1) for episode in found],
        }
    )
    caption = f"{len(found)} episode{'' if len(found) == 1 else 's'}. Choose one to go there."
    caption += f" {AF_BY_RR}: atrial fibrillation found here." if by_rr else ""
    return Rows(table, [episode.start_sample for episode in found], caption)


def beats_in_window(view: View, predictions: LabelLayer | None = None) -> Rows:
    """Beats in the window: Time, Beat, Class, Model (with predictions), RR (ms)."""
    beats, fs = view.labelled.beats, view.record.fs
    rows = slice(view.rows.start, view.rows.stop)
    samples = beats.r_sample[rows].tolist()
    rr_s = beats.rr_pre_s[rows]
    columns = {"Time": [clock(sample / fs, 2) for sample in samples]}
    if not view.labelled.layer.is_detected:
        columns |= {"Beat": beats.symbol[rows].tolist(), "Class": beats.beat_class[rows].tolist()}
    if predictions is not None:
        columns["Model"] = _labels_at(predictions, samples)
    table = pd.DataFrame(columns | {"RR (ms)": (rr_s * 1000).round()})
    caption = (
        f"{len(samples)} beat{'' if len(samples) == 1 else 's'}{_rate(view, rr_s)}. RR is the interval before a beat."
    )
    if predictions is not None:
        caption += " Model: the class predicted."
    return Rows(table, samples, f"{caption} Choose one to mark it.")


def _rate(view: View, rr_s: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> str:
    """Mean rate, where enough beats say it and no flutter lies between them."""
    labels = view.labelled.layer.annotations
    first, last = np.searchsorted(labels.sample, [view.start_s * view.record.fs, view.stop_s * view.record.fs])
    if len(rr_s) < MIN_BEATS_FOR_RATE or FLUTTER_WAVE in labels.symbol[first:last]:
        return ""
    return f", mean rate {60 / np.nanmean(rr_s):.0f} / min"


def _labels_at(layer: LabelLayer, samples: list[int]) -> list[str]:
    """Label a layer gives the beat at each sample; a dash where it gives none."""
    labels = layer.annotations
    by_sample = {
        int(sample): aux or str(symbol)
        for sample, symbol, aux in zip(labels.sample, labels.symbol, labels.aux, strict=True)
    }
    return [by_sample.get(sample, NO_LABEL) for sample in samples]
