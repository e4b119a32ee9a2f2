"""The Records page, in parts."""
