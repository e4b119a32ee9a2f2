"""One architecture a module.

`<network>.py` holds the layers in torch, to train them; `<network>_numpy.py` the forward pass of the same weights in
numpy, for pages, which must not import torch, and the constants that both passes compute with. `numpy_layers` is what
these passes are built from. A torch module may import a numpy one, never the other way round.
"""
