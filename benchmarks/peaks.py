"""R peaks of every recording in use against their references, as `bxb` judges them, and against wfdb's XQRS for time.

    ECG_DATA_DIR=<folder> python -m benchmarks.peaks

XQRS takes about ten seconds a recording, so it runs on a few of them, in the same process and in turn with ours; the
ratio is that of the medians over those. It reads one lead, ours all.
"""

import json
import time
from statistics import median

import numpy as np

PEER_RECORDS = 4  # spread over the database


def main() -> None:
    from wfdb.processing import XQRS

    from ecg_core.beats.detection import detected_layer, unreadable_s
    from ecg_core.beats.r_peaks import detect_r_peaks
    from ecg_core.data.reader import read_record
    from ecg_core.data.sources import current_source
    from ecg_core.evaluation.beat_comparison import compare_records, peaks
    from ecg_core.evaluation.r_peak_report import JudgedRecord, judge_r_peaks, report_of

    source = current_source()
    detect_r_peaks(read_record(source.folder, source.records[0]))  # modules imported
    rows: dict[str, JudgedRecord] = {}
    print(f"{source.label}\nrecord     beats  missed  extra     Se %     +P %  RR error ms  unreadable s  seconds")
    for name in source.records:
        record = read_record(source.folder, name)
        started = time.perf_counter()
        layer = detected_layer(record)
        seconds = time.perf_counter() - started
        silent_s = unreadable_s(layer, record.fs, record.n_samples)
        comparison = judge_r_peaks(record.annotations, layer, record.fs, record.n_samples)
        rows[name] = JudgedRecord(len(layer), silent_s, seconds, comparison)
        if comparison is None:
            print(f"{name:<8} {len(layer):>7}  no reference")
            continue
        qrs = comparison.figures.qrs
        print(
            f"{name:<8} {len(layer):>7} {qrs.false_negatives:>7} {qrs.false_positives:>6} "
            f"{qrs.sensitivity or 0:>8.2f} {qrs.positive_predictivity or 0:>8.2f} "
            f"{comparison.matches.rr_error_ms or 0:>12.2f} {silent_s:>13.1f} {seconds:>8.3f}"
        )
    report = report_of(rows)
    if report.sensitivity is None:
        return
    print(
        f"gross: sensitivity {report.sensitivity:.3f} %, positive predictivity {report.positive_predictivity:.3f} %, "
        f"mean RR error {report.rr_error_ms:.2f} ms, {report.seconds_per_record:.3f} s a record"
    )
    chosen = np.linspace(0, len(source.records) - 1, min(PEER_RECORDS, len(source.records))).astype(int)
    ours, theirs = [], []
    for name in (source.records[k] for k in chosen):
        record = read_record(source.folder, name)
        started = time.perf_counter()
        detect_r_peaks(record)
        ours.append(time.perf_counter() - started)
        first_lead = record.mv(leads=[0])[:, 0].astype(np.float64)
        started = time.perf_counter()
        xqrs = XQRS(sig=first_lead, fs=record.fs)
        xqrs.detect(verbose=False)
        theirs.append(time.perf_counter() - started)
        judged = compare_records(record.annotations, peaks(xqrs.qrs_inds), record.fs, 0.0).figures.qrs
        print(
            f"XQRS {name:<8} Se {judged.sensitivity or 0:.2f} %, +P {judged.positive_predictivity or 0:.2f} %, "
            f"{theirs[-1]:.2f} s against {ours[-1]:.3f} s"
        )
    ratio = median(theirs) / median(ours)
    print(f"{ratio:.0f} times as fast as XQRS (medians {median(ours):.3f} and {median(theirs):.2f} s)")
    gross = {"sensitivity": report.sensitivity, "positive_predictivity": report.positive_predictivity}
    print(json.dumps({**gross, "seconds_per_record": report.seconds_per_record, "xqrs_over_ours": ratio}))


if __name__ == "__main__":
    main()
