"""Every door that input comes through."""

from benchmarks.fuzz import imports, models, places, recordings, runs, words
from benchmarks.fuzz.judging import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("places", "what is no file where one is expected", 2, places.places),
        Target("header", "WFDB headers", 60, recordings.header),
        Target("samples", "WFDB signal files, every format", 80, recordings.samples),
        Target("annotations", "WFDB annotation files", 280, recordings.annotations),
        Target("edf", "EDF and BDF files", 90, imports.edf),
        Target("table", "CSV, TSV, text and parquet tables", 15, imports.table),
        Target("zip", "zips", 50, imports.archive),
        Target("image", "PNG and JPEG files", 40, imports.image),
        Target("images", "folders of images", 20, imports.image_folders),
        Target("card", "cards of models, loaded and used", 12, models.card),
        Target("weights", "weights of models, loaded and used", 4, models.weights),
        Target("run", "files of runs", 20, runs.run_files),
        Target("kept", "studies and fidelity kept beside models", 60, runs.kept),
        Target("corrections", "logs of corrections", 170, runs.corrections),
        Target("tables", "patients.csv, annotators.csv, collection.json, settings.json", 20, runs.tables),
        Target("address", "addresses and times", 120, words.address),
        Target("environment", "settings of the environment", 10, words.environment),
        Target("arguments", "arguments of the command line", 5, words.arguments),
    )
}
