"""Switches one layer."""

import contextlib
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from trax_activations._model import contents, is_mode, rebind, variables
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.modes._derived import derived_variables
from trax_activations.modes._rules import (
    FUNCTIONS,
    Rule,
    decides_when_built,
    makes_state_by_mode,
    rule_of,
)
from trax_activations.modes._state import forget_state

__all__ = [
    "CannotSwitch",
    "forget_memory",
    "has_own_mode",
    "mode_of",
    "remembered",
    "switch_layer",
]

_MEMORY = "_values_in_training"
_PLAIN = Rule("reads self._mode when it runs")


class CannotSwitch(ValueError):
    """Why a layer cannot be switched; `with_mode` adds which one, and how to mend it."""


def has_own_mode(layer: base.Layer) -> bool:
    """Whether a layer has an attribute ``_mode`` that names a mode of Trax.

    Not so a convolution whose ``_mode`` is 'same': that is none of ours.
    """
    return is_mode(vars(layer).get("_mode"))


def mode_of(layer: base.Layer) -> str | None:
    """The mode of a layer, or one that its functions have closed over; ``None`` if it has none."""
    if has_own_mode(layer):
        return str(layer._mode)
    return next(iter(_held_modes(layer)), None)


def switch_layer(layer: base.Layer, mode: str) -> None:
    """Puts a layer, not its sublayers, into a mode; if that fails, it may be in any."""
    if hasattr(type(layer), "_set_mode"):
        layer._set_mode(mode)
        return
    if any(held != mode for held in _held_modes(layer)):
        _switch_function(layer, mode)
    if derived := derived_variables(layer):
        raise CannotSwitch(
            f"holds a function in which {' and '.join(map(repr, derived))}, computed from the mode "
            "or named for it, is fixed"
        )
    if mode_of(layer) != mode and decides_when_built(type(layer)):
        raise CannotSwitch(
            "chose in its __init__, by mode, what to keep; give its class a method "
            "_set_mode(self, mode) that can choose again"
        )
    if has_own_mode(layer) and layer._mode != mode:
        rule = rule_of(layer) or _PLAIN
        _switch_training(layer, rule, mode)
        _switch_predict(layer, rule, mode)
        layer._mode = mode


@contextlib.contextmanager
def remembered(layer: base.Layer, to_training: bool) -> Iterator[dict[str, Any]]:
    """What a layer has in 'train' mode: put down when it leaves that mode, taken up on return.

    So a copy of a copy can be trained again. A layer that was built in another mode has nothing.
    """
    values: dict[str, Any] = vars(layer).get(_MEMORY, {}) if to_training else {}
    yield values
    if to_training:
        vars(layer).pop(_MEMORY, None)
    else:
        vars(layer)[_MEMORY] = values


def _switch_training(layer: base.Layer, rule: Rule, mode: str) -> None:
    """Sets what a layer has only in 'train' mode, or only outside of it."""
    to_training = mode == "train"
    if to_training == (layer._mode == "train") or not rule.only_in_training:
        return
    with remembered(layer, to_training) as values:
        if not to_training:
            values.update({name: vars(layer)[name] for name in rule.only_in_training})
            vars(layer).update(rule.only_in_training)
        elif values:
            vars(layer).update(values)
        else:
            lost = " and ".join(name.strip("_") for name in rule.only_in_training)
            raise CannotSwitch(f"was built in {layer._mode!r} mode, which forgets its {lost}")


def _switch_predict(layer: base.Layer, rule: Rule, mode: str) -> None:
    """Sets what a layer has only for predicting step by step, which is mostly state."""
    if layer._mode == "viz" and rule.shows_state:
        layer._state = base.EMPTY_STATE
    to_predict = mode == "predict"
    if to_predict == (layer._mode == "predict"):
        return
    if to_predict and rule.not_predict and "_predict_mem_len" not in vars(layer):
        raise CannotSwitch(rule.not_predict)
    if rule.incremental:
        layer._incremental = to_predict
    if not isinstance(layer, tl.Scan) and makes_state_by_mode(type(layer)) and layer.sublayers:
        raise CannotSwitch("makes the state of its sublayers by mode")
    forget_memory(layer)


def forget_memory(layer: base.Layer) -> None:
    """Lets a layer forget the earlier steps that it remembers in 'predict'."""
    if isinstance(layer, tl.Scan):
        layer._state = (None, base.EMPTY_STATE)  # Its last carry (combinators.py:446).
    elif makes_state_by_mode(type(layer)) and not layer.sublayers:
        forget_state(layer)


def _switch_function(layer: base.Layer, mode: str) -> None:
    """Gives a function of Trax another mode, if the function is known to read it when it runs."""
    functions = [x for _, x in contents(layer) if isinstance(x, FunctionType)]
    owners = [
        function
        for function in functions
        if any(_is_mode(name, value) for name, value in variables(function))
    ]
    known = all((owner.__module__, owner.__qualname__) in FUNCTIONS for owner in owners)
    if not (known and len(owners) == len(_held_modes(layer))):
        held = ", ".join(map(repr, dict.fromkeys(_held_modes(layer))))
        raise CannotSwitch(f"holds a function or object in which mode {held} is fixed")
    layer._forward_fn = rebind(layer._forward_fn, "mode", mode)


def _held_modes(layer: base.Layer) -> list[str]:
    """Modes that a layer holds elsewhere than in its own ``_mode``."""
    attributes = {name: value for name, value in vars(layer).items() if name != "_mode"}
    return [value for name, value in contents(attributes, opaque=True) if _is_mode(name, value)]


def _is_mode(name: str, value: Any) -> bool:
    return "mode" in name.lower() and is_mode(value)
