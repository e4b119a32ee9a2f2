"""From a recording to labelled arrays: filters, segments, RR features, quality, splits."""
