"""The Records page: opened by a link, driven by keys' buttons, and honest about records it cannot read."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
import wfdb
from streamlit.testing.v1 import AppTest

from ecg_core.data import header
from ecg_core.data.sources import VARIABLE
from tests.app.opening import opened as open_page
from tests.app.reads import count_calls, files_opened, select
from tests.data.foreign_records import wrsamp

MAX_PAGE_BYTES = 300_000


@pytest.fixture
def real(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    return mitdb


@pytest.fixture
def copied(mitdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Records 100, 208 and 232, to be damaged."""
    folder = tmp_path / "records"
    folder.mkdir()
    for name in ("100", "208", "232"):
        for suffix in ("hea", "dat", "atr"):
            shutil.copyfile(mitdb / f"{name}.{suffix}", folder / f"{name}.{suffix}")
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two short records: `short` has 8 s, two leads of one name and no annotations; `plain` has 30 s of beats."""
    folder = tmp_path / "small"
    folder.mkdir()
    write(folder, "short", 8, ["ECG", "ECG"], [], [])
    write(folder, "plain", 30, ["MLII"], [250 * k + 100 for k in range(28)], ["N"] * 28)
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def write(folder: Path, name: str, seconds: int, leads: list[str], samples: list[int], symbols: list[str]) -> None:
    signal = np.tile((np.sin(np.arange(250 * seconds) / 40) * 200).astype(int)[:, None], (1, len(leads)))
    n = len(leads)
    unique = [lead + "~" * leads[:k].count(lead) for k, lead in enumerate(leads)]
    wfdb.wrsamp(
        name, 250, ["mV"] * n, unique, d_signal=signal, fmt=["16"] * n, adc_gain=[200] * n, baseline=[0] * n,
        comments=["54 F 12 34", "Aldomet"], write_dir=str(folder),
    )  # fmt: skip
    if len(set(leads)) < n:  # which wfdb does not write
        header = folder / f"{name}.hea"
        header.write_text(header.read_text().replace(leads[0] + "~", leads[0]))
    if samples:
        wfdb.wrann(name, "atr", np.array(samples), symbols, write_dir=str(folder))


def opened(**address: str) -> AppTest:
    return open_page("1_Records", **address)


def address(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def figures(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def strip_title(app: AppTest) -> str:
    return str(figures(app)[1]["layout"]["title"]["text"])


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    assert not button.disabled
    button.click().run()
    assert not app.exception
    return app


def refused(app: AppTest) -> str:
    """The error shown; there must be one, and no trace behind it, and a way to another record."""
    assert len(app.error) == 1
    assert not figures(app)
    assert app.selectbox[0].label == "Record"
    return str(app.error[0].value)


@pytest.mark.usefixtures("real")
class TestRealRecords:
    def test_a_newcomer_sees_the_first_record_at_an_ectopic_beat(self) -> None:
        app = opened()
        assert address(app) == {
            "record": "100", "leads": "MLII,V5", "start": "0.68", "window": "10", "beat": "2044", "class": "S",
            "scale": "paper",
        }  # fmt: skip
        assert any(text.value == "S 1 of 33" for text in app.markdown)

    def test_the_list_says_what_is_in_each_record(self) -> None:
        options = opened().selectbox[0].options
        assert len(options) == 48
        assert "232 · 1,780 beats · S 1,382" in options
        assert "208 · 2,955 beats · S 2 · V 992 · F 373 · Q 2" in options

    def test_a_link_shows_what_it_names(self) -> None:
        app = opened(record="208", leads="V1", start="120", window="17.5")
        assert strip_title(app) == "Record 208, V1: 02:00.0 to 02:17.5."
        assert app.multiselect[0].value == ["V1"]

    def test_a_link_to_a_beat_centres_and_marks_it(self) -> None:
        app = opened(record="208", beat="6105")
        assert float(address(app)["start"]) == pytest.approx(6105 / 360 - 5, abs=0.01)
        assert any(text.value == "V 14 of 992" for text in app.markdown)

    def test_paging_and_stepping(self) -> None:
        app = opened(record="208", start="100", **{"class": "F"})
        press(app, "On")
        assert address(app)["start"] == "110"
        press(app, "Back")
        assert address(app)["start"] == "100"
        press(app, "Next")
        first = int(address(app)["beat"])
        assert first / 360 >= 100
        press(app, "Next")
        assert int(address(app)["beat"]) > first
        press(app, "Previous")
        assert int(address(app)["beat"]) == first

    def test_the_keys_are_those_of_the_list(self) -> None:
        shortcuts = {button.label: button.proto.shortcut for button in opened().button if button.proto.shortcut}
        assert shortcuts == {"Back": "left", "On": "right", "Previous": "p", "Next": "n", "Keys": "h"}

    def test_the_keys_are_listed_on_demand(self) -> None:
        app = press(opened(), "Keys")
        assert any("Previous, next beat" in text.value for text in app.markdown)

    def test_going_to_a_time(self) -> None:
        app = opened(record="208")
        app.text_input[0].set_value("12:30").run()
        assert address(app)["start"] == "750"
        assert "beat" not in address(app)
        for wrong, answer in (("noon", "is not a time"), ("99:00", "The record ends at 30:06.")):
            app.text_input[0].set_value(wrong).run()
            assert answer in app.warning[0].value
            assert address(app)["start"] == "750"

    def test_another_window_keeps_its_middle(self) -> None:
        app = opened(record="208", start="100", window="10")
        app.number_input[0].set_value(30.0).run()
        assert (address(app)["start"], address(app)["window"]) == ("90", "30")

    def test_another_record_begins_where_it_has_something_to_show(self) -> None:
        app = opened(record="208", start="900")
        app.selectbox[0].set_value("232").run()
        assert not app.exception
        assert address(app)["class"] == "S"
        assert "beat" in address(app)

    def test_a_click_on_the_overview_can_select_any_column(self) -> None:
        columns = figures(opened(record="208"))[0]["data"][1]
        assert columns["mode"] == "markers"
        assert len(columns["text"]) == 1_498

    def test_patient_details_are_shown_only_on_request(self) -> None:
        app = opened(record="208")
        assert "23 F" not in str(app.main)
        app.toggle[0].set_value(True).run()
        assert "23 F" in app.text[0].value

    def test_integrity_is_stated(self) -> None:
        captions = [caption.value for caption in opened(record="208").caption]
        assert "Integrity: header checksums verified, files identical to PhysioNet's." in captions

    def test_record_114_shows_mlii_first(self) -> None:
        assert strip_title(opened(record="114")).startswith("Record 114, MLII, V5:")

    @pytest.mark.parametrize("window", ["2", "10", "60"])
    @pytest.mark.parametrize("name", ["102", "207", "208", "232"])
    def test_both_charts_of_a_page_stay_small(self, name: str, window: str) -> None:
        app = opened(record=name, window=window)
        assert sum(len(chart.proto.spec) for chart in app.get("plotly_chart")) <= MAX_PAGE_BYTES

    @pytest.mark.parametrize(
        ("name", "value", "answer"),
        [
            ("start", "soon", "'soon' is not a number of 0 s or more"),
            ("start", "99999", "Record 208 ends at 30:06: its last window is shown."),
            ("window", "600", "'600' is not a number from 2 to 60 s"),
            ("leads", "aVR", "Record 208 has no lead aVR; it has MLII, V1."),
            ("beat", "99999999", "record 208 ends at 650,000"),
            ("class", "X", "'X' is none of N, S, V, F, Q"),
        ],
    )
    def test_a_value_of_the_link_that_does_not_fit_is_named(self, name: str, value: str, answer: str) -> None:
        app = opened(**{"record": "208", name: value})
        assert answer in app.warning[0].value
        assert len(figures(app)) == 2

    @pytest.mark.parametrize("name", ["999", "../../etc/passwd", "100.hea", "", "<script>alert(1)</script>"])
    def test_an_unknown_record_is_named_and_no_trace_is_drawn(self, name: str) -> None:
        app = opened(record=name) if name else opened(record=" ")
        text = refused(app)
        assert "Unknown record" in text
        assert (name or " ") in text
        app.selectbox[0].set_value("208").run()
        assert not app.error
        assert strip_title(app).startswith("Record 208")

    def test_a_link_cannot_load_an_image_through_an_error(self) -> None:
        assert "!\\[x](https" in refused(opened(record="![x](https://example.org/x.png)"))


READERS = (
    ("ecg_core.data.header", "read_header"),
    ("ecg_core.data.reader", "read_record"),
    ("ecg_core.beats.beat_table", "beat_table"),
    ("ecg_core.data.rhythm", "rhythms"),
    ("ecg_core.beats.summary", "summarise"),
)
ACTIONS: dict[str, Callable[[AppTest], object]] = {
    "nothing": lambda app: app.run(),
    "page on": lambda app: press(app, "On"),
    "next beat": lambda app: press(app, "Next"),
    "another class": lambda app: app.selectbox(key="records.class.widget").set_value("S").run(),
    "another window": lambda app: app.number_input[0].set_value(30.0).run(),
    "a click on the overview": lambda app: select(app, "plotly_chart", 0, {"points": [OVERVIEW_POINT]}),
    "a ticked episode": lambda app: select(app, "dataframe", 0, {"rows": [1]}),
    "a ticked beat": lambda app: select(app, "dataframe", 1, {"rows": [2]}),
    "predictions": lambda app: app.selectbox(key="records.predict.widget").set_value("models/classifier").run(),
}
OVERVIEW_POINT = {"curve_number": 1, "point_index": 749}


@pytest.mark.usefixtures("real")
class TestReading:
    """What is read and computed, counted: files as they are opened, by whatever library, and calls."""

    @pytest.fixture
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
        counter: Counter[str] = Counter()
        opened(record="208")  # imports everything: what is imported later would keep the counting functions
        streamlit.cache_resource.clear()
        count_calls(monkeypatch, counter, *READERS)
        return counter

    def test_a_page_opened_on_a_cold_server_reads_the_record_and_derives_its_beats_once(
        self, calls: Counter[str]
    ) -> None:
        header._content.cache_clear()
        with files_opened() as files:
            opened(record="208")
        assert {name: calls[name] for _, name in READERS if name != "read_header"} == {
            "read_record": 1, "beat_table": 1, "rhythms": 1, "summarise": 1,
        }  # fmt: skip
        headers = {name: n for name, n in files.items() if name.endswith(".hea")}
        assert headers.pop("208.hea") == 2  # parsed once; for its published SHA-256
        assert headers == dict.fromkeys(headers, 1)
        assert len(headers) == 47

    def test_a_page_opened_in_another_session_reads_nothing(self, calls: Counter[str]) -> None:
        opened(record="208")
        calls.clear()
        with files_opened() as files:
            opened(record="208")
        assert [file for file in files if file.startswith("2")] == []
        assert not calls

    @pytest.mark.parametrize("action", ACTIONS)
    def test_a_click_reads_no_header_twice_and_derives_nothing_anew(self, calls: Counter[str], action: str) -> None:
        app = opened(record="208")
        before = address(app)
        calls.clear()
        with files_opened() as files:
            ACTIONS[action](app)
        assert not app.exception
        assert (address(app) == before) is (action == "nothing")
        if action == "predictions":  # prepares the beats of this record, once
            calls.clear()
            with files_opened() as files:
                app.run()
        assert [file for file in files if file.endswith((".hea", ".dat", ".atr"))] == []
        assert not calls

    def test_another_record_is_read_once(self, calls: Counter[str]) -> None:
        app = opened(record="208")
        calls.clear()
        app.selectbox[0].set_value("232").run()
        assert (calls["read_record"], calls["beat_table"], calls["rhythms"], calls["summarise"]) == (1, 1, 1, 0)


class TestDamagedRecords:
    def test_a_corrupt_header(self, copied: Path) -> None:
        (copied / "208.hea").write_text((copied / "208.hea").read_text().replace("208 2 360", "208 2 abc"))
        app = opened(record="208")
        assert "208.hea, line 1: sampling frequency in Hz is 'abc'" in refused(app)
        assert "208 · cannot be read" in app.selectbox[0].options
        app.selectbox[0].set_value("232").run()
        assert strip_title(app).startswith("Record 232")

    def test_truncated_samples(self, copied: Path) -> None:
        with (copied / "208.dat").open("rb+") as file:
            file.truncate(1_000_000)
        assert "208.dat is cut off: 1,000,000 bytes" in refused(opened(record="208"))

    def test_changed_samples(self, copied: Path) -> None:
        with (copied / "208.dat").open("rb+") as file:
            file.seek(3_000)
            file.write(b"\x01\x02\x03" * 20)
        assert "the samples are damaged" in refused(opened(record="208"))

    def test_missing_samples(self, copied: Path) -> None:
        (copied / "208.dat").unlink()
        assert "208.dat is missing" in refused(opened(record="208"))

    def test_annotations_beyond_the_signal(self, copied: Path) -> None:
        wfdb.wrann("208", "atr", np.array([100, 650_001, 700_000]), ["N", "V", "V"], write_dir=str(copied))
        assert "lie outside the signal" in refused(opened(record="208"))

    def test_a_record_that_is_damaged_while_it_is_shown(self, copied: Path) -> None:
        app = opened(record="208")
        assert len(figures(app)) == 2
        with (copied / "208.dat").open("rb+") as file:
            file.truncate(1_000_000)
        assert "cut off" in refused(app.run())

    def test_an_unusable_folder_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
        app = opened()
        assert "is not a folder" in app.error[0].value
        assert not figures(app)


@pytest.mark.usefixtures("small")
class TestOwnRecords:
    def test_a_short_record_without_annotations(self) -> None:
        app = opened(record="short")
        assert strip_title(app) == "Record short, ECG, ECG: 00:00.0 to 00:08.0."
        assert app.multiselect[0].options == ["ECG", "ECG (2)"]
        assert "short · no beats annotated" in app.selectbox[0].options
        assert [button.label for button in app.button] == ["Detect R peaks", "Back", "On", "Keys"]
        assert all(button.disabled for button in app.button[1:3])

    def test_a_record_of_normal_beats_only_begins_at_its_beginning(self) -> None:
        app = opened(record="plain", window="60")
        assert (address(app)["start"], address(app)["class"]) == ("0", "N")
        assert "no S, V, F or Q beats" in figures(app)[0]["layout"]["title"]["text"]

    def test_nothing_is_claimed_about_records_no_list_speaks_of(self) -> None:
        captions = [caption.value for caption in opened(record="plain").caption]
        assert "Integrity: header checksums verified." in captions
        assert "small, 2 records" in str(captions)


class TestForeignRecords:
    def test_a_multi_segment_record_in_a_sub_folder_with_gaps_and_a_missing_lead(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = tmp_path / "holter 7"
        place.mkdir()
        wave = np.rint(np.sin(np.arange(2500) / 40)[:, None] * [200, 100, 300]).astype(np.int64)
        for part in ("m_1", "m_2"):
            wrsamp(place, part, wave, "24", fs=250, sig_name=["V5", "Lead II", "ART"], units=["mV", "mV", "mmHg"])
        (place / "gone.dat").write_bytes(b"\x00\x80" * 7500)
        lines = ["gone.dat 16 0 16 0 0 0 0 V5", "gone.dat 16 0 16 0 0 0 0 Lead II", "gone.dat 16 1/mmHg 16 0 0 0 0 ART"]
        (place / "gone.hea").write_text("\n".join(["gone 3 250 2500", *lines]) + "\n", encoding="utf-8")
        (place / "m.hea").write_text("m/4 3 250\ngone 2500\nm_1 2500\n~ 1000\nm_2 2500\n", encoding="utf-8")
        wfdb.wrann("m", "ari", np.array([3000, 6500, 90_000]), ["N", "n", "V"], write_dir=str(place))
        monkeypatch.setenv(VARIABLE, str(tmp_path))
        app = opened(record="holter 7/m", start="10")
        assert not app.exception
        assert strip_title(app) == "Record holter 7/m, Lead II, V5: 00:10.0 to 00:20.0."
        assert app.selectbox[0].options == ["holter 7/m · 2 beats · S 1"]
        captions = [caption.value for caption in app.caption]
        assert "Channels left out: ART (in mmHg, not in mV)." in captions
        assert "Annotations outside the recording, left out: 1." in captions
        assert "Uncalibrated, amplitudes are no true mV: Lead II, V5." in captions
        assert opened(record="../m").error


class TestFindings:
    """What the workbench finds in a record beside its labels."""

    @pytest.fixture(autouse=True)
    def folder(self, simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "findings"
        folder.mkdir()
        for path in simulated.glob("sim0[1589].*"):
            shutil.copy(path, folder / path.name)
        monkeypatch.setenv(VARIABLE, str(folder))
        return folder

    def said(self, app: AppTest) -> str:
        return "\n".join(str(element.value) for element in app.caption)

    def strip_words(self, app: AppTest) -> str:
        return json.dumps([trace.get("text") for trace in figures(app)[1]["data"]], ensure_ascii=False)

    def test_fibrillation_by_rr_is_drawn_beside_the_reference_rhythm_and_says_whose_it_is(self) -> None:
        app = opened(record="sim05", start="200")
        assert figures(app)[0]["layout"]["yaxis2"]["ticktext"][:2] == ["AF", "AF by RR"]
        words = self.strip_words(app)
        assert "Atrial fibrillation, reference" in words and "Atrial fibrillation, by RR, Petrėnas 2015" in words
        assert "by RR, Petrėnas 2015" in self.said(app)
        assert "AF by RR" in list(app.dataframe[0].value["Rhythm"])
        quiet = opened(record="sim01")
        assert "by RR" not in self.said(quiet) + self.strip_words(quiet)
        assert "AF by RR" not in figures(quiet)[0]["layout"]["yaxis2"]["ticktext"]

    def test_so_it_is_where_nobody_annotated_the_beats(self, folder: Path) -> None:
        (folder / "sim05.atr").unlink()
        app = press(opened(record="sim05", start="200"), "Detect R peaks")
        assert figures(app)[0]["layout"]["yaxis2"]["ticktext"] == ["AF by RR"]
        assert "Atrial fibrillation, by RR, Petrėnas 2015" in self.strip_words(app)
        assert set(app.dataframe[0].value["Rhythm"]) == {"AF by RR"}

    def test_a_usual_beat_that_may_not_be_sinus_is_one_line(self) -> None:
        assert self.said(opened(record="sim08")).count("The usual beat here may not be sinus") == 1
        assert "may not be sinus" not in self.said(opened(record="sim01"))

    def test_detection_is_offered_beside_a_reference_and_what_differs_is_counted_and_stepped_through(self) -> None:
        app = press(opened(record="sim09", start="0"), "Detect R peaks")
        assert "against the reference (150 ms)" in self.said(app)
        assert "reference (sim09.atr)" in self.said(app), "the reference stays what is drawn"
        assert not [button for button in app.button if button.label == "Detect R peaks"]
        choice = next(box for box in app.selectbox if box.label == "Class to step through")
        assert choice.options[-1] == "R peaks missed or extra"
        app = choice.set_value("peaks").run()
        assert any("R peak difference" in text.value for text in app.markdown)
        app = press(app, "Next")
        marked = int(address(app)["beat"])
        assert address(app)["class"] == "peaks"
        words = self.strip_words(app)
        assert '"missed"' in words or '"extra"' in words
        again = opened(record="sim09", beat=str(marked), **{"class": "peaks"})
        assert any(text.value.startswith("R peak 1 of") for text in again.markdown)

    def test_moving_does_not_look_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: Counter[str] = Counter()
        count_calls(
            monkeypatch, calls,
            ("ecg_core.beats.rhythm_by_rr", "fibrillation_of"), ("ecg_core.beats.usual_beat", "usual_beat_of"),
        )  # fmt: skip
        press(press(opened(record="sim05"), "On"), "On")
        assert calls == {"fibrillation_of": 1, "usual_beat_of": 1}

    def test_an_uncalibrated_lead_is_said_at_the_scale(self, folder: Path) -> None:
        header_file = folder / "sim01.hea"
        lines = header_file.read_text().splitlines()
        lines[1] = " ".join("0" if "/mV" in word else word for word in lines[1].split(" "))
        header_file.write_text("\n".join(lines) + "\n")
        app = opened(record="sim01")
        first = lines[1].split()[-1]
        assert f"{first} uncalibrated: no true mV" in self.strip_words(app)
        assert "uncalibrated" not in self.strip_words(opened(record="sim05"))
