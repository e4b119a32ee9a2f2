"""All compute of the ECG anomaly workbench. Nothing here but `ecg_core.ui` imports Streamlit."""

__version__ = "0.1.0"
