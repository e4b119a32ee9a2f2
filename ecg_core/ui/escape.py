"""Text from files and addresses, on its way into Markdown."""

import re

_LINK = re.compile(r"(?i)(://|www(?=\.)|(?<=\S)@(?=\S))")
_APART = "\u2060"
"""Word joiner: not seen, and it keeps an address from becoming a link, which no backslash does."""
_ACTIVE = re.compile(r"[\[<$]")
_EMPHASIS = re.compile(r"[\\*_~#`]")


def literal(text: str) -> str:
    """`text` from a file or an address, so that Markdown makes no link, image or formula of it."""
    return _LINK.sub(rf"\1{_APART}", _ACTIVE.sub(r"\\\g<0>", text))


def quoted(text: str, most: int = 80) -> str:
    """What somebody wrote, in quotation marks and cut to length, so that none of it is taken for Markdown."""
    return unemphasised(repr(text[:most]))


def unemphasised(text: str) -> str:
    """The rest of what Markdown knows escaped, in text that has no Markdown of our own; before `literal`."""
    return _EMPHASIS.sub(r"\\\g<0>", text)
