"""The headers that every answer has.

The policy of content lets a page load from this server alone: a picture or a script of elsewhere, however it got into
a page, is never asked for. What it must permit, and why:

- `blob:` scripts: Streamlit (1.67) loads a component's JavaScript from an object in memory;
- the inline script of Streamlit's own page, by its hash, so that no other inline script runs;
- inline styles: Streamlit and Plotly write them at work, and page.css is one;
- `data:` and `blob:` pictures and downloads: what a page itself draws, and saves as a file.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit

Header = tuple[bytes, bytes]
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_OFF = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip


def content_policy() -> str:
    """The value of Content-Security-Policy."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    sums = [hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(page)]
    inline = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in sums)
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {inline}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "frame-src": "'self'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}".strip() for name, value in rules.items())


@cache
def security_headers(*, secure: bool) -> tuple[Header, ...]:
    """Names and values as they are sent.

    `secure`: whether the browser holds the address for trustworthy (https, or this machine). Elsewhere it would only
    complain of an opener policy, which it does not keep there.
    """
    values = {
        "content-security-policy": content_policy(),
        "x-frame-options": "DENY",  # the same as frame-ancestors, for browsers that do not know it
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": ", ".join(f"{name}=()" for name in _OFF),
        "cross-origin-resource-policy": "same-origin",
    }
    if secure:
        values["cross-origin-opener-policy"] = "same-origin"
    return tuple((name.encode(), value.encode()) for name, value in values.items())
