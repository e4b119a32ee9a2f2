"""Recordings from anywhere into named collections of WFDB records: look first, then bring in, whole or not at all."""
