"""What ``numpy_activation`` is given: checked, and made into functions of NumPy arrays."""

import inspect
import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from trax_activations.functional._host.function import (
    CentralDifferences,
    HostArray,
    HostFunction,
    Joint,
    name_of,
)

Function = Callable[..., Any]
Derivative = Function | Sequence[Function] | Literal["central_differences"] | None
Parameters = Mapping[str, float] | Sequence[str] | None

_TYPICAL = 0.5  # What a parameter without an initial value is tried with.


def host_functions(
    fn: Function, grad_fn: Derivative, parameters: Mapping[str, float], vectorize: bool | None
) -> tuple[HostFunction, Callable[..., list[HostArray]] | None]:
    """What computes the value, and what computes all derivatives, if there are any.

    Args:
        fn: As in :func:`numpy_activation`, as are the others.
        grad_fn: The derivative.
        parameters: Names and values to try the functions with.
        vectorize: Whether they take single numbers.

    Raises:
        TypeError: If one of them is no function, or takes another number of arguments.
        ValueError: If ``grad_fn`` is unknown, or has too few functions.
    """
    arguments, initial = ("x", *parameters), tuple(parameters.values())

    def host_function(function: Any, role: str, *results: str) -> HostFunction:
        _check_signature(function, role, arguments)
        return HostFunction(function, results, arguments, initial, vectorize)

    value = host_function(fn, "fn", "value")
    derivatives = [f"derivative in {argument}" for argument in arguments]
    if grad_fn is None:
        return value, None
    if isinstance(grad_fn, str):
        if grad_fn != "central_differences":
            raise ValueError(
                f"grad_fn={grad_fn!r} is unknown: it is a function, a sequence of functions, or "
                "'central_differences'."
            )
        return value, CentralDifferences(value)
    if not isinstance(grad_fn, Sequence):
        return value, host_function(grad_fn, "grad_fn", *derivatives)
    if len(grad_fn) != len(arguments):
        raise ValueError(
            f"grad_fn is a sequence of {len(grad_fn)} functions, but there are {len(arguments)} "
            f"arguments to have a derivative in: {', '.join(arguments)}."
        )
    each = zip(grad_fn, derivatives, strict=True)
    return value, Joint([host_function(function, "grad_fn", result) for function, result in each])


def named(parameters: Parameters) -> dict[str, float]:
    """Names of parameters with values to try functions with.

    Raises:
        TypeError: If it is neither a mapping to numbers nor a sequence of names.
    """
    if parameters is None:
        return {}
    if isinstance(parameters, Mapping):
        items = dict(parameters)
    elif isinstance(parameters, str):
        items = {parameters: _TYPICAL}
    else:
        items = dict.fromkeys(parameters, _TYPICAL)
    for name, value in items.items():
        if not isinstance(name, str) or not name.isidentifier() or name == "x":
            raise TypeError(
                "numpy_activation takes identifiers other than x as names of parameters, for "
                f"example parameters=['a'], but received {name!r}."
            )
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(
                f"parameters={{{name!r}: {value!r}}}: an initial value is one number, for example "
                f"{{{name!r}: 0.25}}."
            )
    return {name: float(value) for name, value in items.items()}


def _check_signature(function: Any, role: str, arguments: Sequence[str]) -> None:
    """Refuses what cannot be called with these arguments, or has them in another order."""
    if not callable(function):
        raise TypeError(
            f"numpy_activation takes a function of {', '.join(arguments)} as {role}, but received "
            f"{function!r}."
        )
    try:
        signature = inspect.signature(function)
    except ValueError:  # Of C code, as NumPy's: unknown.
        return
    own = [name for name in signature.parameters if name in arguments[1:]]
    try:
        signature.bind(*arguments)
        fits = own in ([], list(arguments[1:])) or set(own) != set(arguments[1:])
    except TypeError:
        fits = False
    if not fits:
        raise TypeError(
            f"{role} is called with ({', '.join(arguments)}), in this order, but "
            f"{name_of(function)!r} takes {signature}. Learned parameters are named in "
            "parameters={'name': initial value}."
        )
