"""The Synthesis page, tab by tab."""
