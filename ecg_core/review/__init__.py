"""Going through beats one by one: what is to be looked at, in which order, and how far one has come."""
