"""Finds what functions have kept of a mode: values computed from it when they were made."""

import dis
import inspect
import itertools
import re
from collections.abc import Iterator
from types import CodeType, FunctionType

import jax
import numpy as np

from trax_activations._model import contents, variables
from trax_activations._trax import base
from trax_activations.modes._rules import arguments, names_a_mode

__all__ = ["derived_variables"]

_NAMED_FOR_IT = re.compile(
    r"(is_|in_)?(train|training|eval|evaluating|evaluation|predict|predicting|inference|"
    r"deterministic)(_fn)?"
)
_VALUES = (bool, int, float, str, np.generic, np.ndarray, jax.Array, FunctionType)
_KNOWN = frozenset({"trax", "trax_activations"})  # What these decide, the rules say.


def derived_variables(layer: base.Layer) -> list[str]:
    """Names of variables that functions of a layer have closed over, and that depend on a mode.

    These are flags with a name for it, such as ``is_training``; functions with such a name, where a
    function that took a mode has made the one that closed over them; and values of any name that
    the former assigned in a line that reads the mode.
    """
    found: list[str] = []
    for _, function in contents(layer):
        if isinstance(function, FunctionType) and _is_foreign(function):
            found += _derived(function)
    return list(dict.fromkeys(found))


def _is_foreign(function: FunctionType) -> bool:
    return (function.__module__ or "").partition(".")[0] not in _KNOWN


def _derived(function: FunctionType) -> Iterator[str]:
    makers = [maker for maker in _makers(function) if _takes_a_mode(maker)]
    assigned = set().union(*map(_assigned_from_mode, makers))
    for name, value in variables(function):
        if not isinstance(value, _VALUES):
            continue  # Layers, above all: these are switched themselves.
        known = isinstance(value, bool) or (isinstance(value, FunctionType) and makers)
        if name in assigned or (known and _NAMED_FOR_IT.fullmatch(name.strip("_"))):
            yield name


def _makers(function: FunctionType) -> Iterator[CodeType]:
    """Code of the functions in which a function was made, the outermost first, as its name says."""
    first, *rest = function.__qualname__.split(".<locals>.")[:-1] or [""]
    holder = function.__globals__.get(first.partition(".")[0])
    for attribute in first.split(".")[1:]:
        holder = getattr(holder, attribute, None)
    code = getattr(inspect.unwrap(holder), "__code__", None) if callable(holder) else None
    for name in [*rest, None]:
        if not isinstance(code, CodeType):
            return
        yield code
        inner = (each for each in code.co_consts if isinstance(each, CodeType))
        code = next((each for each in inner if each.co_name == name), None)


def _takes_a_mode(code: CodeType) -> bool:
    return bool(_mode_arguments(code)) and names_a_mode(code.co_consts)


def _mode_arguments(code: CodeType) -> set[str]:
    return {name for name in arguments(code) if "mode" in name.lower()}


def _assigned_from_mode(code: CodeType) -> set[str]:
    """Variables that a function assigns in a line that reads its mode, or one so assigned."""
    read, own = _mode_arguments(code), set(arguments(code))
    lines = {i: line for start, end, line in code.co_lines() for i in range(start, end, 2)}
    instructions = dis.get_instructions(code)
    for _, line in itertools.groupby(instructions, key=lambda each: lines.get(each.offset)):
        of_line = list(line)
        if read & _names(of_line, "LOAD_FAST", "LOAD_DEREF"):
            read = read | (_names(of_line, "STORE_") - own)
    return read - own


def _names(instructions: list[dis.Instruction], *operations: str) -> set[str]:
    """The variables of instructions of these kinds; since Python 3.13 one may have two."""
    found: set[str] = set()
    for each in instructions:
        if any(operation in each.opname for operation in operations):
            found.update(each.argval if isinstance(each.argval, tuple) else (each.argval,))
    return found
