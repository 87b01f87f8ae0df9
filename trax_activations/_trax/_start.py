"""What happens around the import of Trax: it is fast, quiet, and mended when it is there."""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from trax_activations._trax import _gin_names
from trax_activations._trax._imports import quick_assert_shape, quiet
from trax_activations._trax._needs import needing
from trax_activations._trax._stand_ins import catch_up_with_loaded, lazy_imports

__all__ = ["mended", "part", "trax"]

_LAZY = frozenset({"rl", "tf_numpy", "trax2keras"})


@contextlib.contextmanager
def trax(module: ModuleType) -> Iterator[None]:
    """Around the import of `trax`: its parts that need TensorFlow are loaded at first use."""
    with quick_assert_shape(), quiet(), lazy_imports():
        yield

    def load(name: str) -> Any:
        """Imports a part of Trax when it is first used (PEP 562)."""
        if name in _LAZY:
            return importlib.import_module(f"trax.{name}")
        if name == "AsKeras":
            return importlib.import_module("trax.trax2keras").AsKeras
        raise AttributeError(f"module 'trax' has no attribute {name!r}")

    if vars(module).get("AsKeras", module) is None:
        del module.AsKeras
    module.__getattr__ = load  # type: ignore[method-assign]
    module.__dir__ = lambda: sorted({*vars(module), *_LAZY, "AsKeras"})  # type: ignore[method-assign]
    _gin_names.install()
    _mend()


@contextlib.contextmanager
def part(module: ModuleType) -> Iterator[None]:
    """Around the import of a module of Trax that may need TensorFlow."""
    with needing(module.__name__), quiet(), lazy_imports():
        yield
    catch_up_with_loaded()


def mended() -> ModuleType:
    """Trax, imported if it is not yet, and repaired."""
    was_imported = "trax" in sys.modules
    with needing("What is not in trax_activations.functional"):
        module = importlib.import_module("trax")
    if was_imported:
        _mend()
    return module


def _mend() -> None:
    from trax_activations._trax import _devices as _devices  # Registers its repairs, as the next.
    from trax_activations._trax import _event_files, _repair, _weight_files
    from trax_activations._trax import _functions as _functions
    from trax_activations._trax import _keras as _keras

    _event_files.install(sys.modules["trax.jaxboard"])
    _weight_files.install(sys.modules["trax.layers.base"])
    _name_what_is_missing(sys.modules["trax.data.tf_inputs"])
    _repair.mend()


def _name_what_is_missing(tf_inputs: ModuleType) -> None:
    """Gives one clear error where Trax imports packages that it does not require itself."""
    for name in ("t2t_problems", "t5_data"):
        function = getattr(tf_inputs, name)
        if not hasattr(function, "__wrapped__"):
            setattr(tf_inputs, name, needing(f"{tf_inputs.__name__}.{name}")(function))
