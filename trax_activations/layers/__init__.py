"""Layers for Trax: drop-in inside ``tl.Serial``, activations also as ``ff_activation=...``.

There is one layer per entry of the registry. Those that learn, or differ between train and eval
mode, are classes of their own; the others are made from the registry's record. Besides, every
public class in a file of this room is a layer of its own, such as :class:`DenseRelu`; and there is
:func:`SirenInitializer`, for the layers before a :class:`Sine`. All are gin-configurable as
``trax_activations.<Name>``.
"""

import importlib
import inspect
import pkgutil

from trax_activations import registry
from trax_activations._gin import configurable
from trax_activations.layers._base import Activation, Layer
from trax_activations.layers._checks import MODES as MODES
from trax_activations.layers._checks import check_mode as check_mode
from trax_activations.layers._custom import activation as activation
from trax_activations.layers._generated import layer_class
from trax_activations.layers._initializers import SirenInitializer
from trax_activations.layers._learned import LearnedActivation

_BASES = {"Activation": Activation, "Layer": Layer, "LearnedActivation": LearnedActivation}


def _own_classes() -> dict[str, type[Layer]]:
    """The public layer classes written in this room, by name, without their bases."""
    return {
        name: member
        for found in pkgutil.iter_modules(__path__, f"{__name__}.")
        for name, member in inspect.getmembers(importlib.import_module(found.name), inspect.isclass)
        if issubclass(member, Layer)
        and member.__module__ == found.name
        and not (name.startswith("_") or name in _BASES)
    }


def _all_layers() -> dict[str, type[Layer]]:
    """Every layer by its name: those written here, and one for each other entry."""
    layers = _own_classes()
    for spec in registry.specs():
        for name in (spec.layer_name, *spec.layer_aliases):
            if name not in layers:
                layers[name] = layer_class(spec, __name__, name)
    return layers


_INITIALIZERS = {"SirenInitializer": configurable(SirenInitializer)}
_LAYERS = {name: configurable(layer) for name, layer in _all_layers().items()}
globals().update(_LAYERS | _INITIALIZERS)

__all__ = ["Activation", "Layer", "LearnedActivation", *sorted(_LAYERS | _INITIALIZERS)]
