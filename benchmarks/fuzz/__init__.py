"""Hostile and damaged input, by the million: every reader ends in a right answer or in the workbench's own error."""
