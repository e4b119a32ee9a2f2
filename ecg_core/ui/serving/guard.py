"""The outermost layer of the server: refuses what comes under a foreign name, and gives each answer its headers."""

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from ecg_core.ui.serving.headers import security_headers
from ecg_core.ui.serving.login import login_configured, signed_in
from ecg_core.ui.serving.origins import is_host_allowed, is_loopback, is_own_origin

HEALTH = "/_stcore/health"
NOT_SERVED = ("/_stcore/metrics", "/_stcore/agent/")
"""Figures of the server and another way to drive it: of Streamlit, and used by nobody here."""
SIGNED_IN_ONLY = ("/media/", "/ecg/", "/_stcore/upload_file/")
"""What holds recordings, or takes them, besides the websocket, which shows a sign-in until there was one."""
FOREIGN_HOST = "This host is not allowed: server.allowedHosts names those that are."
FOREIGN_ORIGIN = "A page of another site may not use this one: server.corsAllowedOrigins names those that may."
NOT_FOUND = "Not found."
NOT_SIGNED_IN = "Sign in first."
FAULT = "Internal error: the server's log says more."
POLICY_VIOLATION = 1008


class Guard:
    """ASGI middleware. A refusal is decided on the request's head alone, before anything of it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host")
        refused = _refusal(scope, headers, host)
        if scope["type"] == "websocket":
            if refused:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            else:
                await self.app(scope, receive, send)
            return
        told = security_headers(secure=scope["scheme"] == "https" or is_loopback(host))
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                names = {name for name, _ in told}
                kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in names]
                message = {**message, "headers": [*kept, *told]}
            await send(message)

        if refused:
            await refused(scope, receive, with_headers)
            return
        try:
            await self.app(scope, receive, with_headers)
        except BaseException:
            if not begun:  # the answer that Starlette gives outside of this layer would have no headers
                await PlainTextResponse(FAULT, 500)(scope, receive, with_headers)
            raise


def _refusal(scope: Scope, headers: Headers, host: str | None) -> PlainTextResponse | None:
    """The answer to what is not let in; None for what is."""
    path = _within_the_app(scope["path"])
    if not is_host_allowed(host) and not (path == HEALTH and is_loopback(host)):
        return PlainTextResponse(FOREIGN_HOST, 403)
    origin = headers.get("origin")
    if (origin is None and scope["type"] == "websocket") or (origin is not None and not is_own_origin(origin, host)):
        return PlainTextResponse(FOREIGN_ORIGIN, 403)
    if path.startswith(NOT_SERVED):
        return PlainTextResponse(NOT_FOUND, 404)
    if path.startswith(SIGNED_IN_ONLY) and login_configured() and not signed_in(scope):
        return PlainTextResponse(NOT_SIGNED_IN, 401)
    return None


def _within_the_app(path: str) -> str:
    """The path without `server.baseUrlPath`, under which a proxy may have put the app."""
    base = str(config.get_option("server.baseUrlPath")).strip("/")
    return path.removeprefix(f"/{base}") if base else path


def no_server_name() -> None:
    """Have answers not tell which server made them.

    uvicorn has a setting for it, which Streamlit (1.67) does not pass on; and when this is called, while it loads the
    app, it has put the header down already. So what it reads each second is taken from it here.
    """

    def without_name(server: uvicorn.Config) -> list[tuple[bytes, bytes]]:
        return [(name, value) for name, value in vars(server)["encoded_headers"] if name != b"server"]

    def put_down(server: uvicorn.Config, headers: list[tuple[bytes, bytes]]) -> None:
        vars(server)["encoded_headers"] = headers

    uvicorn.Config.encoded_headers = property(without_name, put_down)  # type: ignore[assignment]
