"""Activation layers for Trax: drop-in inside ``tl.Serial`` and as ``ff_activation=...``.

There is one layer per entry of the registry. Those that learn, or differ between train and eval
mode, are classes of their own; the others are made from the registry's record. All are
gin-configurable as ``trax_activations.<Name>``.
"""

import importlib
import inspect
import pkgutil

from trax_activations import registry
from trax_activations._gin import configurable
from trax_activations.layers._base import Activation, LearnedActivation
from trax_activations.layers._checks import MODES as MODES
from trax_activations.layers._checks import check_mode as check_mode
from trax_activations.layers._generated import layer_class


def _own_classes() -> dict[str, type[Activation]]:
    """The classes written in this room, by name: one file per family of functions."""
    return {
        name: member
        for found in pkgutil.iter_modules(__path__, f"{__name__}.")
        for name, member in inspect.getmembers(importlib.import_module(found.name), inspect.isclass)
        if issubclass(member, Activation) and member.__module__ == found.name
    }


def _all_layers() -> dict[str, type[Activation]]:
    """The layer of every entry, by its name."""
    own = _own_classes()
    return {
        spec.layer_name: own.get(spec.layer_name) or layer_class(spec, __name__)
        for spec in registry.specs()
    }


_LAYERS = {name: configurable(layer) for name, layer in _all_layers().items()}
globals().update(_LAYERS)

__all__ = ["Activation", "LearnedActivation", *sorted(_LAYERS)]
