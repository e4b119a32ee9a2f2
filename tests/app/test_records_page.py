"""The Records page: opened by a link, moved by what its viewer tells, and honest about records it cannot read."""

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
from ecg_core.plots import print_strip
from ecg_core.ui.records import prints
from tests.app.opening import opened as open_page
from tests.app.opening import settled
from tests.app.place_lists import choose_row, choose_sample, column, place_list
from tests.app.reads import count_calls, files_opened
from tests.app.viewers import messages, shown, stores, tell, viewers
from tests.data.foreign_records import wrsamp

MAX_BYTES_OF_A_MOVE = 100_000


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


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    assert not button.disabled
    button.click().run()
    assert not app.exception
    return app


def refused(app: AppTest) -> str:
    """The error shown; there must be one, and no trace behind it, and a way to another record."""
    assert len(app.error) == 1
    assert not viewers(app) and not stores(app)
    assert app.selectbox[0].label == "Record"
    return str(app.error[0].value)


@pytest.mark.usefixtures("real")
class TestRealRecords:
    def test_a_newcomer_sees_the_first_record_at_an_ectopic_beat(self) -> None:
        app = opened()
        assert address(app) == {
            "record": "100", "leads": "MLII,V5", "start": "0.68", "window": "10", "beat": "2044", "class": "S",
            "speed": "25", "gain": "0",
        }  # fmt: skip
        viewer = shown(app)
        assert (viewer.record, viewer.leads, viewer.window) == ("100", ["MLII", "V5"], (0.68, 10))
        assert (viewer.beat, viewer.step) == (2044, "S")
        assert viewer.samples_of("S")[0] == 2044 and len(viewer.samples_of("S")) == 33

    def test_the_whole_recording_is_brought_as_it_is_in_its_file(self, real: Path) -> None:
        viewer = shown(opened(record="208"))
        assert (viewer.signal.header["fs"], viewer.signal.header["samples"]) == (360, 650_000)
        stored = wfdb.rdrecord(str(real / "208"), physical=False).d_signal
        for k in range(2):
            assert np.array_equal(viewer.signal.blocks[f"raw{k}"], stored[:, k])
        assert len(viewer.labels.blocks["samples"]) == 2_955
        assert viewer.labels.header["layer"] == "reference, 208.atr"

    def test_the_list_says_what_is_in_each_record(self) -> None:
        options = opened().selectbox[0].options
        assert len(options) == 48
        assert "232 · 1,780 beats · S 1,382" in options
        assert "208 · 2,955 beats · S 2 · V 992 · F 373 · Q 2" in options

    def test_a_link_shows_what_it_names(self) -> None:
        app = opened(record="208", leads="V1", start="120", window="17.5")
        viewer = shown(app)
        assert (viewer.record, viewer.leads, viewer.window) == ("208", ["V1"], (120, 17.5))
        assert app.multiselect[0].value == ["V1"]

    def test_a_link_to_a_beat_centres_and_marks_it(self) -> None:
        app = opened(record="208", beat="6105")
        assert float(address(app)["start"]) == pytest.approx(6105 / 360 - 5, abs=0.01)
        viewer = shown(app)
        assert (viewer.beat, viewer.step, viewer.window[0]) == (6105, "V", float(address(app)["start"]))
        beats = viewer.samples_of("V")
        assert (beats.index(6105), len(beats)) == (13, 992)

    def test_where_the_viewer_goes_is_in_the_address_and_it_is_not_sent_there(self) -> None:
        app = opened(record="208", start="100", **{"class": "F"})
        before = shown(app).given
        tell(app, range=[110.0, 10.0])
        assert address(app)["start"] == "110"
        beat = next(sample for sample in shown(app).samples_of("F") if sample > 110 * 360)
        tell(app, range=[beat / 360 - 15, 30.0], beat=beat)
        assert (address(app)["beat"], address(app)["window"]) == (str(beat), "30")
        assert float(address(app)["start"]) == pytest.approx(beat / 360 - 15, abs=0.006)
        tell(app, step="V")
        assert address(app)["class"] == "V"
        tell(app, beat=None)
        assert "beat" not in address(app)
        assert shown(app).given == before
        again = shown(opened(**address(app)))
        assert (again.record, again.window, again.beat, again.step) == (
            "208", (float(address(app)["start"]), 30), None, "V",
        )  # fmt: skip

    def test_the_tables_follow_the_viewer(self) -> None:
        app = tell(opened(record="208"), range=[100.0, 5.0])
        beats = shown(app).labels.blocks["samples"]
        assert len(place_list(app, 1)["rows"]) == int(((beats >= 36_000) & (beats < 37_800)).sum()) > 0
        assert column(app, 1, "Time")[0].startswith("01:40")
        app = tell(app, range=[0.0, 10_000.0])
        assert any(text.value.startswith("2,955 beats in the window: zoom in") for text in app.caption)

    def test_going_to_a_time(self) -> None:
        app = opened(record="208")
        before = shown(app).seq
        app.text_input[0].set_value("12:30").run()
        assert address(app)["start"] == "750"
        assert "beat" not in address(app)
        assert (shown(app).seq, shown(app).window, shown(app).beat) == (before + 1, (750, 10), None)
        for wrong, answer in (("noon", "is not a time"), ("99:00", "The record ends at 30:06.")):
            app.text_input[0].set_value(wrong).run()
            assert answer in app.warning[0].value
            assert address(app)["start"] == "750"
            assert shown(app).seq == before + 1

    def test_another_record_begins_where_it_has_something_to_show(self) -> None:
        app = tell(opened(record="208", start="900"), range=[1000.0, 20.0], beat=None)
        before = shown(app).seq
        app.selectbox[0].set_value("232").run()
        assert not app.exception
        assert address(app)["class"] == "S"
        assert "beat" in address(app)
        viewer = shown(app)
        assert (viewer.record, viewer.seq, viewer.step, viewer.window[1]) == ("232", before + 1, "S", 20)
        assert viewer.beat in viewer.samples_of("S")
        assert viewer.window[0] <= (viewer.beat or 0) / 360 < sum(viewer.window)

    @pytest.mark.parametrize("sample", [3, -1, "100", True, None, [1], 1e12])
    def test_a_row_that_is_not_there_any_more_moves_nothing(self, sample: object) -> None:
        app = opened(record="208")
        before = shown(app).given
        assert shown(choose_sample(app, 1, sample)).given == before

    def test_a_click_on_a_table_sends_the_viewer_there(self) -> None:
        app = opened(record="208")
        before = shown(app).seq
        choose_row(app, 0, 1)
        episode = shown(app).labels.header["rhythms"][0]["episodes"][1]
        assert shown(app).window[0] == pytest.approx(episode["from"] / 360 - 1, abs=0.006)
        assert shown(app).seq == before + 1
        choose_row(app, 1, 2)
        viewer = shown(app)
        assert viewer.beat in viewer.labels.blocks["samples"]
        assert viewer.window[0] == pytest.approx((viewer.beat or 0) / 360 - 5, abs=0.006)
        assert viewer.seq == before + 2

    def test_other_leads_are_drawn_without_bringing_the_recording_again_or_moving(self) -> None:
        app = opened(record="208")
        before = shown(app)
        app.multiselect[0].set_value(["V1"]).run()
        assert shown(app).leads == ["V1"]
        assert {**shown(app).given, "leads": before.given["leads"]} == before.given

    def test_it_can_be_left_and_come_back_to_where_it_was(self) -> None:
        app = tell(opened(record="208"), range=[100.0, 5.0])
        before = shown(app).seq
        app.switch_page("pages/7_Runs.py").run()
        assert not viewers(app)
        app.switch_page("pages/1_Records.py").run()
        assert not app.exception
        assert (shown(app).window, shown(app).seq) == ((100, 5), before + 1)

    def test_patient_details_are_shown_only_on_request(self) -> None:
        app = opened(record="208")
        assert "23 F" not in str(app.main)
        app.toggle[0].set_value(True).run()
        assert "23 F" in app.text[0].value

    def test_integrity_is_stated(self) -> None:
        captions = [caption.value for caption in opened(record="208").caption]
        assert "Integrity: header checksums verified, files identical to PhysioNet's." in captions

    def test_record_114_shows_mlii_first(self) -> None:
        assert shown(opened(record="114")).leads == ["MLII", "V5"]

    @pytest.mark.parametrize("name", ["102", "207", "208", "232"])
    def test_a_move_sends_no_recording_again_and_little_else(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        app = opened(record=name)
        before = [store.SerializeToString() for store in stores(app)]
        with messages(monkeypatch) as sent:
            tell(app, range=[100.0, 60.0], beat=None)
        deltas = [message for message in sent if message.WhichOneof("type") == "delta"]
        of_a_fragment = [message for message in deltas if message.delta.fragment_id]
        components = [message.delta.new_element.bidi_component.component_name for message in of_a_fragment]
        alone = ["ecg_workbench_viewer", "ecg_workbench_place_list", "ecg_workbench_place_list"]
        assert [one for one in components if one] == alone, "a move runs the fragment alone"
        assert sum(message.ByteSize() for message in of_a_fragment) <= MAX_BYTES_OF_A_MOVE
        assert shown(app).n_bytes <= MAX_BYTES_OF_A_MOVE
        assert [store.SerializeToString() for store in stores(app)] == before, "what is the same is known by its hash"
        assert all(message.metadata.cacheable for message in deltas if message.ByteSize() > MAX_BYTES_OF_A_MOVE)

    @pytest.mark.parametrize(
        ("name", "value", "answer"),
        [
            ("start", "soon", "'soon' is not a number of 0 s or more"),
            ("start", "99999", "Record 208 ends at 30:06: its last window is shown."),
            ("window", "0.1", "'0.1' is not a number of 0.5 s or more"),
            ("leads", "aVR", "Record 208 has no lead aVR; it has MLII, V1."),
            ("beat", "99999999", "record 208 ends at 650,000"),
            ("class", "X", "'X' is none of N, S, V, F, Q"),
        ],
    )
    def test_a_value_of_the_link_that_does_not_fit_is_named(self, name: str, value: str, answer: str) -> None:
        app = opened(**{"record": "208", name: value})
        assert answer in app.warning[0].value
        assert shown(app).record == "208"

    @pytest.mark.parametrize(("window", "length_s"), [("0.5", 0.5), ("600", 600), ("1e9", 650_000 / 360)])
    def test_a_link_may_show_half_a_second_or_the_whole_recording(self, window: str, length_s: float) -> None:
        app = opened(record="208", window=window)
        assert not app.warning
        assert shown(app).window[1] == length_s

    @pytest.mark.parametrize("kind", ["flagged", "differs"])
    def test_a_link_may_step_through_what_a_model_says(self, kind: str) -> None:
        app = opened(record="208", **{"class": kind})
        assert not app.warning
        assert (shown(app).step, address(app)["class"]) == (kind, kind)

    @pytest.mark.parametrize("name", ["999", "../../etc/passwd", "100.hea", "", "<script>alert(1)</script>"])
    def test_an_unknown_record_is_named_and_no_trace_is_drawn(self, name: str) -> None:
        app = opened(record=name) if name else opened(record=" ")
        text = refused(app)
        assert "Unknown record" in text
        assert (name or " ") in text
        app.selectbox[0].set_value("208").run()
        assert not app.error
        assert shown(app).record == "208"

    def test_a_link_cannot_load_an_image_through_an_error(self) -> None:
        assert "!\\[x](https" in refused(opened(record="![x](https://example.org/x.png)"))


@pytest.mark.usefixtures("real")
class TestModels:
    """What models say of a record, brought with its labels."""

    def test_predictions_come_with_the_labels_and_say_where_they_differ(self) -> None:
        app = opened(record="208")
        before = shown(app)
        app.selectbox(key="records.predict.widget").set_value("models/classifier").run()
        viewer = shown(settled(app))
        assert viewer.labels.header["predictions"] == "models/classifier"
        assert viewer.given["signal"] == before.given["signal"] and viewer.given["labels"] != before.given["labels"]
        assert viewer.seq == before.seq, "the viewer stays where it is"
        blocks = viewer.labels.blocks
        reference = dict(zip(blocks["samples"].tolist(), blocks["classes"].tolist(), strict=True))
        other = [
            reference.get(sample) != beat_class
            for sample, beat_class in zip(
                blocks["predicted_samples"].tolist(), blocks["predicted_classes"].tolist(), strict=True
            )
        ]
        assert blocks["predicted_differs"].tolist() == other
        assert 0 < sum(other) < len(other)
        assert "Rings under the beats: the layer models/classifier" in str([one.value for one in app.caption])

    def test_scores_come_with_their_parts_and_the_threshold(self) -> None:
        viewer = shown(opened(record="208", score="models/autoencoder", **{"class": "flagged"}))
        said, blocks = viewer.labels.header["scores"], viewer.labels.blocks
        assert said["parts"] == ["shape", "early"]
        parts = sum(blocks[f"score_part{k}"] for k in range(len(said["parts"])))
        assert np.allclose(parts, blocks["score_values"], rtol=1e-4)
        assert (np.diff(blocks["score_samples"]) > 0).all()
        assert np.isin(blocks["score_samples"], blocks["samples"]).all()
        assert 0 < (blocks["score_values"] >= said["threshold"]).sum() < len(blocks["score_values"])
        assert viewer.step == "flagged"

    @pytest.mark.parametrize(
        ("name", "answer"),
        [("predict", "is no beat classifier that is ready"), ("score", "is no autoencoder that is ready")],
    )
    def test_a_model_that_is_not_there_is_named_and_the_recording_still_read(self, name: str, answer: str) -> None:
        app = opened(record="208", **{name: "models/none"})
        assert "'models/none' " + answer in app.warning[0].value
        header = shown(app).labels.header
        assert header["predictions"] is header["scores"] is None


READERS = (
    ("ecg_core.data.header", "read_header"),
    ("ecg_core.data.reader", "read_record"),
    ("ecg_core.beats.beat_table", "beat_table"),
    ("ecg_core.data.rhythm", "rhythms"),
    ("ecg_core.beats.summary", "summarise"),
    ("ecg_core.ui.viewer.packing", "signal_of"),
)
ACTIONS: dict[str, Callable[[AppTest], object]] = {
    "nothing": lambda app: app.run(),
    "another window": lambda app: tell(app, range=[300.0, 30.0]),
    "another marked beat": lambda app: tell(app, beat=6105),
    "another class": lambda app: tell(app, step="S"),
    "a time": lambda app: app.text_input[0].set_value("12:30").run(),
    "another lead": lambda app: app.multiselect[0].set_value(["V1"]).run(),
    "a chosen episode": lambda app: choose_row(app, 0, 1),
    "a chosen beat": lambda app: choose_row(app, 1, 2),
    "predictions": lambda app: app.selectbox(key="records.predict.widget").set_value("models/classifier").run(),
    "scores": lambda app: app.selectbox(key="records.score.widget").set_value("models/autoencoder").run(),
}


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
            "read_record": 1, "beat_table": 1, "rhythms": 1, "summarise": 1, "signal_of": 1,
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
        if action in ("predictions", "scores"):  # prepares the beats of this record, once
            calls.clear()
            with files_opened() as files:
                app.run()
        assert [file for file in files if file.endswith((".hea", ".dat", ".atr"))] == []
        assert not calls

    def test_another_record_is_read_once(self, calls: Counter[str]) -> None:
        app = opened(record="208")
        calls.clear()
        app.selectbox[0].set_value("232").run()
        assert {name: calls[name] for _, name in READERS if name != "read_header"} == {
            "read_record": 1, "beat_table": 1, "rhythms": 1, "summarise": 0, "signal_of": 1,
        }  # fmt: skip


class TestDamagedRecords:
    def test_a_corrupt_header(self, copied: Path) -> None:
        (copied / "208.hea").write_text((copied / "208.hea").read_text().replace("208 2 360", "208 2 abc"))
        app = opened(record="208")
        assert "208.hea, line 1: sampling frequency in Hz is 'abc'" in refused(app)
        assert "208 · cannot be read" in app.selectbox[0].options
        app.selectbox[0].set_value("232").run()
        assert shown(app).record == "232"

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
        assert len(viewers(app)) == 1
        with (copied / "208.dat").open("rb+") as file:
            file.truncate(1_000_000)
        assert "cut off" in refused(app.run())

    def test_an_unusable_folder_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
        app = opened()
        assert "is not a folder" in app.error[0].value
        assert not viewers(app) and not stores(app)


@pytest.mark.usefixtures("small")
class TestOwnRecords:
    def test_a_short_record_without_annotations(self) -> None:
        app = opened(record="short")
        viewer = shown(app)
        assert (viewer.record, viewer.leads, viewer.window) == ("short", ["ECG", "ECG"], (0, 8))
        assert (viewer.beat, viewer.step, len(viewer.labels.blocks["samples"])) == (None, None, 0)
        assert app.multiselect[0].options == ["ECG", "ECG (2)"]
        assert "short · no beats annotated" in app.selectbox[0].options
        assert [button.label for button in app.main.button] == ["Detect R peaks"]

    def test_a_record_of_normal_beats_only_begins_at_its_beginning(self) -> None:
        app = opened(record="plain", window="60")
        assert (address(app)["start"], address(app)["class"]) == ("0", "N")
        viewer = shown(app)
        assert (viewer.window, viewer.beat, len(viewer.samples_of("N"))) == ((0, 30), None, 28)

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
        viewer = shown(app)
        assert (viewer.record, viewer.leads, viewer.window) == ("holter 7/m", ["Lead II", "V5"], (10, 10))
        leads = viewer.signal.header["leads"]
        assert [lead["calibrated"] for lead in leads] == [False, False]
        for k, lead in enumerate(leads):  # the gap between the segments has no values
            gap = viewer.signal.blocks[f"raw{k}"][5000:6000]
            assert (gap == lead["missing"]).all()
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

    BY_RR = ("by RR, Petrėnas 2015", {"Atrial fibrillation"})

    def test_fibrillation_by_rr_is_drawn_beside_the_reference_rhythm_and_says_whose_it_is(self) -> None:
        app = opened(record="sim05", start="200")
        reference, found = shown(app).rhythms
        assert reference[0] == "" and "Atrial fibrillation" in reference[1]
        assert found == self.BY_RR
        assert "by RR, Petrėnas 2015" in self.said(app)
        assert "AF by RR" in column(app, 0, "Rhythm")
        quiet = opened(record="sim01")
        assert "by RR" not in self.said(quiet)
        assert [whose for whose, _ in shown(quiet).rhythms if whose] == []

    def test_so_it_is_where_nobody_annotated_the_beats(self, folder: Path) -> None:
        (folder / "sim05.atr").unlink()
        app = press(opened(record="sim05", start="200"), "Detect R peaks")
        assert shown(app).rhythms == [self.BY_RR]
        assert shown(app).labels.header["detected"] is True
        assert set(column(app, 0, "Rhythm")) == {"AF by RR"}

    def test_a_usual_beat_that_may_not_be_sinus_is_one_line(self) -> None:
        assert self.said(opened(record="sim08")).count("The usual beat here may not be sinus") == 1
        assert "may not be sinus" not in self.said(opened(record="sim01"))

    def test_detection_is_offered_beside_a_reference_and_what_differs_is_counted_and_stepped_through(self) -> None:
        app = press(opened(record="sim09", start="0"), "Detect R peaks")
        assert "against the reference (150 ms)" in self.said(app)
        assert "reference (sim09.atr)" in self.said(app), "the reference stays what is drawn"
        assert not [button for button in app.button if button.label == "Detect R peaks"]
        blocks = shown(app).labels.blocks
        missed, extra = blocks["missed"].tolist(), blocks["extra"].tolist()
        assert f"{len(missed)} missed" in self.said(app) and f"{len(extra)} extra" in self.said(app)
        assert missed or extra
        app = tell(app, step="peaks")
        assert address(app)["class"] == "peaks"
        beat = min(missed + extra)
        again = opened(record="sim09", beat=str(beat), **{"class": "peaks"})
        assert not any("was not used" in warning.value for warning in again.warning)
        assert (shown(again).step, shown(again).beat) == ("peaks", beat)
        assert shown(again).window[0] <= beat / shown(again).signal.header["fs"] < sum(shown(again).window)

    def test_moving_does_not_look_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: Counter[str] = Counter()
        count_calls(
            monkeypatch, calls,
            ("ecg_core.beats.rhythm_by_rr", "fibrillation_of"), ("ecg_core.beats.usual_beat", "usual_beat_of"),
        )  # fmt: skip
        tell(tell(opened(record="sim05"), range=[20.0, 10.0]), range=[30.0, 10.0])
        assert calls == {"fibrillation_of": 1, "usual_beat_of": 1}

    def test_the_viewer_is_told_which_lead_is_uncalibrated(self, folder: Path) -> None:
        header_file = folder / "sim01.hea"
        lines = header_file.read_text().splitlines()
        lines[1] = " ".join("0" if "/mV" in word else word for word in lines[1].split(" "))
        header_file.write_text("\n".join(lines) + "\n")
        app = opened(record="sim01")
        calibrated = {lead["name"]: lead["calibrated"] for lead in shown(app).signal.header["leads"]}
        first = lines[1].split()[-1]
        assert calibrated == {name: name != first for name in calibrated}
        assert all(lead["calibrated"] for lead in shown(opened(record="sim05")).signal.header["leads"])


@pytest.mark.usefixtures("real")
class TestPrinting:
    def test_the_window_is_offered_as_a_pdf_and_a_long_one_says_what_it_may_be(self) -> None:
        def button(app: AppTest) -> Any:
            return next(one.proto for one in app.get("download_button") if one.proto.label == "Strip as PDF, to scale")

        short = button(opened(record="208", start="60"))
        assert not short.disabled
        long = button(opened(record="208", window="600"))
        assert (long.disabled, long.help) == (True, "At most five minutes.")
        assert prints.LONGEST_S == print_strip.LONGEST_S
