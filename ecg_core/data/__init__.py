"""Where recordings come from and what one is."""
