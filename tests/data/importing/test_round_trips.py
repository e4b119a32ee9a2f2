"""What wfdb, edfio and pandas write is, once brought in, what was written: values, rates, times and annotations."""

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspect import inspect
from ecg_core.data.importing.inspected import Inspected
from ecg_core.data.importing.notes import COMMENT
from ecg_core.data.labels import BEAT_SYMBOLS
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FORMATS = ("16", "24", "32", "80", "212", "508", "516", "524")
STARTS = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2060, 1, 1)).map(
    lambda at: at.replace(microsecond=0)
)
BEATS = st.lists(
    st.tuples(st.integers(0, 199), st.sampled_from(sorted(BEAT_SYMBOLS))), max_size=12, unique_by=lambda b: b[0]
)


def through_an_import(path: Path) -> tuple[Inspected, Record]:
    """What is said of a file or folder before it comes in, and the record afterwards."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", home)
        (item,) = inspect(path)
        assert item.problem == ""
        report = import_files([path], "C")
        assert (report.refused, len(report.imported)) == ((), 1)
        return item, read_record(Path(report.folder), report.imported[0].record)


def written(record: Record) -> list[tuple[int, str, str]]:
    labels = record.annotations
    return list(zip(labels.sample.tolist(), labels.symbol.tolist(), labels.aux, strict=True))


@FEW
@given(st.data())
def test_wfdb_records_of_several_rates_units_and_starts(data: st.DataObject) -> None:
    from wfdb import wrann, wrsamp

    fmt = data.draw(st.sampled_from(FORMATS))
    compressed = fmt in ("508", "516", "524")  # all signals of such a file have one rate
    n_leads = data.draw(st.integers(1, 4))
    each = 1 if compressed else data.draw(st.sampled_from([1, 2, 4]))
    per_frame = [
        1 if compressed else data.draw(st.sampled_from([p for p in (1, 2, 4) if p <= each])) for _ in range(n_leads)
    ]
    per_frame[0] = each
    start = data.draw(STARTS)
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    units = [data.draw(st.sampled_from(["mV", "uV", "V"])) for _ in range(n_leads)]
    mv_per = {"mV": 1.0, "uV": 1e-3, "V": 1e3}
    gains = [25.0 * mv_per[unit] for unit in units]  # ADC units per unit: 25 per mV, which 8 bits hold
    digital = [rng.integers(-100, 100, 200 * per) for per in per_frame]
    beats = sorted(data.draw(BEATS))
    with tempfile.TemporaryDirectory() as place:
        given_signals: dict[str, Any] = {"e_d_signal": digital, "samps_per_frame": per_frame}
        if compressed:
            given_signals = {"d_signal": np.stack(digital, axis=1)}
        names = [f"V{k + 1}" for k in range(n_leads)]
        wrsamp("r", fs=125, units=units, sig_name=names, fmt=[fmt] * n_leads, adc_gain=gains, baseline=[3] * n_leads,
               base_datetime=start, write_dir=place, **given_signals)  # fmt: skip
        if beats:
            wrann("r", "atr", np.array([at for at, _ in beats]), [symbol for _, symbol in beats], write_dir=place)
        item, record = through_an_import(Path(place))
    assert (item.rate, item.start, item.annotators) == (125 * each, start.isoformat(), ("atr",) if beats else ())
    assert [(one.unit, one.rate) for one in item.channels] == [
        (u, 125 * p) for u, p in zip(units, per_frame, strict=True)
    ]
    expected = np.stack([np.repeat(one, each // per) for one, per in zip(digital, per_frame, strict=True)], axis=1)
    assert np.array_equal(record.signals, expected)
    assert np.allclose(record.mv(), (expected - 3) / 25, atol=1e-6)
    assert written(record) == [(at * each, symbol, "") for at, symbol in beats]


@FEW
@given(st.data())
def test_millivolts_that_wfdb_digitises_come_back_within_half_a_step(data: st.DataObject) -> None:
    from wfdb import wrsamp

    fmt = data.draw(st.sampled_from(FORMATS))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    mv = rng.normal(0, data.draw(st.sampled_from([0.05, 1.0, 4.0])), (100, 2))
    with tempfile.TemporaryDirectory() as place:
        wrsamp("r", fs=250, units=["mV"] * 2, sig_name=["I", "II"], p_signal=mv, fmt=[fmt] * 2, write_dir=place)
        _, record = through_an_import(Path(place))
    mv = mv[:, [1, 0]]  # the first of role II comes first
    step = 1 / np.array(record.gain)
    assert np.all(np.abs(record.mv() - mv) <= 0.51 * step + 1e-6)


@FEW
@given(st.data())
def test_edf_and_bdf_with_annotations(data: st.DataObject) -> None:
    bdf = data.draw(st.booleans())
    seconds, fs = data.draw(st.integers(1, 3)), data.draw(st.sampled_from([100, 128, 250, 500]))
    bits = 24 if bdf else 16
    digital_range = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    most = data.draw(st.sampled_from([5.0, 50.0, 3000.0]))  # mV
    unit, scale = data.draw(st.sampled_from([("mV", 1.0), ("uV", 1000.0)]))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    mv = rng.uniform(-0.9 * min(most, 4.0), 0.9 * min(most, 4.0), (seconds * fs, 2))
    make: Any = edfio.BdfSignal if bdf else edfio.EdfSignal
    signals = [
        make(mv[:, k] * scale, fs, label=label, physical_dimension=unit, digital_range=digital_range,
             physical_range=(-most * scale, most * scale))
        for k, label in enumerate(("ECG II", "V1"))
    ]  # fmt: skip
    texts = data.draw(st.lists(
        st.tuples(st.integers(0, seconds * fs - 1), st.sampled_from(["N", "V", "walk", "(AFIB", "Ruhe ü"])), max_size=8
    ))  # fmt: skip
    notes = [edfio.EdfAnnotation(at / fs, None, text) for at, text in texts]
    start = data.draw(STARTS)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / ("a.bdf" if bdf else "a.edf")
        file: Any = (edfio.Bdf if bdf else edfio.Edf)(
            signals, recording=edfio.Recording(startdate=start.date()), starttime=start.time(), annotations=notes
        )
        file.write(path)
        item, record = through_an_import(path)
    assert (item.rate, item.leads, item.n_samples, item.start) == (fs, ("II", "V1"), seconds * fs, start.isoformat())
    step = 2 * most / (digital_range[1] - digital_range[0])
    assert np.abs(record.mv() - mv).max() <= max(1.01 * step, 0.001) + 1e-5
    found = [(at, aux.strip() or symbol) for at, symbol, aux in written(record)]
    assert sorted(found) == sorted(texts)
    kinds = {text: symbol for (_, text), (_, symbol, _) in zip(found, written(record), strict=True)}
    assert all(kinds.get(text, symbol) == symbol for text, symbol in (("N", "N"), ("walk", COMMENT), ("(AFIB", "+")))


@FEW
@given(
    end=st.sampled_from([".csv", ".tsv", ".parquet", ".txt"]),
    fs=st.sampled_from([100, 128, 257, 360, 500, 1000]),
    unit=st.sampled_from([("mV", 1.0), ("uV", 1e-3), ("V", 1e3)]),
    start=STARTS,
    dated=st.booleans(),
    seed=st.integers(0, 999),
)
def test_tables_with_their_times(
    end: str, fs: int, unit: tuple[str, float], start: datetime.datetime, dated: bool, seed: int
) -> None:
    mv = np.round(np.random.default_rng(seed).normal(0, 1, (2 * fs, 2)), 3)
    seconds = np.arange(len(mv)) / fs
    times: Sequence[Any] = pd.Timestamp(start) + pd.to_timedelta(seconds, unit="s") if dated else seconds
    frame = pd.DataFrame({"time": times, f"II ({unit[0]})": mv[:, 0] / unit[1], f"V5 ({unit[0]})": mv[:, 1] / unit[1]})
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"a{end}"
        if end == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_csv(path, index=False, sep={".csv": ",", ".tsv": "\t", ".txt": ";"}[end])
        item, record = through_an_import(path)
    assert (item.rate, item.leads, item.n_samples) == (fs, ("II", "V5"), 2 * fs)
    assert item.start == (start.isoformat() if dated else "")
    assert np.abs(record.mv() - mv).max() <= 1e-6
