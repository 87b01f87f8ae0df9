"""Reads and sets the weights of a model by name."""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trax_activations._suggestions import did_you_mean
from trax_activations._trax import base
from trax_activations.weights._tree import map_weights, weights_by_name

__all__ = ["assign", "names", "to_dict"]

# So many names of a kind are listed in an error: enough for any slip, and not for a foreign file.
_LISTED = 20

_KINDS = (np.bool_, np.integer, np.floating, np.complexfloating)


def names(model: base.Layer) -> tuple[str, ...]:
    """The paths of a model's weights, no two alike.

    A path is the layer's, in snake case and numbered where siblings have the same name, and the
    weight's own name. It depends on how the model is built, and on nothing else.

    Args:
        model: An initialised layer. Layers that it has in several places come once.

    Returns:
        The paths, in the order in which the model keeps its weights.

    Raises:
        TypeError: If ``model`` is not a layer.
        ValueError: If it is not initialised.

    Example:
        >>> from trax import layers as tl
        >>> from trax_activations import layers, weights
        >>> model = tl.Serial(tl.Dense(4), layers.ParametricRelu(4), tl.Dense(2, use_bias=False))
        >>> _ = model.init(jax.ShapeDtypeStruct((1, 3), jnp.float32))
        >>> for path in weights.names(model): print(path)
        serial/dense_1/kernel
        serial/dense_1/bias
        serial/parametric_relu/a
        serial/dense_2/kernel
    """
    return tuple(weights_by_name(model))


def to_dict(model: base.Layer) -> dict[str, Any]:
    """The weights of a model by name.

    Args:
        model: An initialised layer.

    Returns:
        The model's own arrays by path, in its order. JAX arrays cannot be changed; to change the
        model's weights use :func:`assign`.

    Raises:
        TypeError: If ``model`` is not a layer.
        ValueError: If it is not initialised.

    Example:
        >>> from trax_activations import layers, weights
        >>> layer = layers.ParametricRelu(2)
        >>> _ = layer.init(jax.ShapeDtypeStruct((1, 2), jnp.float32))
        >>> weights.to_dict(layer)
        {'parametric_relu/a': Array([0.25, 0.25], dtype=float32)}
    """
    return weights_by_name(model)


def assign(model: base.Layer, mapping: Mapping[str, Any], *, partial: bool = False) -> None:
    """Sets weights of a model by name.

    The new values take the dtype of the old ones, and their place where these lie on several
    devices; the structure of ``model.weights``, and what is shared in it, stays. All names and
    shapes are checked before anything is set.

    A training loop keeps the weights that it trains to itself. Hand it the new ones by
    ``loop.update_weights_and_state(weights=loop.model.weights)``; what the optimizer remembers of
    the old ones stays.

    Args:
        model: An initialised layer.
        mapping: Arrays by path, as :func:`to_dict` gives them.
        partial: Whether weights that the mapping lacks may stay as they are.

    Raises:
        TypeError: If ``model`` is not a layer, or ``mapping`` is not a mapping.
        ValueError: If the model is not initialised; or if names are unknown, missing, or have
            values of another shape or kind: all of them are listed.

    Example:
        >>> from trax_activations import layers, weights
        >>> layer = layers.ParametricRelu(2)
        >>> _ = layer.init(jax.ShapeDtypeStruct((1, 2), jnp.float32))
        >>> weights.assign(layer, {"parametric_relu/a": [0.1, 0.2]})
        >>> layer.weights
        Array([0.1, 0.2], dtype=float32)
        >>> weights.assign(layer, {"parametric_relu/b": 1.0}, partial=True)
        Traceback (most recent call last):
            ...
        ValueError: Cannot assign weights to ParametricRelu.
          unknown: 'parametric_relu/b'. Did you mean 'parametric_relu/a'?
    """
    if not isinstance(mapping, Mapping):
        raise TypeError(
            "weights.assign takes a mapping from names to arrays, as weights.to_dict gives it; "
            f"received {type(mapping).__name__}."
        )
    present = weights_by_name(model)
    given = {name: _as_array(value) for name, value in mapping.items()}
    complaints = list(_complaints(present, given, partial))
    if complaints:
        raise ValueError("\n  ".join([f"Cannot assign weights to {model.name}.", *complaints]))
    new = {name: _converted(value, present[name]) for name, value in given.items()}
    model.weights = map_weights(model, lambda name, old: new.get(name, old))


def _complaints(
    present: Mapping[str, Any], given: Mapping[str, Any], partial: bool
) -> Iterable[str]:
    """What is wrong with the given weights: a line for each unknown, missing or misshapen one."""
    unknown = [f"{name!r}" for name in given if name not in present]
    for i, name in enumerate(name for name in given if name not in present):
        near = did_you_mean(str(name), present) if i < _LISTED else ""
        unknown[i] += f".{near}" if near else ""
    yield from _listed("unknown", unknown)
    if not partial:
        yield from _listed("missing", [f"{name!r}" for name in present if name not in given])
    wrong = [
        f"{name!r} is {_described(_as_array(present[name]))}, received {_described(value)}"
        for name, value in given.items()
        if name in present and not _fits(value, present[name])
    ]
    yield from _listed("misshapen", wrong)


def _listed(kind: str, lines: list[str]) -> Iterable[str]:
    yield from (f"{kind}: {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"{kind}: and {len(lines) - _LISTED} more"


def _as_array(value: Any) -> Any:
    """An array as it is, anything else as NumPy sees it, so that no precision is lost unnoticed."""
    if isinstance(value, jax.Array):
        return value
    try:
        return np.asarray(value)
    except ValueError:  # Lists of different lengths.
        return np.asarray(value, object)


def _kind(dtype: Any) -> int:
    """Rank of a kind of numbers, each of which includes those before; -1 for what is no number."""
    kinds = (i for i, kind in enumerate(_KINDS) if jnp.issubdtype(dtype, kind))
    return next(kinds, -1)


def _fits(value: Any, old: Any) -> bool:
    """Whether a value can take the place of a weight without losing its shape or its kind."""
    fits_kind = 0 <= _kind(value.dtype) <= _kind(jnp.result_type(old))
    return fits_kind and value.shape == jnp.shape(old)


def _described(array: Any) -> str:
    return f"{array.dtype.name}{list(array.shape)}"


def _converted(value: Any, old: Any) -> Any:
    if value is old:
        return old
    new = jnp.asarray(value, jnp.result_type(old))
    if isinstance(old, jax.Array) and len(old.sharding.device_set) > 1:
        new = jax.device_put(new, old.sharding)
    return new
