"""Data in, plotly figure out."""
