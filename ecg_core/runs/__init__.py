"""A training run as a folder; the queue; the worker process."""
