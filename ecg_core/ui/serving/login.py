"""Who is signed in, where a sign-in is configured (`[auth]` in `.streamlit/secrets.toml`, OpenID Connect).

Streamlit signs people in and keeps a signed cookie; pages read it as `st.user`. Addresses that are no page read the
cookie here, by Streamlit's own functions.
"""

import json
from http.cookies import CookieError

from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.auth_util import get_cookie_with_chunks, get_secrets_auth_section
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME


def login_configured() -> bool:
    """Whether people must sign in before they see anything."""
    return bool(get_secrets_auth_section())


def signed_in(scope: Scope) -> bool:
    """Whether a request has the cookie of somebody who has signed in, with our signature."""
    try:
        cookies = HTTPConnection(scope).cookies
    except CookieError:
        return False
    secret = get_cookie_secret()

    def read(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(secret, name, value.encode("latin-1", "replace")) if value else None

    try:
        found = json.loads(get_cookie_with_chunks(read, USER_COOKIE_NAME) or b"null")
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("is_logged_in") is True
