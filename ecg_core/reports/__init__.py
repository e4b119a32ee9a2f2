"""Results as files to pass on."""
