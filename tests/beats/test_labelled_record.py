"""A record with a layer: beats and rhythms are those of the layer asked for."""

from dataclasses import replace

import numpy as np

from ecg_core.beats.labelled_record import labelled, reference_layer
from tests.made_records import layer, record


def test_beats_and_rhythms_are_those_of_the_layer_and_not_of_the_reference() -> None:
    reference = layer([0, 100, 500, 900], ["+", "N", "V", "N"], ["(N", "", "", ""])
    source = record(3_600, reference)
    other = replace(layer([700], ["A"]), name="person", kind="person")
    drawn, corrected = labelled(source, reference_layer(source)), labelled(source.with_layer(other), other)
    assert drawn.layer is reference
    np.testing.assert_array_equal(drawn.beats.r_sample, [100, 500, 900])
    assert [episode.name for episode in drawn.rhythms] == ["N"]
    np.testing.assert_array_equal(corrected.beats.r_sample, [700])
    assert corrected.rhythms == ()


def test_detected_beats_stand_beside_the_rhythms_that_somebody_noted() -> None:
    source = record(3_600, layer([0, 900], ["+", "+"], ["(N", "(AFIB"]))
    found = replace(layer([700], ["?"]), name="detected", kind="detected")
    assert [episode.name for episode in labelled(source.with_layer(found), found).rhythms] == ["N", "AFIB"]


def test_a_record_that_came_without_labels_has_an_empty_reference() -> None:
    empty = reference_layer(record(3_600, name="plain"))
    assert (len(empty), empty.name, empty.made_by) == (0, "reference", "plain.atr")
