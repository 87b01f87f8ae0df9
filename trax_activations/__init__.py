"""Activation functions that learn, that are random in training, and that are yours.

The numerical core, :mod:`trax_activations.functional`, is plain JAX; everything else is for Trax.
Importing this package imports neither: each part is loaded when it is first used.

Example:
    >>> import trax_activations as ta
    >>> ta.ParametricRelu(a=0.1)
    ParametricRelu(num_parameters=1, a=0.1, axis=-1)
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = frozenset(
    {
        "cli",
        "datasets",
        "economy",
        "experiments",
        "functional",
        "layers",
        "modes",
        "plotting",
        "registry",
        "testing",
        "training",
        "weights",
    }
)

# Functions that are at hand here too, and where they live.
_FUNCTIONS = {"activation": "layers", "economize": "economy"}

# Layers that are no activations of the registry: listed, so that `dir` does not import Trax.
_OTHER_LAYERS = frozenset(
    {
        "CenteredLayer",
        "DenseRelu",
        "HalfFourier",
        "NumpyActivation",
        "Remat",
        "ScaledActivation",
        "TensorReduction",
    }
)

_INITIALIZERS = frozenset({"SirenInitializer"})


def __getattr__(name: str) -> Any:
    """Loads a room of the package, or finds a layer, at first use (PEP 562)."""
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)
    if name[:1].isupper():  # Layers are; so what asks for `pytest_plugins` does not load Trax.
        layers = importlib.import_module(f"{__name__}.layers")
        if name in layers.__all__:
            return getattr(layers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Everything that can be reached, found without importing Trax."""
    registry = importlib.import_module(f"{__name__}.registry")
    layers = {*registry.layer_names(), *_OTHER_LAYERS}
    return sorted({*globals(), *_FUNCTIONS, *_ROOMS, *layers, *_INITIALIZERS})
