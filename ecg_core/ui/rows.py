"""Tables whose rows are ticked. Streamlit keeps a tick by the number of its row."""

import hashlib
from collections.abc import Iterable


def key_of_rows(name: str, rows: Iterable[object]) -> str:
    """Key of a table that shows these rows, each told by what it stands for.

    Another table has other ticks: when rows come, go or change places while somebody ticks one, the tick stands for
    nothing, and never for another row.
    """
    return f"{name}." + hashlib.blake2b("\n".join(map(repr, rows)).encode(), digest_size=8).hexdigest()
