"""The Review page: a queue of any rule opens, decisions are written, counted, undone, exported and kept."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import streamlit
import wfdb
from streamlit.testing.v1 import AppTest

from ecg_core.data.corrections import log
from ecg_core.data.sources import VARIABLE
from ecg_core.review.queue import RULES
from tests.app.opening import opened as open_page
from tests.app.opening import settled
from tests.app.place_lists import choose_row, column
from tests.app.viewers import Unpacked, stores, unpacked, viewers


@pytest.fixture(autouse=True)
def folder(simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two simulated recordings."""
    folder = tmp_path / "records"
    folder.mkdir()
    for path in simulated.glob("sim0[15].*"):
        shutil.copy(path, folder / path.name)
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def opened(**address: str) -> AppTest:
    return settled(open_page("6_Review", **({"record": "sim01", "rule": "class", "order": "time"} | address)))


def given(app: AppTest) -> dict[str, Any]:
    (viewer,) = viewers(app)
    data: dict[str, Any] = json.loads(viewer.json)
    return data


def queue(app: AppTest) -> Unpacked:
    (found,) = [one for one in (unpacked(store.bytes) for store in stores(app)) if one.header["kind"] == "queue"]
    assert found.header["version"] == given(app)["review"]["queue"]
    return found


def tell(app: AppTest, *edits: dict[str, Any], client: str = "page") -> AppTest:
    """Run again as after the browser has sent edits."""
    (viewer,) = viewers(app)
    states = app._tree.get_widget_states()  # type: ignore[union-attr]
    widget = states.widgets.add()
    widget.id, widget.json_value = viewer.id, json.dumps({"edits": {"client": client, "edits": list(edits)}})
    app._run(states)
    assert not app.exception, app.exception
    return app


def decision(seq: int, sample: int, symbol: str, before: str = "V") -> dict[str, Any]:
    return {"seq": seq, "act": "decide", "samples": [sample], "before": [before], "after": [symbol]}


def kept(folder: Path, record: str = "sim01") -> log.Corrections | None:
    return log.read(log.log_file(folder, record))


def said(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*app.markdown, *app.caption, *app.warning))


@pytest.mark.parametrize("rule", RULES)
def test_a_queue_of_any_rule_opens_at_its_first_item(rule: str) -> None:
    app = opened(rule=rule)
    items = queue(app).blocks["anchor"]
    assert not len(items) or given(app)["at"]["beat"] in items
    assert not app.error


def test_a_decision_is_on_the_disk_and_confirmed(folder: Path) -> None:
    app = opened()
    beat = int(queue(app).blocks["anchor"][0])
    app = tell(app, decision(1, beat, "S"))
    corrections = kept(folder)
    assert corrections is not None and corrections.standing()[beat].after == "S"
    review = given(app)["review"]
    assert (review["confirmed"], review["since"]) == ({"client": "page", "seq": 1}, [[beat, "S"]])
    assert column(app, 0, "Is") == ["S"] and column(app, 0, "State") == ["counts"]
    assert "| V |" in said(app)


def test_what_was_decided_is_there_when_the_page_is_opened_again_and_the_next_open_item_is_shown(folder: Path) -> None:
    app = opened()
    first, second = queue(app).blocks["anchor"][:2].tolist()
    tell(app, decision(1, first, "N"))
    again = opened()
    assert given(again)["at"]["beat"] == second
    (labels,) = [one for one in (unpacked(s.bytes) for s in stores(again)) if one.header["kind"] == "labels"]
    assert labels.blocks["decided_samples"].tolist() == [first]
    assert chr(labels.blocks["decided_codes"][0]) == "N"


def test_any_decision_can_be_taken_back_from_the_list_and_a_row_goes_to_its_beat(folder: Path) -> None:
    app = opened()
    first, second = queue(app).blocks["anchor"][:2].tolist()
    app = tell(app, decision(1, first, "N"), decision(2, second, "S"))
    app.selectbox(key="review.entry").set_value(1).run()
    app.button(key="review.undo").click().run()
    corrections = kept(folder)
    assert corrections is not None and list(corrections.standing()) == [second]
    assert column(app, 0, "State") == ["counts", "undone"]
    choose_row(app, 0, 1)
    assert given(app)["at"]["beat"] == first


def test_a_finished_review_says_who_and_goes_on_with_the_next_decision(folder: Path) -> None:
    app = opened()
    app.text_input(key="review.person").set_value("Ada").run()
    first, second = queue(app).blocks["anchor"][:2].tolist()
    app = tell(app, decision(1, first, "N"))
    app.button(key="review.finish").click().run()
    assert "Finished by Ada" in said(app) and given(app)["review"]["finished"]
    app = tell(app, decision(2, second, "N"))
    assert "Finished by" not in said(app)
    corrections = kept(folder)
    assert corrections is not None and corrections.people == ("Ada",)
    assert opened().text_input(key="review.person").value == "Ada", "the name is remembered"


def test_the_second_of_two_people_is_shown_what_the_first_decided(folder: Path) -> None:
    one, other = opened(), opened()
    beat = int(queue(one).blocks["anchor"][0])
    tell(other, decision(1, beat, "F"), client="other")
    one = tell(one, decision(1, beat, "S"))
    assert "has called it 'F' meanwhile" in said(one)
    one.button(key="review.mine.0").click().run()
    corrections = kept(folder)
    assert corrections is not None and corrections.standing()[beat].after == "S"
    assert "meanwhile" not in said(one)


def test_labels_that_have_changed_since_are_told(folder: Path) -> None:
    app = opened()
    tell(app, decision(1, int(queue(app).blocks["anchor"][0]), "S"))
    shutil.copy(folder / "sim05.atr", folder / "sim01.atr")
    assert "labels of this recording have changed since it was reviewed" in said(opened())


def test_samples_that_have_changed_since_are_told(folder: Path) -> None:
    app = opened()
    tell(app, decision(1, int(queue(app).blocks["anchor"][0]), "S"))
    one = wfdb.rdrecord(str(folder / "sim01"), physical=False)
    one.d_signal[1_000] += 1
    wfdb.wrsamp("sim01", one.fs, one.units, one.sig_name, d_signal=one.d_signal, fmt=one.fmt, adc_gain=one.adc_gain,
                baseline=one.baseline, comments=one.comments, write_dir=str(folder))  # fmt: skip
    assert "was reviewed before its samples changed: 1 decisions" in said(opened())


def test_a_damaged_log_is_one_message_and_no_trace(folder: Path) -> None:
    app = opened()
    tell(app, decision(1, int(queue(app).blocks["anchor"][0]), "S"))
    path = log.log_file(folder, "sim01")
    path.write_bytes(path.read_bytes().replace(b'"act"', b'"cat"'))
    app = open_page("6_Review", record="sim01", rule="class")
    assert "damaged in line 2" in app.error[0].value
    assert not viewers(app)


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("record", "nobody", "Unknown record 'nobody'"),
        ("rule", "all", "'all'"),
        ("class", "X", "'X' is none of N, S, V, F, Q"),
        ("low", "high", "'high' is not a number"),
    ],
)
def test_a_value_of_the_link_that_does_not_fit_is_named(name: str, value: str, answer: str) -> None:
    app = open_page("6_Review", **({"record": "sim01", "rule": "class"} | {name: value}))
    assert any(answer in one.value for one in (*app.warning, *app.error))


def test_a_model_that_is_not_there_is_named() -> None:
    app = open_page("6_Review", record="sim01", rule="flagged", score="runs/gone")
    assert any("is no autoencoder that is ready" in one.value for one in app.warning)
    assert "needs an autoencoder's scores" in app.error[0].value


def test_families_are_merged_and_split_and_a_key_decides_about_all_of_one(folder: Path) -> None:
    app = opened(rule="families")
    families = queue(app)
    before = len(families.blocks["anchor"])
    largest = int(families.blocks["offsets"].max())
    assert before >= 2 and len(families.header["names"]) == before
    app.button(key="review.merge").click().run()
    assert len(queue(app).blocks["anchor"]) == before - 1
    app.button(key="review.split").click().run()
    assert len(queue(app).blocks["anchor"]) in (before, before - 1), "a family of one beat cannot be split"
    members = queue(app).blocks
    samples = members["members"][members["offsets"][0] : members["offsets"][1]].tolist()
    symbols = ["N"] * len(samples)
    edit = {"seq": 1, "act": "decide", "samples": samples, "before": symbols, "after": ["V"] * len(samples)}
    tell(app, edit)
    corrections = kept(folder)
    assert corrections is not None and list(corrections.standing()) == sorted(samples)
    assert largest >= len(samples)


def test_a_threshold_of_its_own_is_offered_and_used(folder: Path) -> None:
    app = opened(rule="flagged", order="score", low="0")
    beats = queue(app).blocks["anchor"].tolist()
    edits = [decision(k, beat, "V" if k <= 12 else "N") for k, beat in enumerate(beats[:30], 1)]
    app = tell(app, *edits)
    assert "A threshold of its own?" in said(app)
    app.button(key="review.adapt").click().run()
    assert not app.exception
    assert len(queue(app).blocks["anchor"]) < len(beats)
    assert app.query_params["low"]


def test_corrections_lead_to_trainings_that_learn_from_them(folder: Path) -> None:
    app = opened()
    links = [one.proto for one in app.get("page_link")]
    assert not any("Train the classifier" in link.label for link in links)
    app = tell(app, decision(1, int(queue(app).blocks["anchor"][0]), "N"))
    links = [one.proto for one in app.get("page_link")]
    assert sum("with them" in link.label for link in links) == 2
    form = open_page("4_Classifier", tab="Train", labels="corrected")
    chosen = form.selectbox(key="classifier.labels")
    assert chosen.value == "corrected"
    assert "Reference with corrections of unnamed (1 beat of 1 record)" in chosen.options


def test_a_report_is_made_where_there_is_no_session(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(
        streamlit, "download_button", lambda _label, data, name, *_args, **_more: made.setdefault(name, data)
    )
    opened()
    with ThreadPoolExecutor(1) as other:  # as Streamlit does when somebody clicks
        pdf, page = (other.submit(made[f"sim01.{ending}"]).result() for ending in ("pdf", "html"))
    assert pdf.startswith(b"%PDF") and b"sim01" in page


def test_nobody_can_agree_with_labels_that_are_not_there_yet(folder: Path) -> None:
    (folder / "sim01.atr").unlink()
    app = open_page("6_Review", record="sim01", rule="class")
    app = next(button for button in app.button if "Detect" in button.label).click().run()
    assert not app.exception
    app = settled(app)
    assert viewers(app) and len(queue(app).blocks["anchor"])
    (labels,) = [one for one in (unpacked(s.bytes) for s in stores(app)) if one.header["kind"] == "labels"]
    assert labels.header["predictions"], "the queue opens when the classifier has spoken"


def test_a_batch_is_one_decision_that_says_so(folder: Path) -> None:
    app = opened()
    samples = queue(app).blocks["anchor"].tolist()
    symbols = ["V"] * len(samples)
    batch = {"seq": 1, "act": "decide", "samples": samples, "before": symbols, "after": symbols, "batch": True}
    app = tell(app, batch)
    corrections = kept(folder)
    assert corrections is not None and len(corrections.entries) == 1
    assert corrections.entries[0].edit.queue == "One class, accepted as a batch"
    assert f"Finish, {len(samples)} of {len(samples)} reviewed" in [button.label for button in app.button]
