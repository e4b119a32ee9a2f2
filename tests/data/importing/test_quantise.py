"""From mV to ADC units and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.data.header_text import GAIN_RANGE
from ecg_core.data.importing.quantise import MISSING, digitised, scale_for
from ecg_core.errors import DataError


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-9_000, 9_000), st.just(float("nan"))), min_size=1, max_size=50),
    st.sampled_from([1e-6, 1e-3, 1.0]),
)
def test_every_value_comes_back_within_the_error_that_is_stated(values: list[float], size: float) -> None:
    mv = np.array(values) * size
    scale = scale_for(mv, "II")
    adc = digitised(mv, scale, scale.fmt)
    back = (adc.astype(np.float64) - scale.baseline) / scale.gain
    absent = np.isnan(mv)
    assert np.array_equal(adc == MISSING[scale.fmt], absent)
    assert np.all(np.abs(back - mv)[~absent] <= scale.error_mv * 1.0001 + 1e-6 + 1e-6 * np.abs(mv[~absent]))
    assert GAIN_RANGE[0] <= scale.gain <= GAIN_RANGE[1]
    assert scale.fmt == "24" or scale.error_mv < 0.001
    assert np.abs(adc).max() <= 2 ** (int(scale.fmt) - 1)


def test_values_beyond_what_electrodes_give_are_refused() -> None:
    with pytest.raises(DataError, match="lead II has values up to 20,000 mV, more than 10,000: these are no mV"):
        scale_for(np.array([0.0, -20_000.0]), "II")
