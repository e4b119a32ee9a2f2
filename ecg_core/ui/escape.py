"""Text from files and addresses, on its way into Markdown."""

import re

_ACTIVE = re.compile(r"[\\\[]|<(?=[A-Za-z][\w.+-]*[:@])")
_LINKED = re.compile(r"(?i)(?<=[a-z]):(?=//)|(?<=www)(?=\.)|(?<=mailto:)|(?<=xmpp:)|(?<=@)(?=[\w-])")
_JOINER = "\N{WORD JOINER}"
"""Invisible, and allows no line break."""


def literal(text: str) -> str:
    """`text` from a file or an address, so that Markdown makes no link and loads no image from it.

    A backslash keeps what it stands before from being read as Markdown. An address of the web or of mail becomes a link
    wherever it stands, even so: an invisible character within it keeps it from that.
    """
    return _LINKED.sub(lambda hit: hit[0] + _JOINER, _ACTIVE.sub(r"\\\g<0>", text))
