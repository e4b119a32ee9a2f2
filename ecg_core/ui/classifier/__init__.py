"""The Classifier page, tab by tab."""
