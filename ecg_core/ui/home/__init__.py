"""Home, in parts."""
