"""Takes over what an activation has learned in PyTorch, Keras or Flax.

The three keep a PReLU's slopes in different shapes: PyTorch one, or one per element of axis 1;
Keras one per element of the input, or of the axes that are not shared; Flax one. No framework is
imported.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from trax_activations._spec import Parameter
from trax_activations.layers import LearnedActivation

__all__ = ["from_flax", "from_keras", "from_torch"]


def from_torch(layer: LearnedActivation, source: Any) -> Array | tuple[Array, ...]:
    """What an activation learned in PyTorch, in the shape of ``layer.weights``.

    PyTorch has its channels on axis 1, Trax has them last; the values are the same. Set them with
    ``layer.weights = ...`` in a model, or with :func:`assign` by their names.

    Args:
        layer: An activation that learns; it need not be initialised.
        source: The array, or the state dict of the PyTorch module, in which a parameter of several
            is found by the name that ``layer.weight_names`` has for it.

    Returns:
        The weights: an array, or a tuple of them where the activation has several.

    Raises:
        TypeError: If ``layer`` does not learn one value or one per channel, or ``source`` holds no
            such arrays.
        ValueError: If the layer cannot represent the values: it has fewer than there are.

    Example:
        >>> from trax_activations import layers, weights
        >>> state_dict = {"weight": np.array([0.1, 0.2, 0.3])}  # Of torch.nn.PReLU(3).
        >>> weights.from_torch(layers.ParametricRelu(3), state_dict)
        Array([0.1, 0.2, 0.3], dtype=float32)
    """
    return _imported(layer, source, lambda array: 1 if array.ndim > 1 else 0)


def from_keras(layer: LearnedActivation, source: Any) -> Array | tuple[Array, ...]:
    """What an activation learned in Keras, in the shape of ``layer.weights``.

    Keras has one value per element of the input by default, and one in all along each of
    ``shared_axes``. A layer here has so too if it is made with ``shared_axes``; else it has one per
    channel, and can take what is the same along all other axes.

    Args:
        layer: An activation that learns; it need not be initialised.
        source: The array, or what the Keras layer's ``get_weights()`` returns.

    Returns:
        The weights: an array, or a tuple of them where the activation has several.

    Raises:
        TypeError: If ``layer`` does not learn one value or one per channel, or ``source`` holds no
            such arrays.
        ValueError: If the layer cannot represent the values.

    Example:
        >>> from trax_activations import layers, weights
        >>> alpha = np.array([0.1, 0.2, 0.3]).reshape(1, 1, 3)  # shared_axes=[1, 2]
        >>> weights.from_keras(layers.ParametricRelu(3), [alpha])
        Array([0.1, 0.2, 0.3], dtype=float32)
    """
    axis = getattr(layer, "_axis", -1)
    if axis == 0:
        raise ValueError(f"{layer!r} works along axis 0, the batch, for which Keras has no values.")
    return _imported(layer, source, lambda array: axis - 1 if axis > 0 else axis)


def from_flax(layer: LearnedActivation, source: Any) -> Array | tuple[Array, ...]:
    """What an activation learned in Flax, in the shape of ``layer.weights``.

    Flax has one value in all, and its PReLU starts at 0.01; a layer with one per channel gets that
    value for each.

    Args:
        layer: An activation that learns; it need not be initialised.
        source: The array, or the variables of the Flax module.

    Returns:
        The weights: an array, or a tuple of them where the activation has several.

    Raises:
        TypeError: If ``layer`` does not learn one value or one per channel, or ``source`` holds no
            such arrays.
        ValueError: If the layer cannot represent the values.

    Example:
        >>> from trax_activations import layers, weights
        >>> variables = {"params": {"negative_slope": np.array(0.01)}}
        >>> weights.from_flax(layers.ParametricRelu(2), variables)
        Array([0.01, 0.01], dtype=float32)
    """
    return _imported(layer, source, lambda array: -1)


def _imported(layer: LearnedActivation, source: Any, channel_axis: Any) -> Any:
    """The weights of a layer from a source, of whose arrays a function gives the channel axis."""
    if not isinstance(layer, LearnedActivation):
        raise TypeError(
            f"{layer!r} is no activation that learns: weights are taken over one layer at a time, "
            "for example by layers.ParametricRelu(64)."
        )
    for parameter in layer.spec.parameters:
        if parameter.lower is not None or not isinstance(parameter.initial, (int, float)):
            raise TypeError(
                f"{layer!r} keeps {parameter.name!r} in a form of its own, which no other "
                "framework has. Compute its weight, and set that with weights.assign."
            )
    arrays = _arrays(layer, source)
    fitted = tuple(
        _fitted(layer, parameter, array, channel_axis(array))
        for parameter, array in zip(layer.spec.parameters, arrays, strict=True)
    )
    return fitted[0] if len(fitted) == 1 else fitted


def _arrays(layer: LearnedActivation, source: Any) -> list[np.ndarray[Any, Any]]:
    """The array in the source for each weight of a layer."""
    names = layer.weight_names
    if isinstance(source, Mapping):
        found = dict(_leaves(source))
        if len(names) == len(found) == 1:
            return [_as_numpy(array) for array in found.values()]
        by_name = {path[-1]: array for path, array in found.items()}
        if len(found) != len(names) or set(by_name) != set(names):
            have = ", ".join(repr(".".join(map(str, path))) for path in found)
            raise TypeError(
                f"{layer!r} has the weights {names}, and the source has {have or 'no arrays'}. "
                "Take the entries of one layer, and call them as the weights are called."
            )
        return [_as_numpy(by_name[name]) for name in names]
    is_list = isinstance(source, (list, tuple)) and all(hasattr(x, "shape") for x in source)
    given = list(source) if is_list else [source]
    if len(given) != len(names):
        raise TypeError(
            f"{layer!r} has the weights {names}, and the source has {len(given)} arrays."
        )
    return [_as_numpy(array) for array in given]


def _leaves(
    source: Mapping[Any, Any], path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for key, value in source.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _as_numpy(value: Any) -> np.ndarray[Any, Any]:
    """An array of any framework; PyTorch's may record gradients, or be on another device."""
    array = np.asarray(value.detach().cpu().float() if hasattr(value, "detach") else value)
    if not jnp.issubdtype(array.dtype, np.floating):
        raise TypeError(
            f"A layer takes floating-point arrays as weights, but received {type(value).__name__} "
            f"of {array.dtype}. Of a module, give its state dict or its get_weights()."
        )
    return array


def _fitted(
    layer: LearnedActivation, parameter: Parameter, array: np.ndarray[Any, Any], axis: int
) -> Array:
    """An array in the shape of a layer's weight; refused if that has too few values."""
    count = getattr(layer, "_num_parameters", None) if parameter.per_channel else None
    there = f"the source has shape {array.shape} for {parameter.name!r}"
    if array.size == 0 or not np.isfinite(array).all():
        what = "values that are not finite" if array.size else "no values"
        raise ValueError(f"{layer!r}: {there}, with {what}.")
    if getattr(layer, "_shared_axes", None) is not None:
        return jnp.asarray(array, jnp.float32)
    if count in (None, 1) or array.ndim == 0:
        rows = array.reshape(1, -1)
    elif -array.ndim <= axis < array.ndim:
        rows = np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)
    else:
        raise ValueError(f"{layer!r}: {there}, which lacks the layer's axis.")
    if not (rows == rows[:, :1]).all():
        raise ValueError(
            f"{layer!r}: {there}, with values that differ where the layer has one. "
            "Use num_parameters for one per channel, shared_axes=() for one per element."
        )
    if count == "channels":
        count = len(rows)
    if len(rows) not in (1, count):
        raise ValueError(
            f"{layer!r}: {there}, {len(rows)} values along the channel axis, and the layer has "
            f"{count}. Use num_parameters={len(rows)}."
        )
    values = jnp.asarray(rows[:, 0], jnp.float32)
    return values[0] if count is None else jnp.broadcast_to(values, (count,))
