"""Light charts: what `ecg_core.plots` draws with bars and outlines, drawn in the browser without Plotly."""
