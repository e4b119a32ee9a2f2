"""Benchmarks, one a module: `python -m benchmarks.NAME`."""
