"""Studies: the same network trained in several ways, compared on unseen patients."""
