"""Fidelity: synthetic beats judged against recorded ones."""
