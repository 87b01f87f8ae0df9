"""Activations with other parameters and hyperparameters, as records: for their curves."""

import dataclasses
import functools
import inspect
import math
from collections.abc import Mapping
from typing import Any

from trax_activations import registry

__all__ = ["effects", "variant"]

_SHARES = (-2, -1, 0, 1, 2)  # Of half the usual value, on top of it: from 0 to twice of it.
_SMALL = 0.05


def variant(spec: registry.ActivationSpec, given: Mapping[str, Any]) -> registry.ActivationSpec:
    """A record whose parameters begin at, and whose hyperparameters are, what is given by name.

    What the function does not know, such as ``num_parameters`` of a layer, is passed over; a value
    out of range is a ValueError. The record is in no registry.

    Example:
        >>> leaky = variant(registry.get("leaky_relu"), {"negative_slope": 0.5})
        >>> float(leaky.function(-2.0))
        -1.0
    """
    chosen = {name: value for name, value in given.items() if name in spec.hyperparameters}
    if spec.check is not None and chosen:
        known = {**spec.hyperparameters, **chosen}
        accepted = inspect.signature(spec.check).parameters
        takes_all = any(p.kind is p.VAR_KEYWORD for p in accepted.values())
        spec.check(**{name: known[name] for name in known if takes_all or name in accepted})
    parameters = tuple(
        dataclasses.replace(each, initial=given.get(each.name, each.initial))
        for each in spec.parameters
    )
    learned = {each.name: each.initial for each in parameters}
    return dataclasses.replace(
        spec,
        function=functools.partial(spec.function, **chosen),
        parameters=parameters,
        kinks=dict(spec.kinks_at(**{**learned, **chosen})),
    )


def effects(spec: registry.ActivationSpec) -> dict[str, dict[str, dict[str, Any]]]:
    """Values of each parameter and hyperparameter that show its effect, by name and then label.

    Each is what to give to :func:`variant`; the usual value is among them. What is no number, and
    the axis of a vector activation, which changes no curve, are left out.

    Example:
        >>> list(effects(registry.get("leaky_relu"))["negative_slope"])[:3]
        ['0', '0.01 (default)', '0.1']
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for parameter in spec.parameters:
        if isinstance(parameter.initial, tuple):
            found[parameter.name] = _coefficients(parameter.name, parameter.initial)
        else:
            values = _values(parameter.name, parameter.initial, "initial")
            lower = parameter.lower if isinstance(parameter.lower, float) else -math.inf
            found[parameter.name] = {
                label: given for label, given in values.items() if given[parameter.name] > lower
            }
    for name, value in spec.hyperparameters.items():
        if name != "axis":
            found[name] = _values(name, value, "default")
    return {name: values for name, values in found.items() if len(values) > 1}


def _values(name: str, usual: Any, kind: str) -> dict[str, dict[str, Any]]:
    if isinstance(usual, bool):
        values: list[Any] = [False, True]
    elif isinstance(usual, int):
        values = [value for value in range(usual - 1, usual + 3) if value > 0]
    elif isinstance(usual, float):
        half = abs(usual) / 2 or 0.5
        values = [usual + share * half for share in _SHARES]
        if 0 < abs(usual) < _SMALL:  # Twice of it would not be told from it.
            values = [0.0, usual, 0.1, 0.2, 0.4]
    else:
        return {}
    return {
        (f"{value:.3g}" if isinstance(value, float) else f"{value}")
        + (f" ({kind})" if value == usual else ""): {name: value}
        for value in values
    }


def _coefficients(name: str, usual: tuple[float, ...]) -> dict[str, dict[str, Any]]:
    """Of several values, one after the other made greater."""
    changed = {f"{name} (initial)": {name: usual}}
    for index in range(len(usual)):
        values = (*usual[:index], usual[index] + 0.25, *usual[index + 1 :])
        changed[f"{name}[{index}] + 0.25"] = {name: values}
    return changed
