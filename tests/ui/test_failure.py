"""An error nobody foresaw is a sentence on the page, found in the log by its reference."""

import errno

import pytest

from ecg_core import logs
from ecg_core.errors import DataError
from ecg_core.ui import failure


def test_an_error_nobody_foresaw_is_told_with_its_reference_and_without_its_trace() -> None:
    text = failure.sentence(KeyError("secret lead"))
    (found,) = logs.last_errors(1)
    assert str(found.fields["reference"]) in text and "Something went wrong on this page" in text
    assert "secret" not in text and "KeyError" not in text


def test_a_mistake_that_can_be_mended_is_told_as_it_is_and_not_logged() -> None:
    assert failure.sentence(DataError("x.hea [a]: no lead")) == "x.hea \\[a]: no lead"
    assert logs.last_errors(1) == []


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, failure.FULL_DISK), (errno.EROFS, failure.READ_ONLY)])
def test_a_full_or_read_only_disk_is_told_as_such(number: int, said: str) -> None:
    assert failure.sentence(OSError(number, "no")).startswith(said)
