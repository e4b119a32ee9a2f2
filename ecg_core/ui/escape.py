"""Text from files and addresses, on its way into Markdown."""


def literal(text: str) -> str:
    """`text` from a file or an address, so that Markdown makes no link and loads no image from it."""
    return text.replace("[", "\\[")
