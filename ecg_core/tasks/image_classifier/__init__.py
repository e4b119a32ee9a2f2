"""The image classifier: it names the class of an ECG image."""
