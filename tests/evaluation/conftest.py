"""What the tests of comparisons share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def ec57(mitdb: Path) -> Path:
    """Folder of the golden numbers, beside the database. Skips where it is not at hand; in CI that is a failure."""
    folder = mitdb.parent / "ec57"
    if (folder / "bxb.json").is_file():
        return folder
    reason = f"needs the golden numbers of bxb, rxr, epicmp and sumstats in {folder}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
