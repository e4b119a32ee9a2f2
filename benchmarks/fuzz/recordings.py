"""Targets: headers, signal files and annotation files in WFDB form."""

import os
import random
import struct
from pathlib import Path

import numpy as np
import soundfile
import wfdb

from benchmarks.fuzz import oracles
from benchmarks.fuzz.judging import Case, Ready, Wrong
from benchmarks.fuzz.mutations import changed, encoded, mutated_bytes, mutated_text
from ecg_core.data.annotation_file import decode_annotations
from ecg_core.data.header import Header, header_lines, read_header
from ecg_core.data.patients import find_patients
from ecg_core.data.reader import read_record, record_files, record_names
from ecg_core.data.simulate import PATIENTS, write_patient

HEADERS = {
    "100": "100 2 360 650000 0:0:0 0/0/0\n100.dat 212 200 11 1024 995 -22131 0 MLII\n100.dat 212 200 11 1024 1011 20052 0 V5\n# 69 M 1085 1629 x1\n# Aldomet, Inderal\n",
    "s1": "s1 1 250 200\ns1.dat 16 200(0)/mV 16 0 0 0 0 II\n",
    "s2": "s2 3 128/128(0) 100 12:30:05.5 01/02/1999\ns2.dat 16x2:1+24 100.5(-12)/uV 12 -3 17 0 0 lead one\ns2.dat 16x2:1+24 1000/nV 12 0 0 0 0 V1\nother.dat 80 20/mV 8 0 0 0 0 RESP\n# Patient ID: 17\n",
    "s3": "s3 1\ns3.dat 212\n",
    "m1": "m1/3 1 250 300\ns1 200\n~ 40\nm1b 60\n",
    "m2": "m2/2 2 250 200\nm2_layout 0\ns1 200\n",
    "f1": "f1 2 500 40\nf1.dat 516 200 16 0 0 0 0 I\nf1.dat 516 200 16 0 0 0 0 II\n",
}
FORMATS = ("8", "16", "24", "32", "61", "80", "160", "212", "310", "311", "508", "516", "524")
_FLAC = {"508": "PCM_S8", "516": "PCM_16", "524": "PCM_24"}


def put(path: Path, content: bytes) -> None:
    """A new file of that name: nothing that was kept of the one before it fits."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def real_headers() -> dict[str, str]:
    """Headers of the recordings that `ECG_FUZZ_DATA` names, if it does: real ones vary more than invented ones."""
    folder = os.environ.get("ECG_FUZZ_DATA")
    paths = sorted(Path(folder).glob("*.hea"))[:60] if folder else []
    return {path.stem: path.read_text("utf-8", "replace") for path in paths}


def header(folder: Path) -> Ready:
    """Headers of records of one piece and of several."""
    seeds = {**real_headers(), **HEADERS}
    for name in seeds:
        place = folder / name
        place.mkdir()
        for part, text in HEADERS.items():
            (place / f"{part}.hea").write_text(text, "utf-8")
        (place / "m1b.hea").write_text("m1b 1 250 60\ns1.dat 16 200(0)/mV 16 0 0 0 0 II\n", "utf-8")
        (place / "m2_layout.hea").write_text(
            "m2_layout 2 250 0\n~ 0 200/mV 16 0 0 0 0 II\n~ 0 200/mV 16 0 0 0 0 V1\n", "utf-8"
        )
        for file in ("s1.dat", "s2.dat", "s3.dat", "other.dat", f"{name}.dat"):
            (place / file).write_bytes(bytes(1200))
        os.truncate(place / f"{name}.dat", 4_000_000 if name not in HEADERS else 1200)

    def make(rng: random.Random) -> Case:
        name = rng.choice(tuple(seeds))
        return Case(name, changed(rng, lambda own: mutated_text(own, seeds[name]), encoded(seeds[name])))

    def use(case: Case) -> None:
        place = folder / case.variant
        path = place / f"{case.variant}.hea"
        put(path, case.content)
        header_lines(path)
        record_names(place)
        record_files(place, case.variant)
        find_patients(place, [case.variant])
        found = read_header(place, case.variant)
        oracles.compare_header(found, place / case.variant, case.content)
        if found.n_samples < 5000:
            _names_shown(found)
            read_record(place, case.variant)

    return Ready(make, use)


def _names_shown(found: Header) -> None:
    for signal in found.signals:
        if not signal.lead.isprintable():
            raise Wrong(f"a lead's name cannot be shown: {signal.lead[:20]!r}")


def samples(folder: Path) -> Ready:
    """Signal files in every format, compared with a decoder of a few lines of plain Python."""
    flac = {fmt: _flac_bytes(folder, fmt) for fmt in _FLAC}

    def make(rng: random.Random) -> Case:
        fmt = rng.choice(FORMATS)
        n_signals, frames = rng.randint(1, 3), rng.randint(1, 40)
        each = rng.choice((1, 1, 1, 2, 3))
        skew, offset = rng.choice((0, 0, 0, 1, 5)), rng.choice((0, 0, 0, 1, 24))
        if fmt in _FLAC:
            n_signals, frames, each, offset = 2, 60, 1, 0
            raw = changed(rng, lambda own: mutated_bytes(own, flac[fmt]), flac[fmt])
        else:
            needed = offset + oracles.bytes_of(fmt, frames * each * n_signals)
            raw = rng.randbytes(needed + rng.choice((0, 0, 0, 0, 1, 50)))
            raw = raw if rng.random() < 0.7 else mutated_bytes(rng, raw)
        initial = rng.choice((0, 0, 5, -300))
        layout = f"{fmt}x{each}:{skew}+{offset}"
        lines = [f"d {n_signals} 250 {frames}"]
        lines += [f"d.dat {layout} 200/mV 12 0 {initial} {{}} 0 L{k}" for k in range(n_signals)]
        text = "\n".join(lines).replace(" {} 0", " 0 0" if rng.random() < 0.8 else f" {rng.randint(-32768, 65535)} 0")
        return Case(text, raw)

    def use(case: Case) -> None:
        (folder / "d.hea").unlink(missing_ok=True)
        (folder / "d.hea").write_text(case.variant + "\n", "utf-8")
        put(folder / "d.dat", case.content)
        record = read_record(folder, "d")
        oracles.compare_samples(record, case.variant, case.content, folder / "d.dat")

    return Ready(make, use)


def _flac_bytes(folder: Path, fmt: str) -> bytes:
    noise = np.random.default_rng(0).integers(-(2**14), 2**14, (60, 2)).astype(np.int16)
    path = folder / "seed.flac"
    soundfile.write(path, noise, 250, _FLAC[fmt], format="FLAC")
    return path.read_bytes()


def annotations(folder: Path) -> Ready:
    """Annotation files, compared with WFDB's own rule word by word."""
    rng = np.random.default_rng(1)
    write_patient(folder, "sim", PATIENTS[4], rng)
    whole = (folder / "sim.atr").read_bytes()
    own = np.array([0, 50, 90, 400])
    wfdb.wrann("own", "atr", own, symbol=["+", "N", '"', "V"], aux_note=["(N", "", "a longer note of some length", ""],
               subtype=np.array([0, 1, -2, 3]), chan=np.array([0, 1, 0, 2]), num=np.array([0, 5, 0, 1]), fs=250, write_dir=str(folder))  # fmt: skip
    seeds = [whole[:n] + b"\0\0" for n in (40, 200, 400, len(whole) - 2)] + [(folder / "own.atr").read_bytes(), b"\0\0"]
    seeds.append(
        struct.pack("<HHHH", 59 << 10, 1, 2, 1 << 10)
        + struct.pack("<HHHH", 59 << 10, 0xFFFF, 0xFFF0, 5 << 10)
        + b"\0\0"
    )
    seeds.append(_note("## time resolution: 360") + _note("## annotation type definitions") + _note("42 xyz an own type")
                 + _note("## end of definitions") + struct.pack("<HH", 42 << 10 | 20, 1 << 10 | 30) + b"\0\0")  # fmt: skip
    folder_real = os.environ.get("ECG_FUZZ_DATA")
    if folder_real:
        seeds += [path.read_bytes()[:600] + b"\0\0" for path in sorted(Path(folder_real).glob("*.atr"))[:20]]

    def make(rng: random.Random) -> Case:
        sound = rng.choice(seeds)
        raw = changed(rng, lambda own: _words_changed(own, sound), sound)
        return Case(f"{rng.choice((360.0, 250.0, 128.0)):g}", raw)

    def use(case: Case) -> None:
        found = decode_annotations(case.content, "x.atr", float(case.variant))
        oracles.compare_annotations(found, case.content, float(case.variant))

    return Ready(make, use)


def _note(text: str) -> bytes:
    raw = encoded(text)
    return struct.pack("<HH", 22 << 10, 63 << 10 | len(raw)) + raw + b"\0" * (len(raw) % 2)


def _words_changed(rng: random.Random, sound: bytes) -> bytes:
    """Whole words replaced by codes that mean something; or any bytes changed."""
    if rng.random() < 0.4:
        return mutated_bytes(rng, sound)
    words = list(struct.unpack(f"<{len(sound) // 2}H", sound[: len(sound) // 2 * 2]))
    for _ in range(rng.randint(1, 4)):
        code, value = (
            rng.choice((0, 1, 5, 15, 22, 28, 41, 49, 50, 58, 59, 60, 61, 62, 63)),
            rng.choice((0, 1, 2, 3, 126, 127, 128, 255, 256, 300, 1023)),
        )
        at = rng.randrange(len(words) + 1)
        if rng.random() < 0.5 and at < len(words):
            words[at] = code << 10 | value
        else:
            words.insert(at, code << 10 | value)
    return struct.pack(f"<{len(words)}H", *words)
