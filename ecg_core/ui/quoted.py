"""What somebody wrote into an address, repeated in a sentence of a page. `escape.literal` does the rest."""

import re

_MARKUP = re.compile(r"[*~`$]|(?<!\w)_|_(?!\w)")


def quoted(text: str, most: int = 80) -> str:
    """What somebody wrote, in quotation marks and cut to length, so that none of it is emphasis, code or a formula."""
    return plain(repr(text[:most]))


def plain(text: str) -> str:
    """A sentence without any Markdown of our own, so that none in it counts.

    Signs become character references: a backslash before them would itself be made literal by `escape.literal`.
    """
    return _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", text)
