"""The autoencoder: trained on normal beats, it scores a beat by how badly it draws it."""
