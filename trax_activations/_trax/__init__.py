"""The only door to Trax: imports it fast and silently, and mends what current JAX broke in it.

Everything else in this package takes Trax from here::

    from trax_activations._trax import layers as tl

Importing this package imports Trax (and with it TensorFlow). Where Trax was imported before, there
is nothing left to speed up, and only the repairs are made. :func:`repairs` lists them, each with
the Trax line that needs it and the release since which it does.
"""

from trax_activations._trax import _devices as _devices  # Registers its repairs, as the next.
from trax_activations._trax import _functions as _functions
from trax_activations._trax._imports import import_trax
from trax_activations._trax._patch import patched
from trax_activations._trax._repair import Repair, mend, repairs

import_trax()  # Before any plain import of Trax, which would be slow and loud.

import trax  # noqa: E402
from trax import fastmath, layers, models, optimizers, shapes  # noqa: E402
from trax.layers import base  # noqa: E402
from trax.shapes import ShapeDtype  # noqa: E402
from trax.supervised import callbacks, decoding, trainer_lib, training  # noqa: E402

mend()

__all__ = [
    "Repair",
    "ShapeDtype",
    "base",
    "callbacks",
    "decoding",
    "fastmath",
    "layers",
    "models",
    "optimizers",
    "patched",
    "repairs",
    "shapes",
    "trainer_lib",
    "training",
    "trax",
]
