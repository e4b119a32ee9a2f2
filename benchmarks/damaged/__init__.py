"""Damaged models, runs and stores against every page and every verb of the command line that reads them."""
