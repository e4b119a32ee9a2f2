"""The Class balance page, in parts."""
