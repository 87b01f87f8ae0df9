"""Copies of models that have their own layers and share everything else."""

import copy
from collections.abc import Mapping
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any

from trax_activations._model.closures import contents, variables, with_cells
from trax_activations._trax import base
from trax_activations._trax import layers as tl

__all__ = ["copy_layers"]


def copy_layers(model: base.Layer, instead: Mapping[int, base.Layer] | None = None) -> base.Layer:
    """Copies a model's layers, but none of its arrays.

    Layers, the containers in their attributes, bound methods, and functions that have closed over a
    layer are new; a layer that occurred twice still is one layer. Weights, state, random keys and
    all other objects are the same. Code that was compiled for the model is left behind. In the
    place of layers whose identities ``instead`` has, the copy has what it has for them.
    """
    copied: base.Layer = _Copier(instead or {}).copied(model)
    return copied


class _Copier:
    """What has been copied so far, by the identity of the original."""

    def __init__(self, instead: Mapping[int, base.Layer]) -> None:
        self._copies: dict[int, Any] = dict(instead)

    def copied(self, value: Any) -> Any:
        """The copy of a value: itself, if it leads to no layer and cannot be changed."""
        if id(value) in self._copies:
            return self._copies[id(value)]
        if isinstance(value, base.Layer):
            return self._layer(value)
        if isinstance(value, (dict, list)):
            return self._container(value)
        if isinstance(value, (tuple, set, frozenset)):
            return self._sequence(value)
        if isinstance(value, partial):
            function, args = self.copied(value.func), self.copied(value.args)
            return type(value)(function, *args, **self.copied(value.keywords))
        if isinstance(value, MethodType):
            return MethodType(value.__func__, self.copied(value.__self__))
        if isinstance(value, FunctionType):
            return self._function(value)
        return value

    def _layer(self, layer: base.Layer) -> base.Layer:
        new = object.__new__(type(layer))
        self._copies[id(layer)] = new
        for name, value in vars(layer).items():
            # Past `Layer.__setattr__`, which refuses public names (trax/layers/base.py:666).
            vars(new)[name] = self.copied(value)
        vars(new)["_jit_cache"] = {}
        if isinstance(new, tl.Accelerate):
            # It keeps a compiled function of the layer it was made for (acceleration.py:60).
            vars(new)["_jit_pure_fn"] = tl.acceleration.jit_forward(
                new.sublayer.pure_fn, new._n_devices, do_mean=False
            )
        return new

    def _container(self, value: Any) -> Any:
        """A dictionary or list, which the copy may change without changing the original."""
        new = copy.copy(value)
        self._copies[id(value)] = new
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            new[key] = self.copied(item)
        return new

    def _sequence(self, value: Any) -> Any:
        items = [self.copied(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return copy.copy(value)
        new = type(value)._make(items) if hasattr(value, "_make") else type(value)(items)
        self._copies[id(value)] = new
        return new

    def _function(self, function: FunctionType) -> FunctionType:
        """A function that has closed over layers, as one that has closed over their copies."""
        if not any(isinstance(value, base.Layer) for _, value in contents(function)):
            return function
        cells = [CellType() for _ in function.__closure__ or ()]
        new = with_cells(function, cells)
        self._copies[id(function)] = new  # Before its variables: it may be one of them.
        for name, value in variables(function):
            if name in function.__code__.co_freevars:
                cells[function.__code__.co_freevars.index(name)].cell_contents = self.copied(value)
        new.__defaults__ = self.copied(function.__defaults__)
        new.__kwdefaults__ = self.copied(function.__kwdefaults__)
        return new
