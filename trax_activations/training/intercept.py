"""Intercepts what goes through the layers of a model."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

from trax_activations._model import walk
from trax_activations._trax import base
from trax_activations.training.protocols import Tree

Forward: TypeAlias = Callable[[Tree], Tree]


@contextlib.contextmanager
def intercept(
    model: base.Layer, around: Callable[[str, base.Layer, Forward], Forward | None]
) -> Iterator[None]:
    """Intercepts the ``forward`` of layers, inside of a ``with`` block.

    ``around`` is given a layer's path, the layer and its ``forward``, and returns what takes its
    place; ``None`` leaves the layer alone.
    """
    changed: list[base.Layer] = []
    try:
        for path, layer in walk(model):
            forward = around(path, layer, layer.forward)
            if forward is not None:
                object.__setattr__(layer, "forward", forward)  # Trax refuses public attributes.
                changed.append(layer)
        yield
    finally:
        for layer in changed:
            object.__delattr__(layer, "forward")
