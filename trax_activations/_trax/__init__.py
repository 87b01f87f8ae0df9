"""The only door to Trax: imports it fast and silently, and mends what current JAX broke in it.

Everything else in this package takes Trax from here::

    from trax_activations._trax import layers as tl

Trax is imported when one of its names is first used, without TensorFlow, which is loaded when
something needs it. Where Trax was imported before this package, there is nothing left to speed up,
and only the repairs are made. :func:`repairs` lists them, each with the Trax line that needs it and
the release since which it does.
"""

import importlib
from typing import TYPE_CHECKING, Any

from trax_activations._trax._patch import patched

if TYPE_CHECKING:
    import trax
    from trax import fastmath, layers, models, optimizers, shapes
    from trax.layers import base
    from trax.shapes import ShapeDtype
    from trax.supervised import callbacks, decoding, trainer_lib, training

    from trax_activations._trax._repair import Repair, repairs
    from trax_activations._trax._run_time import (
        no_pickled_counters,
        old_stablehlo,
        one_device,
        placed_by,
        train_with,
    )

__all__ = [
    "Repair",
    "ShapeDtype",
    "base",
    "callbacks",
    "decoding",
    "fastmath",
    "layers",
    "models",
    "no_pickled_counters",
    "old_stablehlo",
    "one_device",
    "optimizers",
    "patched",
    "placed_by",
    "repairs",
    "shapes",
    "train_with",
    "trainer_lib",
    "training",
    "trax",
]

_SUPERVISED = {"callbacks", "decoding", "trainer_lib", "training"}
_OURS = {
    **dict.fromkeys(("Repair", "repairs"), "_repair"),
    **dict.fromkeys(
        ("no_pickled_counters", "old_stablehlo", "one_device", "placed_by", "train_with"),
        "_run_time",
    ),
}


def __getattr__(name: str) -> Any:
    """Imports and mends Trax when something of it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}._start").mended()
    if name in _OURS:
        value = getattr(importlib.import_module(f"{__name__}.{_OURS[name]}"), name)
    elif name == "trax":
        value = module
    elif name == "base":
        value = importlib.import_module("trax.layers.base")
    elif name == "ShapeDtype":
        value = module.shapes.ShapeDtype
    else:
        value = getattr(module.supervised if name in _SUPERVISED else module, name)
    globals()[name] = value
    return value
