"""What the Autoencoder page draws in the browser, so that it follows the hand: the threshold's view, tiles of beats."""
