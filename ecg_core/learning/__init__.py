"""Training whatever it is: one visible loop, checkpoints that resume exactly, options, and a model as a folder."""
