"""One visible training loop, and one small file per task that uses it."""
