"""Runs the layers of a ``tl.Serial`` in turn, some of them joined: only their input is kept."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
from jax import Array

from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.functional._remat import is_floating, remat


class Step(NamedTuple):
    """A layer that a Serial runs, itself or through a Serial within it, and what with."""

    layer: base.Layer
    weights: Any
    state: Any
    rng: Array | None


def runs_in_order(layer: base.Layer) -> bool:
    """Whether a layer does nothing but run its sublayers one after another."""
    is_plain = isinstance(layer, tl.Serial) and type(layer).forward is tl.Serial.forward
    return is_plain and bool(layer.sublayers)


def leaves(serial: base.Layer) -> Iterator[base.Layer]:
    """The layers that a Serial runs, in order, through Serials within it."""
    for layer in serial.sublayers:
        yield from leaves(layer) if runs_in_order(layer) else (layer,)


def run(
    serial: base.Layer,
    xs: Any,
    groups: Sequence[range],
    stand_ins: Sequence[base.Layer] | None = None,
) -> Any:
    """Does what ``tl.Serial.forward`` does, but keeps less for the backward pass.

    ``groups`` are the numbers of ``leaves`` to join; ``stand_ins`` run in the place of the leaves,
    with their weights and state.
    """
    serial._validate_forward_inputs(xs)
    steps = list(_steps(serial, serial.weights, serial.state, serial.rng))
    if stand_ins is not None:
        steps = [step._replace(layer=each) for step, each in zip(steps, stand_ins, strict=True)]
    group_at = {group.start: group for group in groups}
    states: list[Any] = []
    while len(states) < len(steps):
        i = len(states)
        together = steps[i : group_at[i].stop] if i in group_at else steps[i : i + 1]
        runner = _run_joined if i in group_at and _can_join(together, xs) else _run
        xs, new = runner(together, xs)
        states += new
    serial.state = _states(serial, serial.state, iter(states))
    return xs


def _run(steps: Sequence[Step], stack: Any, use_cache: bool = True) -> tuple[Any, list[Any]]:
    """Runs layers on the stack as every Serial does; returns the stack and their new states.

    With ``use_cache`` it leaves the arrays in the layers, where these may occur again.
    """
    states = []
    for layer, weights, state, rng in steps:
        inputs = tl.combinators.inputs_from_stack(stack, layer.n_in)
        outputs, new = layer.pure_fn(inputs, weights, state, rng, use_cache)
        stack = tl.combinators.outputs_onto_stack(outputs, stack, layer.n_in)
        states.append(new)
    return stack, states


def _run_joined(steps: Sequence[Step], stack: Any) -> tuple[Any, list[Any]]:
    """The same of layers whose inputs alone are kept."""
    own = [
        Step(step.layer, step.layer.weights, step.layer.state, step.rng) if again else step
        for step in steps
        for again in [_is_marker(step.weights)]
    ]
    n_in, _ = tl.Serial._n_inputs_n_outputs(None, [step.layer for step in own])

    def together(weights: Any, inputs: Any, constants: Any) -> tuple[Any, Any]:
        given = zip(own, weights, constants, strict=True)
        own_parts = [Step(step.layer, w, *constant) for step, w, constant in given]
        return _run(own_parts, inputs, use_cache=False)

    outputs, states = remat(together)(
        [step.weights for step in own],
        tl.combinators.inputs_from_stack(stack, n_in),
        [(step.state, step.rng) for step in own],
    )
    for step, state in zip(own, states, strict=True):
        # Where a layer occurs again, Trax looks for them here (trax/layers/base.py:570).
        step.layer.weights, step.layer.state = step.weights, state
    stack = tl.combinators.outputs_onto_stack(outputs, stack, n_in)
    marker = base.GET_STATE_FROM_CACHE
    return stack, [
        marker if _is_marker(step.weights) else state
        for step, state in zip(steps, states, strict=True)
    ]


def _can_join(steps: Sequence[Step], stack: Any) -> bool:
    """Whether layers can be run by themselves, on a floating-point input.

    Not so if one occurs twice among them, or has sublayers that occurred before: these would reach
    for weights outside of what is differentiated.
    """
    layers = {id(step.layer) for step in steps}
    inner = [
        mark
        for step in steps
        if step.layer.sublayers
        for mark in jax.tree.leaves(step.layer.weights, is_leaf=_is_marker)
    ]
    top = tl.combinators.inputs_from_stack(stack, 1)
    return len(layers) == len(steps) and not any(map(_is_marker, inner)) and is_floating(top)


def _steps(serial: base.Layer, weights: Any, state: Any, rng: Array | None) -> Iterator[Step]:
    """The leaves of a Serial, with their parts of its weights and state, and keys of their own."""
    n_layers = len(serial.sublayers)
    if _is_marker(weights):  # All of it ran before: so did each of its layers.
        weights, state = [weights] * n_layers, [state] * n_layers
    else:
        serial.weights, serial.state = weights, state
    keys = tl.combinators._split_rngs(rng, n_layers)
    for layer, *parts in zip(serial.sublayers, weights, state, keys, strict=True):
        yield from _steps(layer, *parts) if runs_in_order(layer) else (Step(layer, *parts),)


def _states(serial: base.Layer, state: Any, new: Iterator[Any]) -> Any:
    """The state of a Serial, from the new states of its leaves."""
    ran_before = _is_marker(state)
    parts = [state] * len(serial.sublayers) if ran_before else state
    made = tuple(
        _states(layer, part, new) if runs_in_order(layer) else next(new)
        for layer, part in zip(serial.sublayers, parts, strict=True)
    )
    return state if ran_before else made


def _is_marker(part: Any) -> bool:
    """Whether this is Trax's mark for: as where the layer occurred first."""
    return isinstance(part, dict) and part in (
        base.GET_WEIGHTS_FROM_CACHE,
        base.GET_STATE_FROM_CACHE,
    )


def check_layer(owner: str, name: str, layer: Any, example: str) -> None:
    """Refuses what is not a layer."""
    if not isinstance(layer, base.Layer):
        raise TypeError(
            f"{owner} takes a layer as {name}, for example {example}, but received {layer!r}."
        )


def check_one_to_one(owner: str, activation: base.Layer) -> None:
    """Refuses a layer with several inputs or outputs, or none."""
    if (activation.n_in, activation.n_out) != (1, 1):
        raise ValueError(
            f"{owner} takes an activation with one input and one output, but received "
            f"{activation.name}, which has {activation.n_in} and {activation.n_out}."
        )
