"""Rematerialisation that compilers cannot undo: what is computed again waits for the gradient."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

Function = Callable[[Any, Any, Any], tuple[Any, Any]]  # Of weights, inputs, constants.


def late(function: Function) -> Function:
    """Keeps of a function only its arguments, and computes the rest again in the backward pass.

    ``jax.checkpoint`` says the same, and XLA on CPU does not heed it: it drops the barriers, finds
    that both passes compute the same, and keeps the values of the first. Here the second pass
    starts from inputs that depend on the gradient which arrives. They are equal to the first ones,
    but the compiler cannot know that.

    Args:
        function: ``function(weights, inputs, constants) -> outputs, auxiliary``, a pure function of
            trees of arrays. It is differentiated in the floating-point arrays of ``weights`` and
            ``inputs``, where gradients pass through ``outputs`` only.

    Returns:
        The same function, in reverse mode of any order; like every function with a rule of its own
        for that, it has no forward mode.

    Example:
        >>> f = late(lambda weights, x, _: (jnp.sin(x) @ weights, ()))
        >>> jax.grad(lambda x: f(jnp.eye(2), x, ())[0].sum())(jnp.array([0.0, jnp.pi])).round(4)
        Array([ 1., -1.], dtype=float32)
    """
    joined: Any = jax.custom_vjp(function)

    def forward(weights: Any, inputs: Any, constants: Any) -> tuple[Any, Any]:
        return joined(weights, inputs, constants), (weights, inputs, constants)

    def backward(kept: Any, dots: Any) -> tuple[Any, Any, None]:
        weights, inputs, constants = kept
        # Constants too: else what is drawn from a key at random would be kept, not drawn again.
        inputs, constants = jax.tree.map(lambda x: after(x, dots[0]), (inputs, constants))
        leaves, tree = jax.tree.flatten((weights, inputs))
        smooth = [is_floating(leaf) for leaf in leaves]

        def outputs(floats: list[Array]) -> Any:
            given = iter(floats)
            merged = [next(given) if s else x for s, x in zip(smooth, leaves, strict=True)]
            weights, inputs = jax.tree.unflatten(tree, merged)
            return function(weights, inputs, constants)[0]

        pull = jax.vjp(outputs, [x for s, x in zip(smooth, leaves, strict=True) if s])[1]
        gradients = iter(pull(dots[0])[0])
        found = [next(gradients) if s else None for s in smooth]
        weights_dot, inputs_dot = jax.tree.unflatten(tree, found)
        return weights_dot, inputs_dot, None

    joined.defvjp(forward, backward)
    return lambda *arguments: joined(*jax.tree.map(_as_array, arguments))


def after(x: Array, dots: Any) -> Array:
    """``x``, which can be had only when the gradients ``dots`` are there.

    The choice between ``x`` and zeros falls on ``x`` whatever the gradient, also if that is NaN; no
    compiler proves it. Where gradient and ``x`` have as many rows, each row waits for its own, so
    that a batch may lie on several devices.
    """
    smooth = (jnp.asarray(dot) for dot in jax.tree.leaves(dots) if is_floating(dot))
    dot = next((dot for dot in smooth if dot.size), None)
    x = jnp.asarray(x)
    if jnp.issubdtype(x.dtype, jax.dtypes.prng_key):
        bits = after(jax.random.key_data(x), dots)
        return jax.random.wrap_key_data(bits, impl=jax.random.key_impl(x))
    if dot is None or not x.size or not jnp.issubdtype(x.dtype, jnp.number):
        return x
    by_row = x.ndim > 1 and dot.ndim > 0 and x.shape[0] == dot.shape[0]
    for _ in range(dot.ndim - 1):
        dot = dot[..., 0]
    # The greatest of all rows, not the first: that is on one device alone.
    sign = jnp.expand_dims(dot, tuple(range(1, x.ndim))) if by_row else dot.max()
    return jnp.where((sign < 1) | ~(sign < 0), x, jnp.zeros_like(x))


def _as_array(x: Any) -> Any:
    """A number as an array; what has a shape as it is, since converting may copy it."""
    return x if hasattr(x, "shape") else jnp.asarray(x)


def is_floating(x: Any) -> bool:
    """Whether an array can have a gradient."""
    return jnp.issubdtype(x.dtype, jnp.floating)
