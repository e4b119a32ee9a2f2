"""Text from files, made harmless for Plotly, which renders a part of HTML in titles, labels and hovers."""

import html

MAX_CHARACTERS = 60


def plain(text: str, limit: int = MAX_CHARACTERS) -> str:
    """`text` with `<`, `>` and `&` escaped, control characters dropped and at most `limit` characters kept."""
    kept = "".join(character for character in text if character.isprintable())
    return html.escape(kept if len(kept) <= limit else kept[: limit - 1] + "…", quote=False)
