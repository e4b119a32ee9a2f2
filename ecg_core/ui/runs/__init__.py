"""The Runs page, in parts."""
