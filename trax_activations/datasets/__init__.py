"""Data that is on every machine, as Trax's ``Inputs``: digits, small tables, Python's sources.

Data sets of the network are Trax's own business: ``trax.data.TFDS``, ``trax.data.batcher``.

Example:
    >>> stream = digits(batch_size=64).train_stream(n_devices=1)
    >>> images, labels, weights = next(stream)
    >>> images.shape, labels.shape, weights.shape, stream.position
    ((64, 64), (64,), (64,), 1)
"""

from trax_activations.datasets._stream import Stream
from trax_activations.datasets._study import study
from trax_activations.datasets._tables import digits, tabular
from trax_activations.datasets._text import python_source

__all__ = ["Stream", "digits", "python_source", "study", "tabular"]
