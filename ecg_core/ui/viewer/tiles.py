"""The address from which a browser gets tiles of a long recording: `/ecg/tiles/<token>/<bin>/<index>`.

A token is made for a recording in this process, cannot be guessed, and goes to a viewer only. Hosts, origins and a
sign-in are looked at before (`ecg_core/ui/serving`).
"""

import hashlib
import secrets
from collections import OrderedDict
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ecg_core.ui.viewer.pyramid import Pyramid

PATH = "ecg/tiles"
KEPT = 16
_SECRET = secrets.token_bytes(32)
_offered: OrderedDict[str, Pyramid] = OrderedDict()
_lock = Lock()


def offer(pyramid: Pyramid, stamp: str) -> str:
    """Offer a recording's tiles; gives the path, relative to the app, that their level and number are added to."""
    token = hashlib.blake2b(stamp.encode(), key=_SECRET, digest_size=20).hexdigest()
    with _lock:
        _offered[token] = pyramid
        _offered.move_to_end(token)
        while len(_offered) > KEPT:
            _offered.popitem(last=False)
    return f"{PATH}/{token}"


async def tile(request: Request) -> Response:
    """Answer with a tile's bytes; 404 where nothing of the kind is offered."""
    with _lock:
        pyramid = _offered.get(request.path_params["token"])
    if pyramid is None:
        return PlainTextResponse("No such recording is open: reload the page.", 404)
    try:
        content = await run_in_threadpool(pyramid.tile, request.path_params["bin"], request.path_params["index"])
    except (KeyError, IndexError):
        return PlainTextResponse("No such tile.", 404)
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "private, max-age=3600"})


ROUTES = [Route(f"/{PATH}/{{token}}/{{bin:int}}/{{index:int}}", tile)]
