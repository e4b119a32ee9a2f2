"""GANs: they make beats, or ECG images, of one class."""
