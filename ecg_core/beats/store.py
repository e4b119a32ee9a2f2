"""Beat sets: every annotated beat of a folder of recordings, prepared once, memory-mapped afterwards."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from filelock import FileLock
from joblib import Parallel, cpu_count, delayed

from ecg_core import workspace
from ecg_core.beats.classes import BY_CODE
from ecg_core.beats.filters import bandpass, fill_missing
from ecg_core.beats.quality import bad_samples, reasons
from ecg_core.beats.rr import ratio_causal, ratio_record, rr_intervals
from ecg_core.beats.segment import cut, offsets
from ecg_core.data.catalogue import patient_of
from ecg_core.data.reader import ANNOTATOR, read_record, refuse_synthetic
from ecg_core.data.record import Record
from ecg_core.errors import DataError
from ecg_core.files import read_json, sha256, write_json

FORMAT = 1  # raise when what is stored changes
STORES_KEPT = 4
TEMPLATE_BEATS = 400  # enough for a median beat, and an order faster than all
QRS_S = (-0.125, 0.125)
BLOCK_S, BLOCK_MARGIN_S = 3600.0, 30.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BeatConfig:
    """Every parameter of the preparation. Its hash travels with a model, which scores no other preparation."""

    fs: float = 180.0
    """Samples a second of a prepared beat."""
    before_s: float = 0.35
    after_s: float = 0.45
    band_hz: tuple[float, float] = (0.5, 40.0)
    n_leads: int = 2

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Times of a beat's points relative to the R peak, in s, shape (n_points,)."""
        return offsets(self.before_s, self.after_s, self.fs)

    @property
    def hash(self) -> str:
        return hashlib.sha256(json.dumps({"format": FORMAT, **asdict(self)}).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class BeatSet:
    """Prepared beats of some recordings, rows in order of record and time.

    `table` has one row a beat: record, r_sample, time_s, symbol, beat_class, rr_pre_s, rr_post_s (NaN where there is
    none), ratio_causal and ratio_record (see `rr`), patient, excluded (a reason, or the empty string), synthetic.
    """

    signals: npt.NDArray[np.float32] = field(repr=False)
    """(n_beats, n_leads, n_points) mV, memory-mapped where it comes from the store."""
    table: pd.DataFrame = field(repr=False)
    templates: dict[str, npt.NDArray[np.float32]] = field(repr=False)
    """Record -> its median beat, (n_leads, n_points) mV. Uses the whole recording and no label."""
    units_mv: dict[str, npt.NDArray[np.float32]] = field(repr=False)
    """Record -> its median QRS peak-to-peak amplitude, (n_leads,) mV."""
    leads: dict[str, tuple[str, ...]]
    """Record -> names of the leads used."""
    durations_s: dict[str, float]
    config: BeatConfig
    digests: dict[str, str]
    """Record -> SHA-256 over its files."""
    simulated: bool = False

    def __post_init__(self) -> None:
        if self.table["synthetic"].any():
            raise DataError(
                "Synthetic beats in a set of recorded ones: a BeatSet may be validated and tested on. Put them in an "
                "AugmentedBeats, which can only be trained on."
            )

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def used(self) -> npt.NDArray[np.bool_]:
        """Which beats are not excluded, shape (n_beats,)."""
        mask: npt.NDArray[np.bool_] = (self.table["excluded"] == "").to_numpy(dtype=bool)
        return mask

    @property
    def data_hash(self) -> str:
        """SHA-256 over the files of the records in this set."""
        return hashlib.sha256("".join(self.digests[name] for name in self.leads).encode()).hexdigest()

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(self.leads)

    def rows_of(self, beat_class: str) -> npt.NDArray[np.int64]:
        """Rows of a class's beats that are not excluded."""
        return np.flatnonzero(self.used & (self.table["beat_class"] == beat_class).to_numpy(dtype=bool))

    def only(self, records: Sequence[str]) -> "BeatSet":
        """The beats of some of the records. Raises DataError for a record that is not there."""
        unknown = [name for name in records if name not in self.leads]
        if unknown:
            raise DataError(f"No prepared beats of record {', '.join(unknown)}: it is not in the data in use.")
        chosen = set(records)
        rows = np.flatnonzero(self.table["record"].isin(chosen).to_numpy())
        contiguous = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
        signals = self.signals[rows[0] : rows[-1] + 1] if contiguous else self.signals[rows]
        kept = [name for name in self.leads if name in chosen]
        return replace(
            self,
            signals=signals,
            table=self.table.iloc[rows].reset_index(drop=True),
            templates={name: self.templates[name] for name in kept},
            units_mv={name: self.units_mv[name] for name in kept},
            leads={name: self.leads[name] for name in kept},
            durations_s={name: self.durations_s[name] for name in kept},
            digests={name: self.digests[name] for name in kept},
        )


@dataclass(frozen=True)
class _Prepared:
    name: str
    signals: npt.NDArray[np.float32]
    table: pd.DataFrame
    template: npt.NDArray[np.float32]
    unit_mv: npt.NDArray[np.float32]
    leads: tuple[str, ...]
    duration_s: float
    digest: str
    simulated: bool


def prepare_record(folder: Path, name: str, config: BeatConfig) -> _Prepared:
    """Read one record, prepare its beats. Raises DataError as `read_record`, for too few leads or synthetic beats."""
    record = read_record(folder, name)
    refuse_synthetic(name, record.comments)
    if len(record.leads) < config.n_leads:
        raise DataError(f"Record {name} has {len(record.leads)} lead, {config.n_leads} are needed.")
    leads = list(range(config.n_leads))
    symbols = record.annotations.symbol
    beats = np.flatnonzero(np.isin(symbols, list(BY_CODE)))
    r_sample, codes = record.annotations.sample[beats], symbols[beats]
    signals = filtered_beats(record, leads, r_sample, config)
    missing, clipped = bad_samples(record.signals[:, leads], record.invalid[: config.n_leads], record.fs)
    excluded = reasons(
        r_sample - round(config.before_s * record.fs),
        r_sample + round(config.after_s * record.fs),
        np.ptp(signals, axis=2) if len(beats) else np.zeros((0, config.n_leads), np.float32),
        missing,
        clipped,
    )
    pre_s, post_s = rr_intervals(r_sample, record.fs)
    table = pd.DataFrame(
        {
            "record": name,
            "r_sample": r_sample,
            "time_s": r_sample / record.fs,
            "symbol": codes,
            "beat_class": [BY_CODE[code].beat_class for code in codes],
            "rr_pre_s": pre_s,
            "rr_post_s": post_s,
            "ratio_causal": ratio_causal(pre_s),
            "ratio_record": ratio_record(pre_s),
            "patient": patient_of(name),
            "excluded": excluded,
            "synthetic": False,
        }
    )
    template, unit = median_beat(signals[excluded == ""], config)
    files = sorted(folder / f"{name}.{suffix}" for suffix in ("hea", "dat", ANNOTATOR))
    digest = hashlib.sha256("".join(sha256(path) for path in files if path.exists()).encode()).hexdigest()
    chosen = record.leads[: config.n_leads]
    return _Prepared(name, signals, table, template, unit, chosen, record.duration_s, digest, record.simulated)


def filtered_beats(
    record: Record, leads: Sequence[int], r_sample: npt.NDArray[np.int64], config: BeatConfig, block_s: float = BLOCK_S
) -> npt.NDArray[np.float32]:
    """Band-pass a recording and cut its beats, (n_beats, n_leads, n_points) mV.

    Recordings longer than `block_s` are filtered in blocks that overlap by half a minute, far longer than the 0.5 Hz
    edge rings, so that a day needs no more memory for it than an hour.
    """
    block, margin = round(block_s * record.fs), round(BLOCK_MARGIN_S * record.fs)
    signals = np.empty((len(r_sample), len(leads), len(config.times_s)), np.float32)
    for start in range(0, record.n_samples, block):
        first, last = np.searchsorted(r_sample, [start, start + block])
        if first == last:
            continue
        origin = max(0, start - margin)
        mv = fill_missing(record.mv(origin, start + block + margin, leads))
        filtered = bandpass(mv, record.fs, config.band_hz)
        signals[first:last] = cut(filtered, record.fs, r_sample[first:last] - origin, config.times_s)
    return signals


def median_beat(
    signals: npt.NDArray[np.float32], config: BeatConfig
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Median beat (n_leads, n_points) in mV and median QRS peak-to-peak (n_leads,) in mV of one recording's beats.

    Taken over at most 400 beats, evenly spread; labels play no part. Without any beat: zeros, and 1 mV.
    """
    n_points = len(config.times_s)
    if not len(signals):
        return np.zeros((config.n_leads, n_points), np.float32), np.ones(config.n_leads, np.float32)
    some = signals[:: max(1, -(-len(signals) // TEMPLATE_BEATS))]
    qrs = some[:, :, (config.times_s >= QRS_S[0]) & (config.times_s <= QRS_S[1])]
    unit = np.maximum(np.median(np.ptp(qrs, axis=2), axis=0), 0.05)
    return np.median(some, axis=0).astype(np.float32), unit.astype(np.float32)


def rows_by_record(table: pd.DataFrame) -> dict[str, npt.NDArray[np.int64]]:
    """Record -> row numbers of its beats, in the table's order."""
    codes, names = table["record"].factorize()
    return {str(name): np.flatnonzero(codes == k) for k, name in enumerate(names)}


def load_beats(
    folder: Path, names: Sequence[str], config: BeatConfig | None = None, progress: Progress | None = None
) -> BeatSet:
    """All beats of `names` in `folder`: from the store if it is fresh, else prepared and stored.

    `progress(done, of)` is called after each record. Raises DataError naming the record that cannot be read.
    """
    config = config or BeatConfig()
    place = _place(folder, names, config)
    if not (place / "manifest.json").is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.parent / f".{place.name}.lock"):
            if not (place / "manifest.json").is_file():
                _build(place, folder, names, config, progress)
    return _open(place)


def is_prepared(folder: Path, names: Sequence[str], config: BeatConfig | None = None) -> bool:
    """Whether `load_beats` would only have to open what is stored."""
    return (_place(folder, names, config or BeatConfig()) / "manifest.json").is_file()


def _place(folder: Path, names: Sequence[str], config: BeatConfig) -> Path:
    return workspace.home() / "cache" / "beats" / _fingerprint(folder, names, config)


def _fingerprint(folder: Path, names: Sequence[str], config: BeatConfig) -> str:
    """Changes whenever a file, a record or a parameter does."""
    parts = [config.hash, str(folder.resolve())]
    for name in names:
        for suffix in ("hea", "dat", ANNOTATOR):
            path = folder / f"{name}.{suffix}"
            if path.exists():
                parts.append(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _build(place: Path, folder: Path, names: Sequence[str], config: BeatConfig, progress: Progress | None) -> None:
    work = Parallel(n_jobs=min(4, cpu_count()), prefer="threads", return_as="generator")
    prepared: list[_Prepared] = []
    for one in work(delayed(prepare_record)(folder, name, config) for name in names):
        prepared.append(one)
        if progress:
            progress(len(prepared), len(names))
    temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=".building-"))
    try:
        shape = (sum(len(one.table) for one in prepared), config.n_leads, len(config.times_s))
        if not shape[0]:
            raise DataError(f"{folder} holds no beat annotations (.{ANNOTATOR} files): there is nothing to prepare.")
        signals = np.lib.format.open_memmap(temporary / "signals.npy", mode="w+", dtype=np.float32, shape=shape)
        at = 0
        for one in prepared:
            signals[at : at + len(one.table)] = one.signals
            at += len(one.table)
        del signals
        table = pd.concat([one.table for one in prepared], ignore_index=True)
        table.to_parquet(temporary / "table.parquet")
        np.save(temporary / "templates.npy", np.stack([one.template for one in prepared]))
        manifest = {
            "format": FORMAT,
            "config": asdict(config),
            "preprocessing_hash": config.hash,
            "simulated": any(one.simulated for one in prepared),
            "records": [
                {
                    "name": one.name,
                    "leads": one.leads,
                    "duration_s": one.duration_s,
                    "unit_mv": one.unit_mv.tolist(),
                    "sha256": one.digest,
                }
                for one in prepared
            ],
        }
        write_json(temporary / "manifest.json", manifest)
        temporary.rename(place)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    stores = [path for path in place.parent.iterdir() if path.is_dir() and not path.name.startswith(".")]
    for old in sorted(stores, key=lambda path: path.stat().st_mtime)[:-STORES_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _open(place: Path) -> BeatSet:
    manifest: dict[str, Any] = read_json(place / "manifest.json")
    records = manifest["records"]
    names = [one["name"] for one in records]
    options = {**manifest["config"], "band_hz": tuple(manifest["config"]["band_hz"])}
    templates = np.load(place / "templates.npy")
    return BeatSet(
        signals=np.load(place / "signals.npy", mmap_mode="r"),
        table=pd.read_parquet(place / "table.parquet"),
        templates=dict(zip(names, templates, strict=True)),
        units_mv={one["name"]: np.array(one["unit_mv"], np.float32) for one in records},
        leads={one["name"]: tuple(one["leads"]) for one in records},
        durations_s={one["name"]: one["duration_s"] for one in records},
        config=BeatConfig(**options),
        digests={one["name"]: one["sha256"] for one in records},
        simulated=manifest["simulated"],
    )
