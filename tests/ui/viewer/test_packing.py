"""What goes to the browser is the recording: samples, gains and labels come back as they were."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.labels import LabelLayer
from ecg_core.data.record import Record
from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences
from ecg_core.review.beat_scores import BeatScores
from ecg_core.ui.viewer.packing import FORMAT, MISSING, Marks, labels_of, packed, signal_of
from tests.app.viewers import unpacked as unpacked_bytes
from tests.made_records import layer, record


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    found = unpacked_bytes(content)
    return found.header, found.blocks


def with_labels(source: Record) -> LabelledRecord:
    return labelled(source, reference_layer(source))


@given(
    st.dictionaries(
        st.text("abc_0", min_size=1, max_size=4),
        st.tuples(st.sampled_from(["int16", "int32", "uint8", "float32"]), st.integers(0, 9)),
        max_size=5,
    )
)
def test_blocks_come_back_as_they_were_each_at_a_multiple_of_eight(made: dict[str, tuple[str, int]]) -> None:
    blocks = {name: np.arange(count).astype(dtype) for name, (dtype, count) in made.items()}
    sent = packed("signal", {"fs": 360}, blocks)
    header, found = unpacked(sent.content)
    assert (header["format"], header["version"], header["fs"]) == (FORMAT, sent.version, 360)
    assert all(block["offset"] % 8 == 0 for block in header["blocks"])
    for name, values in blocks.items():
        assert found[name].dtype == values.dtype
        assert found[name].tolist() == values.tolist()


def test_another_content_is_another_version_and_the_same_is_the_same() -> None:
    source = record(720)
    assert signal_of(source).version == signal_of(source).version
    changed = source.signals.copy()
    changed[100] += 1
    assert signal_of(replace(source, signals=changed)).version != signal_of(source).version


def test_samples_of_16_bits_are_sent_as_they_are_stored() -> None:
    source = record(720, leads=("MLII", "V1"))
    header, blocks = unpacked(signal_of(source).content)
    assert [lead["name"] for lead in header["leads"]] == ["MLII", "V1"]
    assert (header["fs"], header["samples"], header["leads"][0]["missing"]) == (360, 720, MISSING)
    assert np.array_equal(blocks["raw1"], source.signals[:, 1])


def test_samples_of_more_bits_keep_their_mv_within_the_width_of_a_line() -> None:
    wide = (1e6 + 4e6 * np.sin(np.arange(3600) / 30)).astype(np.int32)[:, None]
    wide[50:60] = -(2**31)
    source = record(3600, leads=("I",), signals=wide, gain=(1e6,), baseline=(1_000_000,), invalid=(-(2**31),))
    header, blocks = unpacked(signal_of(source).content)
    lead = header["leads"][0]
    mv = (blocks["raw0"].astype(float) - lead["baseline"]) / lead["gain"]
    known = blocks["raw0"] != MISSING
    assert known.sum() == 3590 and not known[50:60].any()
    assert np.abs(mv[known] - source.mv()[known, 0]).max() < 8 / 65_000


def test_labels_name_beats_rhythms_notes_and_who_says_so() -> None:
    source = with_labels(
        record(3600, layer([0, 300, 700, 900, 1500], ["+", "N", "V", '"', "A"], ["(AFIB", "", "", "<b>moved</b>", ""]))
    )
    header, blocks = unpacked(labels_of(Marks(source, (Rhythm("AFIB", 10, 200),), "by RR")).content)
    assert blocks["samples"].tolist() == [300, 700, 1500]
    assert blocks["classes"].tolist() == [0, 2, 1]
    assert bytes(blocks["codes"].tolist()) == b"NVA"
    assert (header["layer"], header["dayStart"]) == ("reference, made.atr", None)
    morning = with_labels(record(3600, start_of_day_s=29_070.0))
    assert unpacked(labels_of(Marks(morning)).content)[0]["dayStart"] == 29_070
    first, second = header["rhythms"]
    assert (first["said"], first["episodes"][0]["code"], first["episodes"][0]["colour"]) == ("", "AFIB", "S")
    assert (second["said"], second["episodes"][0]["to"]) == ("by RR", 200)
    assert header["notes"] == [{"sample": 900, "text": "<b>moved", "meaning": "Comment: <b>moved</b>"}]
    assert (header["predictions"], header["scores"]) == (None, None)


def test_predictions_say_where_they_differ_from_the_reference() -> None:
    source = with_labels(record(3600, layer([300, 700, 900, 1500], list("NVNA"))))
    said = layer([300, 700, 900, 1500, 2000], ["N", "N", "?", "?", "V"], ["", "", "normal", "abnormal", ""])
    predictions = LabelLayer(
        "models/two", "model", "models/two", annotations=said.annotations, probability=np.full(5, 0.876, np.float32)
    )
    header, blocks = unpacked(labels_of(Marks(source, predictions=predictions)).content)
    assert header["predictions"] == "models/two"
    assert blocks["predicted_differs"].tolist() == [0, 1, 0, 0, 1]
    assert blocks["predicted_classes"].tolist() == [0, 0, 0, 2, 2]
    assert bytes(blocks["predicted_letters"].tolist()) == b"NNNAV"
    assert blocks["predicted_sure"].tolist() == [88] * 5


def test_scores_come_with_their_parts_and_threshold() -> None:
    source = with_labels(record(3600, layer([300, 700], list("NV"))))
    scores = BeatScores("models/a", np.array([300, 700]), np.array([1.5, 7.0]), {"shape": np.array([1.0, 6.0])}, 5.5)
    header, blocks = unpacked(labels_of(Marks(source, scores=scores)).content)
    assert header["scores"] == {"name": "models/a", "threshold": 5.5, "parts": ["shape"]}
    assert (blocks["score_values"].tolist(), blocks["score_part0"].tolist()) == ([1.5, 7.0], [1.0, 6.0])


def test_detected_beats_have_no_class_to_differ_from_and_their_unreadable_stretches_are_sent() -> None:
    found = layer([100, 500, 1000, 2000], ["~", "?", "~", "?"], ["unreadable", "", "readable", ""])
    detected = replace(found, name="detected", kind="detected", made_by="the detector")
    source = labelled(record(3600), detected)
    predictions = replace(layer([500], ["V"]), name="m", kind="model")
    header, blocks = unpacked(labels_of(Marks(source, predictions=predictions)).content)
    assert header["detected"] is True
    assert header["unreadable"] == [[100, 1000]]
    assert blocks["predicted_differs"].tolist() == [0]


def test_r_peaks_missed_and_extra_are_sent() -> None:
    differences = PeakDifferences(np.array([30]), np.array([50, 60]))
    _, blocks = unpacked(labels_of(Marks(with_labels(record(720)), differences=differences)).content)
    assert (blocks["missed"].tolist(), blocks["extra"].tolist()) == ([30], [50, 60])


def test_a_header_is_json_that_every_browser_reads() -> None:
    source = record(720, gain=(float("nan"), 1.0))
    with pytest.raises(ValueError, match="JSON"):
        signal_of(source)
    json.loads(json.dumps(unpacked(signal_of(record(720)).content)[0], allow_nan=False))
