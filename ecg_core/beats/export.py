"""Synthetic beats as files for other programs: NPZ, CSV, a WFDB record, images. Each of them says SYNTHETIC.

A training set of recorded and synthetic beats leaves as NPZ or CSV, every beat flagged.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.classes import CLASSES, USUAL_SYMBOL
from ecg_core.beats.images import Pixels, burn, png_bytes, sheet
from ecg_core.beats.rr import RR_RANGE_S
from ecg_core.beats.synthetic import RHYTHM, SYNTHETIC, AugmentedBeats, SyntheticBeats
from ecg_core.data import catalogue
from ecg_core.data.header import NAME_PATTERN
from ecg_core.data.image_folder import FORM_KEY
from ecg_core.data.reader import ANNOTATOR
from ecg_core.errors import DataError
from ecg_core.files import why, write_bytes
from ecg_core.text import RESEARCH_USE

DECIMALS = 4  # of a CSV: 0.1 uV and 0.1 ms, below what any of these recordings resolves
GAIN, ADC_MAX = 200, 32767  # WFDB: ADC units per mV as MIT-BIH; -32768 would mean a missing sample
JOINT_S = 0.05  # least time between two beats of a WFDB record, so that no step lies between them
MARGIN_S = 0.5  # before the first beat and after the last, from and to 0 mV
SHEET_OF_EACH, SHEET_COLUMNS = 16, 8
NOTE = '"'  # WFDB symbol of a comment

Beats = SyntheticBeats | AugmentedBeats


def metadata(beats: Beats, about: Mapping[str, Any]) -> dict[str, Any]:
    """What every export says about its beats; `about` adds to it and cannot take anything back."""
    made = _made(beats)
    recorded = {}
    if isinstance(beats, AugmentedBeats):
        recorded = {"n_recorded": len(beats.real), "simulated": beats.real.simulated}
    return {
        **about,
        SYNTHETIC: True,
        "n_synthetic": len(made),
        "rejected": made.rejected,
        **recorded,
        "made_by": made.made_by,
        "trained_on": list(made.trained_on),
        "rhythm": list(RHYTHM),
        "fs": made.config.fs,
        "units": "mV",
        "preprocessing_hash": made.config.hash,
        "note": RESEARCH_USE,
        **_attribution(made.trained_on),
    }


def npz_bytes(beats: Beats, about: Mapping[str, Any]) -> bytes:
    """Beats as a compressed NPZ that opens without unpickling anything.

    signals_mv (n, n_leads, n_points) float32; rhythm (n, 4) float32, s and ratios; beat_class (n,) str; synthetic
    (n,) bool; record (n,) str, `synthetic` for those; excluded (n,) str, why a recorded beat is unfit for use, or
    empty; times_s (n_points,) relative to the R peak; metadata, a JSON text.
    """
    _check(beats)
    table = beats.table
    file = io.BytesIO()
    np.savez_compressed(
        file,
        signals_mv=beats.signals,
        rhythm=table[list(RHYTHM)].to_numpy(np.float32),
        beat_class=table["beat_class"].to_numpy(dtype=str),
        synthetic=table["synthetic"].to_numpy(dtype=bool),
        record=table["record"].to_numpy(dtype=str),
        excluded=table["excluded"].to_numpy(dtype=str),
        times_s=_made(beats).config.times_s,
        metadata=np.array(json.dumps(metadata(beats, about), allow_nan=False)),
    )
    return file.getvalue()


def csv_bytes(beats: Beats, about: Mapping[str, Any], lead_names: Sequence[str] = ()) -> bytes:
    """Beats as CSV, one row a beat.

    Columns: synthetic (the word, or empty for a recorded beat), beat (number from 1), record and excluded as in
    `npz_bytes`, beat_class, the columns of `RHYTHM`, about (in words), then `<lead>_<ms>` in mV, where ms is relative
    to the R peak. Leads are called lead1, lead2 unless `lead_names` says better.
    """
    _check(beats)
    table, n_leads = beats.table, beats.signals.shape[1]
    leads = _checked_leads(lead_names or [f"lead{k + 1}" for k in range(n_leads)], n_leads)
    flag = table["synthetic"].to_numpy(dtype=bool)
    points = [f"{lead}_{1000 * time_s:.1f}" for lead in leads for time_s in _made(beats).config.times_s]
    head = table[["record", "excluded", "beat_class", *RHYTHM]].reset_index(drop=True)
    head.insert(0, "synthetic", np.where(flag, SYNTHETIC, ""))
    head.insert(1, "beat", np.arange(1, len(head) + 1))
    head["about"] = np.where(flag, " ".join(_in_words(beats, about)), _recorded(beats))
    number = f"%.{DECIMALS}f"
    one_row = "," + ",".join([number] * len(points))  # several times as fast as pandas
    lines = [pd.DataFrame(columns=[*head, *points]).to_csv(index=False, lineterminator="\n").rstrip("\n")]
    left = head.to_csv(index=False, header=False, float_format=number, lineterminator="\n").split("\n")[:-1]
    for text, mv in zip(left, beats.signals.reshape(len(head), -1), strict=True):
        lines.append(text + one_row % tuple(mv.tolist()))
    return ("\n".join(lines) + "\n").encode()


def write_wfdb(
    folder: Path, name: str, beats: SyntheticBeats, lead_names: Sequence[str], about: Mapping[str, Any]
) -> list[Path]:
    """Write the beats one after the other as record `name` in `folder`: `.dat`, `.atr` and `.hea`, in this order.

    Each beat is annotated at its R peak. It comes its own RR interval after the one before, but never so early that
    the two would overlap; straight lines join them. Samples are 16 bit, 200 a mV, at the sampling frequency of the
    preparation. A reader may put MLII first among the leads.

    Raises DataError, and leaves nothing behind, if a file of that name exists, the folder cannot be written, or the
    name, the leads or the beats cannot be those of a record.
    """
    files = _wfdb_files(name, beats, lead_names, about)
    there = [file for file in files if (folder / file).exists()]
    if there:
        raise DataError(f"{there[0]} exists in {folder}: choose another record name, nothing was written.")
    written: list[Path] = []
    try:
        for file, content in files.items():
            write_bytes(folder / file, content)
            written.append(folder / file)
    except BaseException as error:
        for path in written:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DataError(f"Record {name} cannot be written to {folder}: {why(error)}.") from None
        raise
    return written


def wfdb_zip_bytes(name: str, beats: SyntheticBeats, lead_names: Sequence[str], about: Mapping[str, Any]) -> bytes:
    """The files of `write_wfdb` in a zip."""
    return _zipped(_wfdb_files(name, beats, lead_names, about).items())


def png_zip_bytes(images: Pixels, labels: Sequence[str], about: Mapping[str, Any], form: str = "") -> bytes:
    """Synthetic beat images as PNG files in a zip, in a folder for each class: the zip unpacks to an image folder.

    Below every picture stands SYNTHETIC, in its pixels; name and metadata say so too. A contact sheet shows the first
    16 of each class.

    Parameters
    ----------
    images : (n, h, w) grey or (n, h, w, 3) RGB uint8
    labels : (n,) class of each, an AAMI class or a sub-folder of an image folder
    about : goes into the metadata of every picture
    form : what the pictures show (`images.FORMS`), by which a classifier knows what it looks at; empty: not known

    Raises DataError if there is no image or a label cannot be the name of a folder.
    """
    if not len(images):
        raise DataError("There is no synthetic image to export. Make some first.")
    if len(labels) != len(images):
        raise ValueError(f"{len(images)} images and {len(labels)} labels do not belong together")
    for label in dict.fromkeys(labels):
        if not label.strip(". ") or label.startswith(".") or any(sign in label for sign in '/\\:*?"<>|\0'):
            raise DataError(f"{label[:80]!r} cannot be the name of a folder of images: rename the class.")
    text = {
        SYNTHETIC: "Made by a generator, not recorded from any patient.",
        "note": RESEARCH_USE,
        "about": json.dumps(dict(about), allow_nan=False),
        **({FORM_KEY: form} if form else {}),
        **_attribution(str(about.get("trained_on", "")).split(), str(about.get("data", ""))),
    }
    return _zipped(_png_files(images, [str(label) for label in labels], text))


def _png_files(images: Pixels, labels: Sequence[str], text: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """File name and content of each picture and of the contact sheet."""
    order = [*CLASSES, *sorted(set(labels) - set(CLASSES))]
    counts = dict.fromkeys(order, 0)
    shown: list[tuple[str, Pixels]] = []
    for image, label in zip(images, labels, strict=True):
        counts[label] += 1
        burnt = burn(image, SYNTHETIC)
        if counts[label] <= SHEET_OF_EACH:
            shown.append((label, burnt))
        yield f"{label}/{label}_{SYNTHETIC}_{counts[label]:05d}.png", png_bytes(burnt, {**text, "beat_class": label})
    shown.sort(key=lambda one: order.index(one[0]))
    whole = sheet(np.stack([image for _, image in shown]), SHEET_COLUMNS)
    yield f"{SYNTHETIC}_contact_sheet.png", png_bytes(burn(whole, SYNTHETIC), text)


def _wfdb_files(
    name: str, beats: SyntheticBeats, lead_names: Sequence[str], about: Mapping[str, Any]
) -> dict[str, bytes]:
    """File name -> content. The header comes last: without it nobody takes the others for a record."""
    from wfdb import wrann, wrsamp

    if not NAME_PATTERN.fullmatch(name):
        raise DataError(
            f"{name[:80]!r} cannot be a record's name: use letters, digits, '_' and '-' only, at most 64 of them."
        )
    _check(beats)
    leads = _checked_leads(lead_names, beats.signals.shape[1])
    mv, r_sample = one_after_the_other(beats)
    adc = np.rint(mv * GAIN)
    if np.abs(adc).max() > ADC_MAX:
        highest = np.abs(mv).max()
        raise DataError(f"A synthetic beat reaches {highest:.0f} mV, a record holds at most {ADC_MAX // GAIN} mV.")
    words = _in_words(beats, about)
    symbols = [USUAL_SYMBOL[str(beat_class)] for beat_class in beats.beat_class]
    with tempfile.TemporaryDirectory() as place:
        wrsamp(
            name,
            fs=beats.config.fs,
            units=["mV"] * len(leads),
            sig_name=list(leads),
            d_signal=adc.astype(np.int64),
            fmt=["16"] * len(leads),
            adc_gain=[GAIN] * len(leads),
            baseline=[0] * len(leads),
            comments=words,
            write_dir=place,
        )
        notes = [words[0], *[""] * len(symbols)]
        wrann(name, ANNOTATOR, np.append(0, r_sample), [NOTE, *symbols], aux_note=notes, write_dir=place)
        return {
            f"{name}.{suffix}": (Path(place) / f"{name}.{suffix}").read_bytes() for suffix in ("dat", ANNOTATOR, "hea")
        }


def one_after_the_other(beats: SyntheticBeats) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """One signal of all beats, (n_samples, n_leads) mV, and where their R peaks are, (n,) samples."""
    fs, n_points = beats.config.fs, beats.signals.shape[2]
    margin, before, joint = round(MARGIN_S * fs), round(beats.config.before_s * fs), max(1, round(JOINT_S * fs))
    closest = n_points + joint
    own_s = np.nan_to_num(beats.rhythm[1:, RHYTHM.index("rr_pre_s")].astype(np.float64), nan=0.0)
    apart = np.maximum(np.rint(np.clip(own_s, 0, RR_RANGE_S[1]) * fs), closest).astype(np.int64)
    start = margin + np.concatenate([[0], np.cumsum(apart)])  # (n,) first sample of each beat
    n_samples = int(start[-1]) + n_points + margin
    known = np.concatenate([[0], (start[:, None] + np.arange(n_points)).ravel(), [n_samples - 1]])
    mv = np.empty((n_samples, beats.signals.shape[1]))
    for lead, values in enumerate(beats.signals.transpose(1, 0, 2)):  # values: (n, n_points)
        mv[:, lead] = np.interp(np.arange(n_samples), known, np.concatenate([[0.0], values.ravel(), [0.0]]))
    return mv, start + before


def _made(beats: Beats) -> SyntheticBeats:
    return beats if isinstance(beats, SyntheticBeats) else beats.synthetic


def _recorded(beats: Beats) -> str:
    simulated = isinstance(beats, AugmentedBeats) and beats.real.simulated
    return f"{'SIMULATED' if simulated else 'Recorded'} beat. {RESEARCH_USE}"


def _attribution(trained_on: Sequence[str], data: str = "") -> dict[str, str]:
    """Whose recordings what is exported was made from, where their licence asks for it."""
    ours = catalogue.are_published(trained_on) or data.startswith("MIT-BIH, ")
    return {"attribution": catalogue.ATTRIBUTION} if ours else {}


def _in_words(beats: Beats, about: Mapping[str, Any]) -> list[str]:
    """What an export says about its synthetic beats, in lines of printable text."""
    made = _made(beats)
    lines = [
        f"{SYNTHETIC} beats, not recorded from any patient. {RESEARCH_USE}",
        f"made_by: {made.made_by}",
        f"trained_on: {' '.join(made.trained_on)}",
        *([f"rejected: {made.rejected} made and not kept"] if made.rejected else []),
        *(f"{name}: {text}" for name, text in _attribution(made.trained_on).items()),
    ]
    for key in sorted(about.keys() - {SYNTHETIC, "made_by", "trained_on", "rejected"}):
        lines.append(f"{key}: {about[key] if isinstance(about[key], str) else json.dumps(about[key])}")
    return ["".join(c if c.isprintable() else " " for c in line).strip() for line in lines]


def _check(beats: Beats) -> None:
    made = _made(beats)
    if not len(made):
        raise DataError("There is no synthetic beat to export. Make some first.")
    broken = int((~np.isfinite(made.signals)).any(axis=(1, 2)).sum())
    if broken:
        raise DataError(f"{broken} of {len(made)} synthetic beats hold values that are not numbers: not exported.")


def _checked_leads(names: Sequence[str], n_leads: int) -> tuple[str, ...]:
    """The names of the leads, if there are enough, all different, and none would break a header or a table."""
    plain = [name for name in names if name[:1].isalnum() and name.isprintable() and name == " ".join(name.split())]
    if len(names) != n_leads or len(plain) != n_leads or len(set(plain)) != n_leads:
        raise DataError(
            f"{', '.join(map(repr, names)) or 'Nothing'} cannot be the names of {n_leads} "
            f"lead{'s' * (n_leads != 1)}: each needs one of its own that begins with a letter or a digit."
        )
    return tuple(names)


def _zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of named contents; the same contents give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in files:
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return content.getvalue()
