"""Which Host and Origin a request may have.

`server.allowedHosts` is held to by Streamlit (1.67) for its websocket alone; here every request is. A page of another
site whose name was made to lead to this machine (DNS rebinding) has that other name as its Host.

An Origin says which page sent a request. Streamlit takes any port of localhost for its own: the page of another program
on this machine could then read a session. Here an Origin must be the Host itself, port and all, or be named in
`server.corsAllowedOrigins`. A websocket without an Origin is refused: every browser sends one, so nothing is lost, and
a proxy that drops it would else take the check from everybody without a word. A program can write any Origin it likes:
what keeps programs out is who can reach the port, and a sign-in.
"""

from urllib.parse import urlsplit

from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed as is_host_allowed

LOOPBACK = ("localhost", "127.0.0.1", "::1")
USUAL_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str | None) -> bool:
    """Whether a Host header names this machine itself."""
    place = _place(f"http://{host}")
    return place is not None and place[0] in LOOPBACK


def is_own_origin(origin: str, host: str | None) -> bool:
    """Whether an Origin header is of the page that this Host serves, or of a site that may use it.

    Ports count; those that an address may leave out are the same left out or written.
    """
    asked = _place(origin)
    if asked is None or host is None:
        return False
    if asked == _place(f"{urlsplit(origin).scheme}://{host}"):
        return True
    named: list[str] = config.get_option("server.corsAllowedOrigins")
    return any(asked == _place(one) and urlsplit(origin).scheme == urlsplit(one).scheme for one in named)


def _place(origin: str) -> tuple[str, int] | None:
    """Host and port of an origin; None for what is none, such as `null`."""
    try:
        parts = urlsplit(origin)
        port = parts.port or USUAL_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname.lower().rstrip("."), port
