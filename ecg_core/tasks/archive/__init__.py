"""Scoring archives: folders of thousands of recordings, one row a beat and one a recording."""
