"""Scores of detectors and classifiers, thresholds, intervals."""
