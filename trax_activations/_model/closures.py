"""What a layer holds besides sublayers, in attributes and closures: layers, functions, modes."""

import functools
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

from trax_activations._checks import MODES
from trax_activations._trax import base
from trax_activations._trax import layers as tl

__all__ = ["contents", "held_layers", "is_mode", "rebind", "variables"]

# Objects of these libraries hold no Trax layers, and some of them (arrays, tracers) are large.
_OTHERS = frozenset(
    {"absl", "builtins", "gin", "jax", "jaxlib", "ml_dtypes", "numpy", "tensorflow"}
)


def is_mode(value: Any) -> bool:
    """Whether a value is the name of one of Trax's modes."""
    return isinstance(value, str) and value in MODES


def contents(holder: Any, *, opaque: bool = False) -> Iterator[tuple[str, Any]]:
    """Everything that a layer's attributes, or a function, lead to: down to layers, not into them.

    Args:
        holder: A layer, a function or a container.
        opaque: Whether to look also into what no copy is made of: objects of other classes, and
            functions that JAX has wrapped or compiled.
    """
    if isinstance(holder, base.Layer):
        # What `tl.Accelerate` has compiled, every copy compiles anew (layers/acceleration.py:60).
        own_code = "_jit_pure_fn" if isinstance(holder, tl.Accelerate) else None
        stack = [(name, value) for name, value in vars(holder).items() if name != own_code]
    else:
        stack = list(_parts(holder))
    stack.reverse()
    seen = {id(holder)}
    while stack:
        name, value = stack.pop()
        yield name, value
        if isinstance(value, base.Layer) or id(value) in seen:
            continue
        seen.add(id(value))
        parts = list(_parts(value))
        if opaque and not parts:
            parts = list(_opaque_parts(value))
        stack.extend(reversed(parts))


def held_layers(layer: base.Layer) -> list[base.Layer]:
    """The layers that the attributes of a layer lead to, in order, each once."""
    found = {id(x): x for _, x in contents(layer) if isinstance(x, base.Layer) and x is not layer}
    return list(found.values())


def variables(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Variables that a function has closed over, and the defaults of its arguments."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # Not assigned yet.
            continue
    defaults = function.__defaults__ or ()
    n_arguments = function.__code__.co_argcount
    names = function.__code__.co_varnames[n_arguments - len(defaults) : n_arguments]
    yield from zip(names, defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


def rebind(function: FunctionType, name: str, value: Any) -> FunctionType:
    """The same function with another value of a variable that it, or one it calls, closed over."""
    cells = []
    for variable, cell in zip(
        function.__code__.co_freevars, function.__closure__ or (), strict=True
    ):
        inner = dict(variables(function)).get(variable)
        if variable == name:
            cell = type(cell)(value)
        elif isinstance(inner, FunctionType):
            cell = type(cell)(rebind(inner, name, value))
        cells.append(cell)
    return with_cells(function, cells)


def with_cells(function: FunctionType, cells: list[Any]) -> FunctionType:
    """The same function with other cells for the variables it has closed over."""
    new = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(cells),
    )
    new.__kwdefaults__ = function.__kwdefaults__
    for attribute in functools.WRAPPER_ASSIGNMENTS:
        setattr(new, attribute, getattr(function, attribute))
    vars(new).update(vars(function))
    return new


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The pieces of what every copy of a layer has for itself: containers and functions."""
    if isinstance(value, dict):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from (("", item) for item in value)
    elif isinstance(value, functools.partial):
        yield from (("", item) for item in (value.func, *value.args))
        yield from value.keywords.items()
    elif isinstance(value, MethodType):
        yield from (("", value.__func__), ("", value.__self__))
    elif isinstance(value, FunctionType):
        yield from variables(value)


def _opaque_parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The pieces of an object of which no copy is made."""
    if isinstance(value, (type, ModuleType)):
        return
    if callable(value) and hasattr(value, "__wrapped__"):
        yield "", value.__wrapped__
    elif type(value).__module__.partition(".")[0] not in _OTHERS and hasattr(value, "__dict__"):
        yield from vars(value).items()
