"""Every printed number of a report comes from the function it names; paper and page print these and no others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from ecg_core.learning.model_folder import load_card
from ecg_core.reports import model_section, recording_counts, recording_report, report_words, urgent
from ecg_core.reports.finding import DASH, Answer, Finding, Line, at, decimals, hertz, length, rate, share, whole
from ecg_core.reports.reading import moment, read_layer
from ecg_core.reports.recording_html import recording_html
from ecg_core.reports.recording_pdf import recording_pdf
from ecg_core.reports.recording_report import RecordingReport
from ecg_core.reports.recording_report import recording_report as make
from ecg_core.reports.report_inputs import ReportInputs
from ecg_core.reports.report_strips import Chosen
from ecg_core.reports.report_words import strip_title
from ecg_core.text import RESEARCH_USE
from ecg_core.workspace import MODELS
from tests.reports.made_reports import HOSTILE, Page, Printed, beats, everything, numbers, of, one_line, printed

MADE = "2026-11-29T04:40:00.000+00:00"


@pytest.fixture(scope="module")
def inputs() -> ReportInputs:
    return everything()


@pytest.fixture(scope="module")
def report(inputs: ReportInputs) -> RecordingReport:
    return make(inputs, MADE)


@pytest.fixture(scope="module")
def pages(report: RecordingReport, inputs: ReportInputs) -> list[Printed]:
    return printed(recording_pdf(report, inputs.layers["corrected"]))


@pytest.fixture(scope="module")
def paper(pages: list[Printed]) -> str:
    return " ".join(page.text for page in pages)


@pytest.fixture(scope="module")
def page(report: RecordingReport, inputs: ReportInputs) -> Page:
    return Page(recording_html(report, inputs.layers["corrected"]))


def asked_again(finding: Finding, inputs: ReportInputs) -> Any:
    """What the function that a finding names says now, of what the finding names, at its path."""
    module, _, name = finding.origin.function.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    what, record = finding.origin.of, inputs.record
    if what in inputs.layers:
        layer = inputs.layers[what]  # type: ignore[index]
        answer = function(layer if name in ("summarise_rhythm", "usual_beat_of") else read_layer(what, layer))  # type: ignore[arg-type]
    elif what == "card":
        card = load_card(MODELS / "classifier")
        answer = card if name == "Card" else function(card)
    elif name == "window_start":
        sample, before_s = what.split()
        answer = function(record, int(sample), float(before_s))
    elif name == "first_sample":
        answer = function(record)
    else:
        given = {"record": record, "model used": inputs.model, "review": inputs.review, "families": inputs.families}
        answer = MADE if name == "now" else given[what]
    return at(answer, finding.origin.path)


def test_every_value_is_what_the_function_it_names_gives(report: RecordingReport, inputs: ReportInputs) -> None:
    found = list(report.findings())
    assert len(found) > 200
    for one in found:
        value = asked_again(one, inputs)
        if isinstance(value, float) and np.isnan(value):
            assert one.text == DASH
        elif isinstance(value, str | int | float | None):
            assert one.value == value, one
        else:
            assert one.text == (", ".join(value) if isinstance(value, tuple) else str(value)), one


FORMS: dict[str, Callable[[Any], str]] = {
    "mean_rate": rate, "per_minute": rate, "rate_per_minute": rate, "burden": share, "per_hour": decimals(1),
    "longest_rr/seconds": decimals(2, "s"), "fs": hertz, "band_hz/0": hertz, "band_hz/1": hertz,
    "macro_f1": decimals(3), "accuracy": share, "sensitivity": share, "ppv": share, "seed": str,
}  # fmt: skip
"""End of a path -> how its value is printed; times of events and lengths below, the rest are whole numbers."""


def spelled(one: Finding, inputs: ReportInputs) -> str:
    path, value = one.origin.path, one.value
    assert isinstance(value, int | float)
    for end, form in FORMS.items():
        if path.endswith(end):
            return form(value)
    if path.endswith("sample") or one.origin.function.endswith(("window_start", "first_sample", "first_of_class")):
        return moment(inputs.record, int(value))
    if path.endswith("/seconds") and value < 60:
        return decimals(1, "s")(value)
    return length(value) if isinstance(value, float) else whole(value)


def test_every_text_says_its_value_and_its_unit(report: RecordingReport, inputs: ReportInputs) -> None:
    for one in report.findings():
        if isinstance(one.value, int | float):
            assert one.text == spelled(one, inputs), one
        else:
            assert one.text == (DASH if one.value is None else one.value) or one.label == "Made", one


def fixed() -> Iterator[str]:
    """Words with numbers in them that stand in the sources: rules, labels, notes."""
    for rule in urgent.RULES:
        yield from (rule.name, rule.words)
    yield from (urgent.NOT_LOOKED_FOR, recording_counts.NOTE, model_section.EC57_NOTE, *model_section.LIMITS)
    yield from (report_words.SCALE, report_words.EC57_COLUMNS[0], "Figures after EC57", recording_report.UNFILTERED)
    yield from ("Pauses of 3 s and more", "runs of 3 to 5", "runs of 6 and more", "macro-F1", "VEB", "SVEB", "DS2")


def test_paper_and_page_print_every_value_and_no_other_number(
    report: RecordingReport, inputs: ReportInputs, paper: str, page: Page
) -> None:
    ticks = [tick.text for tick in (*report.trend.times, *report.trend.intervals, *report.trend.rates)]
    card = load_card(MODELS / "classifier")
    words = [*fixed(), *ticks, *inputs.record.leads, "made", card.split.note]
    words += [part.note for part in model_section.class_reports(card).values()]
    allowed = set().union(*map(numbers, words), *(numbers(one.text) for one in report.findings()))
    n_pages = paper.count(RESEARCH_USE)
    assert numbers(page.text) - allowed == set()
    assert numbers(paper) - allowed - {str(k) for k in range(1, n_pages + 1)} == set()
    for line in report.lines():
        for text in (paper, page.text):
            for one in line.findings:
                assert all(word in text for word in one.text.split()), one
        assert line.text in page.text
    for shown in (*report.urgent_strips, *report.strips):
        assert one_line(strip_title(shown)) in paper


def test_words_between_values_hold_no_number(report: RecordingReport) -> None:
    between = [part for line in report.lines() for part in line.parts if isinstance(part, str)]
    said = {part for part in between if numbers(part)} - {"; trained on ", ", macro-F1 "}
    assert said == set()


def test_the_first_page_says_what_a_reader_looks_for_first(report: RecordingReport, pages: list[Printed]) -> None:
    first = pages[0].text
    for said in (
        "212 flagged, 37 reviewed by A. Bee, C. Dee (5 corrected), 175 by the model alone",
        "unreadable 12 s", "Model (models/classifier) Corrected (A. Bee) Reference", "II, V1", "23:58:20",
        recording_report.UNFILTERED, "It was trained on this record.",
        "The usual beat here may not be sinus",
    ):  # fmt: skip
        assert said in first
    outcome = {one.name: one.outcome.text for one in report.urgent}
    assert outcome["Ventricular tachycardia"].startswith("1 found: 9 beats in 2.9 s, 167 /min at 23:58:53")
    assert outcome["Slow ventricular run"] == "1 found: 61 beats in 42.0 s, 86 /min at 00:00:12 (day 2)"
    assert outcome["Sustained SVT, by beats"] == "1 found: 100 beats in 39.6 s, 150 /min at 23:59:20"
    assert outcome["Pause"].startswith("1 found: 3.5 s at 00:00:")
    assert outcome["Atrial fibrillation or flutter"].startswith("1 found: 24.0 s, 75 /min")  # by the reference
    assert outcome["Frequent ventricular ectopy"].startswith("24.6 % of all beats")
    assert outcome["Second-degree AV block"] == "none found"
    assert outcome["Unreadable for long"] == "1 found: 12.0 s at 00:01:10 (day 2)"


def test_every_page_says_that_it_is_for_research(pages: list[Printed], page: Page) -> None:
    assert len(pages) > 4
    assert all(RESEARCH_USE in one.text and "SIMULATED" not in one.text for one in pages)
    assert RESEARCH_USE in page.text and "SIMULATED" not in page.text


def test_every_page_of_a_simulated_record_says_so() -> None:
    reference = of(*beats(("N", 20, 0.8)), simulated=True)
    report = make(ReportInputs(reference.record, {"reference": reference}), MADE, chosen=[])
    pages = printed(recording_pdf(report, reference))
    assert len(pages) == 3
    assert all(page.text.count("SIMULATED") == 2 for page in pages)
    assert "no patient behind it" in Page(recording_html(report, reference)).text


def test_comments_are_printed_only_when_they_are_asked_for() -> None:
    reference = of(*beats(("N", 20, 0.8)), comments=("70 M Digoxin",))
    inputs = ReportInputs(reference.record, {"reference": reference})
    for asked in (False, True):
        report = make(inputs, MADE, chosen=[], comments=asked)
        assert ("Digoxin" in recording_html(report, reference)) == asked
        assert any("Digoxin" in page.text for page in printed(recording_pdf(report, reference))) == asked


def test_what_nobody_gave_is_said_in_words() -> None:
    reference = of(*beats(("N", 20, 0.8)))
    detected = replace(reference.layer, name="detected", kind="detected")
    inputs = ReportInputs(reference.record, {"detected": replace(reference, layer=detected)})
    report = make(inputs, MADE)
    text = Page(recording_html(report, inputs.layers["detected"])).text
    for said in (
        recording_report.NOBODY, report_words.NO_MODEL, "Detected R peaks", urgent.WHY_NOT["classes"],
        recording_report.ELAPSED,
    ):  # fmt: skip
        assert said in text
    assert [strip.title.label for strip in report.strips] == ["Fastest rate", "Slowest rate", "Longest RR"]
    assert recording_pdf(report, inputs.layers["detected"]).startswith(b"%PDF")


def test_a_recording_without_any_beat_has_a_report_all_the_same() -> None:
    nothing = of([], [])
    report = make(ReportInputs(nothing.record, {"reference": nothing}), MADE)
    assert report.strips == report.urgent_strips == ()
    assert recording_pdf(report, nothing).startswith(b"%PDF") and recording_html(report, nothing)
    assert all(one.text in (DASH, "0", "0 s", "0.0") for row in report.counts.rows for one in row.cells)


def test_a_page_may_choose_the_strips() -> None:
    reference = of(*beats(("N", 40, 0.8)))
    inputs = ReportInputs(reference.record, {"reference": reference})
    report = make(inputs, MADE, [Chosen("Palpitation", 3_600), Chosen("End", reference.record.n_samples - 1)])
    first, last = report.strips
    assert first.start_sample == 3_600 - 1_260
    assert last.start_sample + last.n_samples == reference.record.n_samples
    assert "Palpitation. Strip from 00:06.5" in Page(recording_html(report, reference)).text
    with pytest.raises(ValueError, match="Nowhere"):
        make(inputs, MADE, [Chosen("Nowhere", reference.record.n_samples)])


def test_names_with_markup_are_text_on_the_page() -> None:
    inputs = everything(name=HOSTILE, leads=(HOSTILE, "V1"), comments=(HOSTILE,))
    assert inputs.review is not None
    family = replace(inputs.families[0], name=HOSTILE)
    inputs = replace(inputs, review=replace(inputs.review, reviewers=(HOSTILE,)), families=(family,))
    html = recording_html(make(inputs, MADE, comments=True), inputs.layers["corrected"])
    page = Page(html)
    assert not set(page.tags) & {"img", "script", "link", "iframe"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href")]
    assert page.text.count(HOSTILE) >= 6
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert HOSTILE in printed(recording_pdf(make(inputs, MADE, chosen=[]), inputs.layers["corrected"]))[0].text


def test_a_path_that_ends_before_a_value_gives_a_dash() -> None:
    answer = Answer.by(len, "nothing", {"a": None, "b": ()})
    assert [answer.finding("", path).text for path in ("a/b", "b/0/c", "c", "b/#")] == [DASH, DASH, DASH, "0"]
    assert Line("", (answer.finding("", "b/#", whole), " beats")).text == "0 beats"
