"""The Review page: a queue, what is decided about it, and what becomes of the decisions."""
