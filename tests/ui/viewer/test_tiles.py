"""Tiles are given to whoever has a token and came through an allowed host, and to nobody else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import Response

from ecg_core.ui.viewer import tiles
from ecg_core.ui.viewer.pyramid import pyramid_of
from tests.made_records import record

pytestmark = pytest.mark.usefixtures("workspace_of_its_own")


def asked(token: str, bin_: int = 1, index: int = 0, host: str = "127.0.0.1:8501") -> Response:
    scope = {
        "type": "http",
        "headers": [(b"host", host.encode())],
        "path_params": {"token": token, "bin": bin_, "index": index},
    }
    with ThreadPoolExecutor(1) as other:  # a browser of another test may have left a loop running in this thread
        return other.submit(asyncio.run, tiles.tile(Request(scope))).result()


@pytest.fixture
def token() -> str:
    made = record(5_000)
    return tiles.offer(pyramid_of(made, "made"), "made").removeprefix(tiles.PATH + "/")


def test_a_tile_is_answered_with_its_bytes(token: str) -> None:
    answer = asked(token)
    assert (answer.status_code, answer.media_type) == (200, "application/octet-stream")
    assert np.array_equal(np.frombuffer(answer.body, np.int16).reshape(2, -1)[0], record(5_000).signals[:, 0])


@pytest.mark.parametrize(("bin_", "index"), [(7, 0), (1, 99), (8, 0)])
def test_what_is_no_tile_is_not_found(token: str, bin_: int, index: int) -> None:
    assert asked(token, bin_, index).status_code == 404


def test_another_token_is_not_found(token: str) -> None:
    assert asked("0" * 40).status_code == 404


def test_a_token_says_nothing_of_the_files_and_is_the_same_for_the_same(token: str) -> None:
    made = pyramid_of(record(5_000), "made")
    assert tiles.offer(made, "made").endswith(token)
    assert "made" not in token
    assert not tiles.offer(made, "other").endswith(token)


def test_only_so_many_recordings_are_offered_at_a_time(token: str) -> None:
    made = pyramid_of(record(5_000), "made")
    for k in range(tiles.KEPT):
        tiles.offer(made, f"more {k}")
    assert asked(token).status_code == 404
