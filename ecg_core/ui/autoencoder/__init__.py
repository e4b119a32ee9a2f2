"""The Autoencoder page, tab by tab."""
