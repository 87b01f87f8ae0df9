"""Activation layers for Trax: drop-in inside ``tl.Serial`` and as ``ff_activation=...``.

There is one layer per entry of the registry. Those that learn, or differ between train and eval
mode, are classes of their own; the others are made from the registry's record. All are
gin-configurable as ``trax_activations.<Name>``.
"""

import inspect

from trax_activations import registry
from trax_activations._gin import configurable
from trax_activations.layers import _rectified
from trax_activations.layers._base import Activation, LearnedActivation
from trax_activations.layers._checks import MODES as MODES
from trax_activations.layers._checks import check_mode as check_mode
from trax_activations.layers._generated import layer_class

_FAMILIES = (_rectified,)


def _all_layers() -> dict[str, type[Activation]]:
    """The layer of every entry, by its name."""
    own = {
        name: member
        for family in _FAMILIES
        for name, member in inspect.getmembers(family, inspect.isclass)
        if issubclass(member, Activation) and member.__module__ == family.__name__
    }
    return {
        spec.layer_name: own.get(spec.layer_name) or layer_class(spec, __name__)
        for spec in registry.specs()
    }


_LAYERS = {name: configurable(layer) for name, layer in _all_layers().items()}
globals().update(_LAYERS)

__all__ = ["Activation", "LearnedActivation", *sorted(_LAYERS)]
