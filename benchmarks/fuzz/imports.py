"""Targets: EDF and BDF files, tables, zips: what is brought in; images and folders of them."""

import io
import os
import random
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.fuzz import oracles
from benchmarks.fuzz.judging import Case, Ready
from benchmarks.fuzz.mutations import changed, encoded, mutated_bytes, mutated_text, odd_text
from benchmarks.fuzz.recordings import HEADERS, put
from ecg_core.data import image_folder
from ecg_core.data.image_patients import image_patients
from ecg_core.data.importing.inspect import inspect, listing_at, load_candidate
from ecg_core.data.importing.inspected import Choice
from ecg_core.errors import DataError

FS = 100
_WIDTHS = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)
_CHANNEL_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)


def inspect_and_load(path: Path) -> Any:
    """As an import does: look, then load what can be loaded. Raises the first problem as DataError."""
    items = inspect(path)
    for item in items:
        if item.problem and len(items) == 1:
            raise DataError(item.problem)
    listing = listing_at(path, lambda: path.parent)
    loaded = None
    for candidate in listing.candidates:
        if candidate.kind not in ("WFDB", "zip"):
            loaded = load_candidate(candidate, Choice(rate=250.0, unit="mV"))
    return loaded


def edf(folder: Path) -> Ready:
    """EDF, EDF+ with annotations, EDF+D and BDF files of a few seconds."""
    seeds = _edf_seeds()

    def make(rng: random.Random) -> Case:
        name = rng.choice(tuple(seeds))
        return Case(name, changed(rng, lambda own: _edf_changed(own, seeds[name]), seeds[name]))

    def use(case: Case) -> None:
        path = folder / case.variant
        put(path, case.content)
        oracles.compare_edf(inspect_and_load(path), case.content)

    return Ready(make, use)


def _edf_seeds() -> dict[str, bytes]:
    wave = np.random.default_rng(0).integers(-900, 900, 3 * FS).astype(np.int16)

    def channel(kind: Any, values: Any, fs: float, **fields: Any) -> Any:
        given = {
            "label": "ECG II",
            "physical_dimension": "uV",
            "physical_range": (-10_240, 10_235),
            "digital_range": (-2048, 2047),
        }
        return kind.from_digital(values, fs, **given | fields)

    def stored(kind: Any, channels: list[Any], **fields: Any) -> bytes:
        stream = io.BytesIO()
        kind(channels, **{"data_record_duration": 1} | fields).write(stream)
        return stream.getvalue()

    plain = stored(
        edfio.Edf, [channel(edfio.EdfSignal, wave, FS), channel(edfio.EdfSignal, wave[::2].copy(), FS / 2, label="V1")]
    )
    notes = [edfio.EdfAnnotation(0.5, None, "N"), edfio.EdfAnnotation(1.5, 0.2, "(AFIB")]
    plus = stored(edfio.Edf, [channel(edfio.EdfSignal, wave, FS)], annotations=notes)
    gaps = plus[:192] + b"EDF+D".ljust(44) + plus[236:]
    wide = stored(edfio.Bdf, [channel(edfio.BdfSignal, wave.astype(np.int32), FS, digital_range=(-(2**23), 2**23 - 1))])
    return {"plain.edf": plain, "plus.edf": plus, "gaps.edf": gaps, "wide.bdf": wide}


def _edf_changed(rng: random.Random, raw: bytes) -> bytes:
    if rng.random() < 0.35:
        return mutated_bytes(rng, raw)
    out = bytearray(raw)
    n = (len(raw[:2560]) // 256) or 1
    channels = int(raw[252:256]) if raw[252:256].strip().isdigit() else n
    for _ in range(rng.randint(1, 3)):
        at = 0
        if rng.random() < 0.5:
            which = rng.randrange(len(_WIDTHS))
            at, width = sum(_WIDTHS[:which]), _WIDTHS[which]
        else:
            which, one = rng.randrange(len(_CHANNEL_WIDTHS)), rng.randrange(channels)
            width = _CHANNEL_WIDTHS[which]
            at = 256 + channels * sum(_CHANNEL_WIDTHS[:which]) + one * width
        out[at : at + width] = encoded(odd_text(rng))[:width].ljust(width)
    return bytes(out)


def table(folder: Path) -> Ready:
    """CSV, TSV, text and parquet tables."""
    rows = [f"{k / 250:.3f},{0.1 * (k % 7):.2f},{-0.2 + 0.05 * (k % 5):.3f}" for k in range(60)]
    body = "\n".join(rows)
    texts = {
        "a.csv": f"time (s),II (mV),V1 (mV)\n{body}\n",
        "b.csv": f"# fs: 250\n# SIMULATED\nII [uV];V1 [uV]\n{body.replace(',', ';').replace('.', ',')}\n",
        "c.tsv": f"Name\tJane Doe\nSample Rate\t512 hertz\n\nII\tIII\n{body.replace(',', chr(9))}\n",
        "d.csv": "'Elapsed time','MLII','V5'\n'hh:mm:ss.mmm','mV','mV'\n"
        + "\n".join(f"'0:00.{4 * k:03d}',{k % 7},{k % 5}" for k in range(60)),
        "e.txt": "\n".join(str(k % 9) for k in range(80)) + "\n",
        "f.csv": "timestamp,ecg\n"
        + "\n".join(f"2024-01-01 00:00:{k // 100:02d}.{k % 100:02d},{k % 9}" for k in range(80)),
        "g.csv": "sample #,II\n" + "\n".join(f"{k},{k % 9}" for k in range(60)) + "\nNaN,-\n",
    }
    stream = io.BytesIO()
    pd.DataFrame({"time": np.arange(60) / 250, "II (mV)": np.arange(60) % 7 / 10}).to_parquet(stream)
    parquet = stream.getvalue()

    def make(rng: random.Random) -> Case:
        name = rng.choice((*texts, *texts, "h.parquet"))
        if name == "h.parquet":
            return Case(name, changed(rng, lambda own: mutated_bytes(own, parquet), parquet))
        return Case(name, changed(rng, lambda own: mutated_text(own, texts[name]), encoded(texts[name])))

    def use(case: Case) -> None:
        path = folder / case.variant
        put(path, case.content)
        inspect_and_load(path)

    return Ready(make, use)


def archive(folder: Path) -> Ready:
    """Zips with odd names, links, lies about sizes, zips within."""
    os.environ["ECG_HOME"] = str(folder / "home")
    files = {
        "s1.hea": encoded(HEADERS["s1"]),
        "s1.dat": bytes(400),
        "a/t.csv": b"time (s),II (mV)\n0,1\n0.004,2\n0.008,1\n",
        "README": b"x",
    }

    def make(rng: random.Random) -> Case:
        stream = io.BytesIO()
        with zipfile.ZipFile(
            stream, "w", rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2))
        ) as made:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name)
                if rng.random() < 0.15:
                    entry.filename = (
                        rng.choice(
                            (
                                odd_text(rng),
                                "../" + name,
                                "/etc/" + name,
                                "a/" * 40 + name,
                                name + "/x",
                                "C:/" + name,
                                "con/" + name,
                            )
                        )
                        .encode("utf-8", "replace")
                        .decode()
                    )
                if rng.random() < 0.05:
                    entry.external_attr = rng.choice((stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR)) << 16
                odd = rng.choice((b"PK\x03\x04" + bytes(20), bytes(100_000), content * 2))
                made.writestr(entry, odd if rng.random() < 0.05 else content)
        raw = stream.getvalue()
        if rng.random() < 0.6:
            raw = mutated_bytes(rng, raw, 3)
        if rng.random() < 0.2:  # what the directory declares of an entry
            at = raw.rfind(b"PK\x01\x02")
            if at >= 0:
                place = at + rng.choice((8, 10, 16, 20, 24, 28, 38, 42))
                raw = (
                    raw[:place] + struct.pack("<I", rng.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 200))) + raw[place + 4 :]
                )
        return Case("z.zip", raw)

    def use(case: Case) -> None:
        path = folder / "z.zip"
        put(path, case.content)
        items = inspect(path)
        if len(items) == 1 and items[0].problem:
            raise DataError(items[0].problem)

    return Ready(make, use)


def image(folder: Path) -> Ready:
    """PNG and JPEG files in a folder of classes."""
    rng0 = np.random.default_rng(0)
    picture = Image.fromarray(rng0.integers(0, 255, (24, 24, 3), dtype=np.uint8))
    seeds: dict[str, bytes] = {}
    for name, mode, options in (
        ("a.png", "RGB", {}), ("b.png", "P", {}), ("c.png", "L", {}), ("d.png", "RGBA", {}), ("e.png", "I;16", {}), ("f.png", "1", {}),
        ("g.jpg", "RGB", {}), ("h.jpg", "L", {"progressive": True}), ("i.jpg", "CMYK", {}),
    ):  # fmt: skip
        stream = io.BytesIO()
        made = picture.convert("L").convert("I;16") if mode == "I;16" else picture.convert(mode)
        made.save(stream, "PNG" if name.endswith("png") else "JPEG", **options)
        seeds[name] = stream.getvalue()
    place = folder / "images"
    (place / "N").mkdir(parents=True)

    def make(rng: random.Random) -> Case:
        name = rng.choice(tuple(seeds))

        def mutation(own: random.Random) -> bytes:
            return (
                mutated_bytes(own, seeds[name])
                if own.random() < 0.4 or not name.endswith("png")
                else _chunks_changed(own, seeds[name])
            )

        return Case(name, changed(rng, mutation, seeds[name]))

    def use(case: Case) -> None:
        for old in (place / "N").iterdir():
            old.unlink()
        put(place / "N" / case.variant, case.content)
        found = image_folder.scan(place)
        image_folder.load(found, 32, False)
        image_folder.load(found, 32, True)

    return Ready(make, use)


def _chunks_changed(rng: random.Random, raw: bytes) -> bytes:
    """A PNG with a chunk changed, its checksum put right: damage that the decoder must find itself."""
    import zlib

    chunks, at = [], 8
    while at + 8 <= len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        chunks.append((raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]))
        at += size + 12
    for _ in range(rng.randint(1, 3)):
        k = rng.randrange(len(chunks))
        kind, body = chunks[k]
        match rng.randrange(6):
            case 0:
                chunks.insert(k, chunks[k])
            case 1 if len(chunks) > 1:
                del chunks[k]
            case 2:
                chunks.insert(
                    k,
                    (
                        rng.choice((b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"acTL", b"PLTE", b"tRNS", b"iCCP")),
                        rng.choice(
                            (b"form\0beat", b"form\0" + bytes(3000), rng.randbytes(40), zlib.compress(bytes(3_000_000)))
                        ),
                    ),
                )
            case 3:
                chunks[k] = (kind, zlib.compress(bytes(rng.choice((0, 1, 5000, 2_000_000)))))
            case _:
                chunks[k] = (kind, mutated_bytes(rng, body, 2))
    parts = [raw[:8]]
    for kind, body in chunks:
        parts += [len(body).to_bytes(4, "big"), kind, body, zlib.crc32(kind + body).to_bytes(4, "big")]
    return b"".join(parts)


def image_folders(folder: Path) -> Ready:
    """Folders of images with odd names, nested folders and tables of patients."""
    stream = io.BytesIO()
    Image.new("L", (20, 20), 200).save(stream, "PNG")
    sound = stream.getvalue()
    count = 0

    def make(rng: random.Random) -> Case:
        names = [f"{rng.choice('NVSF')}/p{rng.randint(1, 3)}_{k}.png" for k in range(4)]
        names = [
            rng.choice((name, name, name, odd_text(rng) + name, name + odd_text(rng), odd_text(rng))) for name in names
        ]
        lines = "image,patient\n" + "\n".join(f"{name},p{rng.randint(1, 3)}" for name in names)
        rows = changed(rng, lambda own: mutated_text(own, lines), encoded(lines))
        return Case("\n".join(names), rows if rng.random() < 0.7 else b"")

    def use(case: Case) -> None:
        nonlocal count
        count += 1
        place = folder / f"f{count}"
        place.mkdir()
        for name in case.variant.split("\n"):
            if "\0" in name or ".." in name or not name.strip("/. "):
                continue
            try:
                path = place / name.strip("/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(sound)
            except (OSError, ValueError):
                continue
        if case.content:
            (place / "patients.csv").write_bytes(case.content)
        try:
            found = image_folder.scan(place)
            try:
                image_patients(found)
            finally:
                image_patients(found, "name")
        finally:
            import shutil

            shutil.rmtree(place)

    return Ready(make, use)
