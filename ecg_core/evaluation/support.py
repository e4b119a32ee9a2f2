"""How much must be there before a figure says something."""

FEWEST_RECORDS = 5
"""Records below which resampling them says nothing, and no interval is given."""
FEWEST_BEATS = 100
"""Beats below which figures are given with a warning."""


def little_support(beats: int, records: int) -> str:
    """A sentence where figures rest on too little to be believed; else empty."""
    if beats >= FEWEST_BEATS:
        return ""
    return (
        f"Only {beats} beat{'s' * (beats != 1)} of {records} record{'s' * (records != 1)}: these figures say next to "
        "nothing."
    )
