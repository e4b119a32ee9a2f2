"""What is said of records in a small table comes back as it was written."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.record_table import record_table, record_table_text

NAMES = st.text("abcXYZ019_- /", min_size=1, max_size=20).map(str.strip).filter(bool)
VALUES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_any_values_are_read_as_they_were_written(values: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "patients.csv"
        assert record_table(path, "patient") == {}
        path.write_text(record_table_text(values, "patient"), encoding="utf-8")
        assert record_table(path, "patient") == values
