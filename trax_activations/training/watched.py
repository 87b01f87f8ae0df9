"""Looks at what goes through the layers of a model."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from trax_activations._model.paths import walk
from trax_activations._trax import base

Forward: TypeAlias = Callable[[Any], Any]


@contextlib.contextmanager
def watched(
    model: base.Layer, around: Callable[[str, base.Layer, Forward], Forward | None]
) -> Iterator[None]:
    """Puts something else in the place of layers' ``forward``, inside of a ``with`` block.

    Args:
        model: A model.
        around: Given a layer's path, the layer and its ``forward``, returns what takes its place;
            ``None`` leaves the layer alone.
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
