"""`data status | download | verify | summary | images`."""

import argparse
from pathlib import Path

from ecg_core.cli.output import emit, tell_over
from ecg_core.data import catalogue, sources
from ecg_core.errors import DataError


def add(_verb: str, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    kinds = parser.add_subparsers(dest="data", required=True)
    status = kinds.add_parser("status", parents=[common], help="which recordings are in use, and why")
    status.set_defaults(run=_status)
    get = kinds.add_parser("download", parents=[common], help=f"get the {catalogue.TITLE} (94 MB), verified, resumable")
    get.add_argument("--to", type=Path, help="folder to put it in (default: the workspace)")
    get.add_argument("--url", default=catalogue.url(), help="where to get it from (default: %(default)s)")
    get.set_defaults(run=_download)
    check = kinds.add_parser("verify", parents=[common], help="compare every file with the published SHA-256 sums")
    check.add_argument("--folder", type=Path, help="folder to verify (default: the one in use)")
    check.set_defaults(run=_verify)
    count = kinds.add_parser("summary", parents=[common], help="count records, beats, symbols and classes")
    count.set_defaults(run=_summary)
    images = kinds.add_parser("images", parents=[common], help="count a folder of ECG images, one sub-folder a class")
    images.add_argument("folder", type=Path)
    images.set_defaults(run=_images)


def _status(options: argparse.Namespace) -> int:
    source = sources.current_source()
    found = {
        "kind": source.kind,
        "label": source.label,
        "folder": str(source.folder),
        "records": len(source.records),
        "simulated": source.simulated,
        "download_complete": sources.download_complete(),
    }
    why = {
        "environment": f"named by {sources.VARIABLE}",
        "chosen": "chosen in the app",
        "downloaded": "downloaded from PhysioNet",
        "simulated": "no recordings found: `python -m ecg_core data download` gets real ones",
    }[source.kind]
    emit(found, options.json, f"{source.label}\n{source.folder}\n({why})")
    return 0


def _download(options: argparse.Namespace) -> int:
    from ecg_core.data.download import Progress, download  # requests, which `data status` does without

    def progress(now: Progress) -> None:
        tell_over(f"{now.file}  {now.files_done} of {now.files_total} files, {now.bytes_done / 1e6:.1f} MB")

    folder = (options.to or sources.download_folder()).expanduser().resolve()
    download(folder, options.url, progress)
    tell_over("")
    found = {"folder": str(folder), "files": len(catalogue.published_sums()), "verified": True}
    emit(found, options.json, f"{catalogue.TITLE}: every file verified, in {folder}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from ecg_core.data.download import verify

    folder = (options.folder or sources.current_source().folder).expanduser().resolve()
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder.")
    report = verify(folder)
    found = report.to_json()
    wrong = [f"{name}: {state}" for name, state in found["files"].items() if state != "ok"]
    summary = f"{len(found['files']) - len(wrong)} of {len(found['files'])} files of the {catalogue.TITLE} verified"
    emit(found, options.json, "\n".join([*wrong[:20], summary]))
    return 0 if not wrong else 1


def _summary(options: argparse.Namespace) -> int:
    from ecg_core.beats.summary import ALL, summarise  # pandas, which `data status` does without

    source = sources.current_source()
    summary = summarise(source.folder, source.records, source.patients)
    lines = [f"{source.label}: {summary.n_beats:,} beats"]
    symbols = summary.by_symbol()
    lines += [f"  {symbol}  {n:>7,}" for symbol, n in zip(symbols["symbol"], symbols["count"], strict=True)]
    for part in (*summary.split.parts, ALL):
        counts = summary.class_counts(part)
        lines.append(f"{part}: " + "  ".join(f"{name} {n:,}" for name, n in counts.items()))
    lines += [f"not counted: {name}: {reason}" for name, reason in summary.problems.items()]
    emit(summary.to_json(), options.json, "\n".join(lines))
    return 0 if summary.records else 1


def _images(options: argparse.Namespace) -> int:
    from ecg_core.data.image_folder import scan

    found = scan(options.folder, lambda done, of: tell_over(f"Reading images: {done} of {of}"))
    tell_over("")
    wide, high = found.size
    lines = [f"{found.n_images:,} images of {wide} x {high} pixels; largest class {found.imbalance:.1f} x the smallest"]
    lines += [f"  {name}: {count:,}" for name, count in found.counts.items()]
    lines += [f"left out: {one.path}: {one.reason}" for one in found.rejected]
    emit(found.to_json(), options.json, "\n".join(lines))
    return 0
