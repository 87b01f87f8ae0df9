"""A layer whose weight has three axes: a quadratic form per output."""

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

from trax_activations import _checks
from trax_activations._gin import configurable
from trax_activations._trax import ShapeDtype
from trax_activations._trax import layers as tl
from trax_activations.layers._base import Layer, made

_GLOROT = tl.GlorotUniformInitializer()


@configurable
class TensorReduction(Layer):
    r"""Sums all products of two elements, each with its weight.

    .. math::
        y_k = \sum_{i,j} W_{ijk}\, x_i\, x_j

    Its weight is an array of shape ``(d, d, units)``, named ``kernel``, for an input of shape
    ``(..., d)``. The output is a linear function of the :math:`d^2` products, and the kernel is
    initialized as the matrix of that function is: from the shape ``(d * d, units)``.

    Args:
        units: Size of the output's last axis.
        kernel_initializer: Makes the matrix, from a shape and a random key.

    Example:
        >>> from trax_activations import layers
        >>> layer = layers.TensorReduction(1, kernel_initializer=lambda shape, key: jnp.ones(shape))
        >>> _ = layer.init(jax.ShapeDtypeStruct((3,), jnp.float32))
        >>> layer(jnp.array([1.0, 2.0, 3.0]))  # (1 + 2 + 3) squared
        Array([36.], dtype=float32)
    """

    weight_names = ("kernel",)

    def __init__(self, units: int, kernel_initializer: Callable[..., Array] = _GLOROT) -> None:
        name = type(self).__name__
        super().__init__(units=_checks.check_count(name, "units", units))
        self._kernel_initializer = _checks.check_callable(
            name, "kernel_initializer", kernel_initializer
        )

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the kernel for the input's last axis."""
        super().init_weights_and_state(input_signature)
        _checks.check_along_axis(repr(self), -1, input_signature.shape, least=1)
        d = input_signature.shape[-1]
        matrix = made(self._kernel_initializer, (d * d, self._units), self.rng)
        self.weights = matrix.reshape(d, d, self._units)

    def forward(self, x: Array) -> Array:
        """Applies the layer to ``(..., d)``, for ``(..., units)`` of the dtype of ``x``."""
        return jnp.einsum("...i,ijk,...j->...k", x, self.weights.astype(x.dtype), x)
