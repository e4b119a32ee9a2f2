"""A light table whose rows stand for places in a recording."""
