"""Parts of the campaign of faults (`python -m benchmarks.faults`)."""
