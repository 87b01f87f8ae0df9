"""Trax's ``init_from_file`` for the files of this package, which hold no pickle."""

import functools
import importlib
import os
from types import ModuleType
from typing import Any

__all__ = ["init_from_file", "install"]


def init_from_file(
    layer: Any, file_name: Any, weights_only: bool = False, input_signature: Any = None
) -> Any:
    """As ``Layer.init_from_file`` (layers/base.py:313), which unpickles, but reads all our files.

    That is above this floor, and is loaded when it is used.
    """
    ours = importlib.import_module("trax_activations.weights").init_from_file
    return ours(layer, file_name, weights_only, input_signature)


def install(base: ModuleType) -> None:
    """Lets ``Layer.init_from_file`` take our files and runs; all others it reads as ever."""
    stock = base.Layer.init_from_file
    if hasattr(stock, "__wrapped__"):
        return

    @functools.wraps(stock)
    def either(layer: Any, file_name: Any, *args: Any, **kwargs: Any) -> Any:
        is_ours = os.path.isdir(file_name) or os.fspath(file_name).endswith(".safetensors")
        return (init_from_file if is_ours else stock)(layer, file_name, *args, **kwargs)

    base.Layer.init_from_file = either
