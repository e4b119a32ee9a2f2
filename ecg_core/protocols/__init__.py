"""Protocols: how others measured, done again with our models, beside the figures they published."""
