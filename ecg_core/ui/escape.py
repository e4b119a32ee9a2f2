"""Text from files and addresses, on its way into Markdown."""

import os
import re
from pathlib import Path

from ecg_core import workspace
from ecg_core.data.sources import VARIABLE
from ecg_core.text import without_places

_ACTIVE = re.compile(r"[\\\[]|<(?=[A-Za-z][\w.+-]*[:@])")
_LINKED = re.compile(r"(?i)(?<=[a-z]):(?=//)|(?<=www)(?=\.)|(?<=mailto:)|(?<=xmpp:)|(?<=@)(?=[\w-])")
_JOINER = "\N{WORD JOINER}"
"""Invisible, and allows no line break."""


def literal(text: str) -> str:
    """`text` from a file or an address, so that Markdown makes no link and loads no image from it, and without places
    of this machine.

    A backslash keeps what it stands before from being read as Markdown. An address of the web or of mail becomes a link
    wherever it stands, even so: an invisible character within it keeps it from that.
    """
    return _LINKED.sub(lambda hit: hit[0] + _JOINER, _ACTIVE.sub(r"\\\g<0>", placeless(text)))


def placeless(text: str) -> str:
    """`text` with the last part of every path of this machine only; of one in the workspace, with where it is there."""
    known = [str(workspace.home()), str(workspace.PROJECT), str(Path.home()), os.environ.get(VARIABLE, "").rstrip("/")]
    return without_places(text, [one for one in known if len(one) > 1]) if "/" in text or "\\" in text else text
