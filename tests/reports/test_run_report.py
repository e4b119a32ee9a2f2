"""A run's report: one file, whole, safe and placeless."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ecg_core.errors import RunError
from ecg_core.files import write_json
from ecg_core.reports.run_report import run_report
from ecg_core.runs.folder import Run, summary_of
from ecg_core.tasks.registry import REGISTRY
from tests.runs.made_runs import empty_run, epoch_row

HOSTILE = "<script>alert(1)</script>"
FOLDER = "/home/somebody/secret place/holter"
NONE = {"roc_auc": None, "average_precision": None}
POINT = {"threshold": 4.5, "true_positives": 90, "false_positives": 10, "abnormal": 100, "normal": 900, "hours": 5.0}
SPREAD = {"mean": 0.6, "lowest": 0.5, "highest": 0.7}
DETECTION = {
    "split": "validation", "unit": "beats", "scored": 1000, "abnormal": 100, "left_out": {"at the edge": 3},
    "roc_auc": 0.981, "average_precision": 0.9, "intervals": {"roc_auc": [0.951, 0.992], "average_precision": None},
    "threshold": POINT, "classes": {"V": {"beats": 100, "records": 4, "flagged": 90, "flagged_share": 0.9, **NONE}},
    "records": {HOSTILE: {"beats": 500, "abnormal": 50, "flagged": 40, "sensitivity": 0.8, "roc_auc": None,
                          "positive_predictivity": None, "false_alarms_per_hour": 2.5}},
    "parts": {}, "without": {}, "simulated": True, "note": "",
}  # fmt: skip


class Page(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def ended(run: Run, result: object) -> Run:
    write_json(run.folder / "result.json", {**result, "finished": "2026-01-01T00:01:00+00:00", "seconds": 60.0})  # type: ignore[dict-item]
    lines = [json.dumps(epoch_row(done, 2).to_json()) for done in (1, 2)]
    (run.folder / "progress.jsonl").write_text("\n".join(lines) + "\n")
    return run


@pytest.fixture
def autoencoder(tmp_path: Path) -> Run:
    source = {"folder": FOLDER, "label": f"{HOSTILE}, 2 records", "records": [HOSTILE, "b"]}
    split = {"name": "records", "train": [HOSTILE], "test": ["b"], "note": f"As {FOLDER}/patients.csv says."}
    run = empty_run(tmp_path, source=source, split=split)
    return ended(run, {"validation": DETECTION, "threshold": 4.5})


def test_a_report_holds_figures_with_intervals_options_in_words_curves_and_the_command(autoencoder: Run) -> None:
    page = Page(run_report(summary_of(autoencoder)))
    text = " ".join(page.text.split())
    assert "Validation ROC AUC 0.981, threshold 4.50" in text
    assert "0.981 (0.951 to 0.992)" in text
    assert "Beat minus the record's median beat" in text
    assert "Not judged: at the edge: 3." in text
    assert "python -m ecg_core train autoencoder" in text
    assert "Research use. Not a medical device." in text
    assert page.tags.count("svg") == 1


def test_a_report_runs_and_fetches_nothing_and_shows_hostile_names_as_text(autoencoder: Run) -> None:
    page = Page(run_report(summary_of(autoencoder)))
    assert HOSTILE in page.text
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    fetched = [value or "" for name, value in page.attributes if name in ("src", "href", "xlink:href", "srcset")]
    assert all(value.startswith("#") for value in fetched)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_a_report_names_no_place_on_this_computer(autoencoder: Run, tmp_path: Path) -> None:
    write_json(autoencoder.folder / "error.json", {"message": f"{tmp_path}/runs/x/weights is gone. See C:\\a\\b.txt"})
    html = run_report(summary_of(autoencoder))
    assert "weights is gone. See b.txt" in html
    assert str(tmp_path) not in html
    assert not [word for word in ("somebody", "/home", "secret place") if word in html]


def test_the_folder_of_images_in_a_command_is_a_placeholder(tmp_path: Path) -> None:
    command = f"python -m ecg_core train image-gan --images '{FOLDER}' --label V"
    source = {"folder": FOLDER, "label": "Images in holter", "records": [], "images": True}
    run = ended(empty_run(tmp_path, "image-gan", command=command, source=source), {"images": 1234})
    html = run_report(summary_of(run))
    assert "train image-gan --images FOLDER --label V" in html
    assert "somebody" not in html


def test_results_of_studies_show_means_ranges_and_what_they_were_judged_on(tmp_path: Path) -> None:
    ways = {"figures": {"sensitivity": SPREAD, "ppv": SPREAD, "f1": SPREAD}, "change": {}}
    few = {
        "few": {"V": [{"beats": 10, "of": 3785, "records": [3], "ways": {"none": ways}}]}, "plain": "none", "seeds": 2,
        "steps": 10, "gan_steps": 0, "filled": 100, "records": ["b"], "support": {"V": {"beats": 7, "records": 1}},
        "note": "", "data": "SIMULATED",
    }  # fmt: skip
    text = Page(run_report(summary_of(ended(empty_run(tmp_path, "few-beats"), few)))).text
    assert "10 of 3,785" in text
    assert "0.600 (0.500 to 0.700)" in text
    assert "Judged on 7 beats in 1 records." in text


@pytest.mark.parametrize("kind", REGISTRY)
def test_a_run_of_any_kind_that_has_not_ended_has_a_report(tmp_path: Path, kind: str) -> None:
    html = run_report(summary_of(empty_run(tmp_path, kind)))
    assert "interrupted" in html
    assert re.search(r"<h2>How to make it again</h2>", html)


def test_a_damaged_run_has_none_and_says_why(tmp_path: Path) -> None:
    run = empty_run(tmp_path)
    (run.folder / "config.json").write_text("{")
    with pytest.raises(RunError, match=r"config\.json cannot be read"):
        run_report(summary_of(run))
