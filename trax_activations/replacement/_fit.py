"""Initial weights with which an activation that learns starts as the one it replaces."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from trax_activations._trax import base
from trax_activations.modes import with_mode
from trax_activations.replacement._places import Place

__all__ = ["fit"]

# What a unit meets behind a normalization, and more.
_POINTS = np.linspace(-4, 4, 257, dtype=np.float32)
_STEPS = 60


def fit(layer: base.Layer, place: Place, signature: Any, tolerance: float) -> None:
    """Gives a layer the weights with which it comes closest to the one that it replaces.

    The weights are found by damped least squares (Levenberg, Marquardt) for one channel, and are
    the same for all channels. A layer without weights is only compared.

    Args:
        layer: The new layer, initialised for ``signature``.
        place: What it replaces.
        signature: What arrives there.
        tolerance: The largest difference that may remain between -4 and 4.

    Raises:
        ValueError: If more remains.
    """
    if place.spec is not None and place.spec.along_axis:
        raise ValueError(f"replace: {place.path!r} works along an axis: nothing can start as it.")
    channels = signature.shape[-1]
    x = jnp.broadcast_to(jnp.asarray(_POINTS)[:, None], (len(_POINTS), channels))
    target = np.asarray(with_mode(place.layer, "eval")(x))
    evaluated = with_mode(layer, "eval")

    def outputs(weights: Any) -> Array:
        y: Array = evaluated.pure_fn(x, weights, layer.state, jax.random.PRNGKey(0))[0]
        return y

    shared, spread = _shared(layer.weights, channels)
    if shared.size:
        found = _least_squares(lambda w: (outputs(spread(w)) - target).mean(1), shared)
        layer.weights = spread(found)
    left = float(np.max(np.abs(np.asarray(outputs(layer.weights)) - target)))
    if not left <= tolerance:
        raise ValueError(
            f"replace: {layer!r} cannot start as {place.layer!r} at {place.path!r}: at best they "
            f"differ by {left:.2g} between -4 and 4, and start_close={tolerance:g} is allowed. "
            "Allow more, or choose an activation with more parameters."
        )


def _shared(weights: Any, channels: int) -> tuple[Array, Callable[[Array], Any]]:
    """One channel's weights as a vector, and what makes the weights of all channels of it."""

    def is_per_channel(leaf: Array) -> bool:
        return leaf.ndim > 0 and channels > 1 and leaf.shape[-1] == channels

    one = jax.tree.map(lambda w: w[..., :1] if is_per_channel(w) else w, weights)
    vector, back = ravel_pytree(one)

    def spread(flat: Array) -> Any:
        return jax.tree.map(lambda w, few: jnp.broadcast_to(few, w.shape), weights, back(flat))

    return vector, spread


def _least_squares(residuals: Callable[[Array], Array], start: Array) -> Array:
    """The vector that makes the residuals least: damped Gauss-Newton steps, in float64 sums."""
    value = jax.jit(residuals)
    slopes = jax.jit(jax.jacfwd(residuals))
    best, damping = np.asarray(start, np.float64), 1e-2
    error = float(np.sum(np.square(np.asarray(value(start), np.float64))))
    for _ in range(_STEPS):
        jacobian = np.asarray(slopes(jnp.asarray(best, start.dtype)), np.float64)
        left = np.asarray(value(jnp.asarray(best, start.dtype)), np.float64)
        normal = jacobian.T @ jacobian
        scale = np.diag(np.diag(normal) + 1e-9)
        step = np.linalg.lstsq(normal + damping * scale, jacobian.T @ left, rcond=None)[0]
        tried = np.asarray(value(jnp.asarray(best - step, start.dtype)), np.float64)
        if np.isfinite(tried).all() and (now := float(np.sum(np.square(tried)))) < error:
            best, error, damping = best - step, now, damping / 3
        else:
            damping *= 4
    return jnp.asarray(best, start.dtype)
