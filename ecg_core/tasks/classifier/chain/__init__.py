"""The steps after the network: a recording's shapes, its rhythm without V beats, each beat against both."""
