"""Activation functions that learn, that are random in training, and that are yours.

The numerical core, :mod:`trax_activations.functional`, is plain JAX; everything else is for Trax.
Importing this package imports neither: each part is loaded when it is first used. Trax, whoever
imports it after this package, is fast to import and works with current JAX.

Example:
    >>> import trax_activations as ta
    >>> ta.ParametricRelu(a=0.1)
    ParametricRelu(num_parameters=1, a=0.1, axis=-1)
"""

import ast as _ast
import functools as _functools
import importlib as _importlib
import pathlib as _pathlib
import sys as _sys
from typing import Any as _Any

from trax_activations._trax import _finder

__version__ = "0.2.0"

_finder.install()


@_functools.cache
def _homes() -> dict[str, str]:
    """Where each public name is found, by the typed face, which is made from the registry."""
    face = _pathlib.Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    return {
        alias.name: f"{line.module}"
        for line in _ast.parse(face).body
        if isinstance(line, _ast.ImportFrom)
        for alias in line.names
    }


def _submodules() -> set[str]:
    """The modules and packages among the public names."""
    return {name for name, home in _homes().items() if home == __name__}


def _own_layers() -> list[str]:
    """Layers that somebody made by :func:`activation`, and all others if these are loaded."""
    return getattr(_sys.modules.get(f"{__name__}.layers"), "__all__", [])


def __getattr__(name: str) -> _Any:
    """Loads a part of the package, or finds a layer, at first use (PEP 562)."""
    home = _homes().get(name)
    if home == __name__:
        return _importlib.import_module(f"{__name__}.{name}")
    if home is None and name in _own_layers():
        home = f"{__name__}.layers"
    if home is None:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}", name=name, obj=_sys.modules[__name__]
        )
    return getattr(_importlib.import_module(home), name)


def __dir__() -> list[str]:
    """Everything that can be reached, found without importing JAX or Trax."""
    return sorted({*globals(), *_homes(), *_own_layers()})
