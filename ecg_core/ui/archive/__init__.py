"""Parts of the Archive page."""
