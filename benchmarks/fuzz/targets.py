"""Every door that input comes through."""

from benchmarks.fuzz import imports, models, places, recordings, runs, words
from benchmarks.fuzz.judging import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("places", "what is no file where one is expected", 1, places.places),
        Target("header", "WFDB headers", 120, recordings.header),
        Target("samples", "WFDB signal files, every format", 120, recordings.samples),
        Target("annotations", "WFDB annotation files", 160, recordings.annotations),
        Target("edf", "EDF and BDF files", 60, imports.edf),
        Target("table", "CSV, TSV, text and parquet tables", 40, imports.table),
        Target("zip", "zips", 40, imports.archive),
        Target("image", "PNG and JPEG files", 40, imports.image),
        Target("images", "folders of images", 20, imports.image_folders),
        Target("card", "cards of models, loaded and used", 30, models.card),
        Target("weights", "weights of models, loaded and used", 30, models.weights),
        Target("run", "files of runs", 80, runs.run_files),
        Target("kept", "studies and fidelity kept beside models", 30, runs.kept),
        Target("corrections", "logs of corrections", 80, runs.corrections),
        Target("tables", "patients.csv, annotators.csv, collection.json, settings.json", 60, runs.tables),
        Target("address", "addresses and times", 60, words.address),
        Target("environment", "settings of the environment", 20, words.environment),
        Target("arguments", "arguments of the command line", 10, words.arguments),
    )
}
