"""Parts of the Benchmarks page."""
