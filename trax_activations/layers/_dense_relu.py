"""A layer with weights: they are made in ``init``, when the size of the input is known."""

from collections.abc import Callable

import jax
from jax import Array

from trax_activations import _checks
from trax_activations import functional as F
from trax_activations._gin import configurable
from trax_activations._trax import ShapeDtype
from trax_activations._trax import layers as tl
from trax_activations.layers._base import Layer, made

_GLOROT = tl.GlorotUniformInitializer()
_NEARLY_ZERO = tl.RandomNormalInitializer(1e-6)


@configurable
class DenseRelu(Layer):
    r"""A dense layer with the ReLU built in.

    .. math::
        y = \max(x W + b,\ 0)

    Its weights are the tuple ``(kernel, bias)``, of shapes ``(d, units)`` and ``(units,)`` for
    an input of shape ``(..., d)``.

    Args:
        units: Size of the output's last axis.
        kernel_initializer: Makes the kernel, from a shape and a random key.
        bias_initializer: Makes the bias, likewise.

    Example:
        >>> from trax_activations import layers
        >>> layer = layers.DenseRelu(2, kernel_initializer=lambda shape, key: jnp.ones(shape))
        >>> _ = layer.init(jax.ShapeDtypeStruct((1, 3), jnp.float32))
        >>> layer(jnp.array([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]])).round()
        Array([[6., 6.],
               [0., 0.]], dtype=float32)
    """

    weight_names = ("kernel", "bias")

    def __init__(
        self,
        units: int,
        kernel_initializer: Callable[..., Array] = _GLOROT,
        bias_initializer: Callable[..., Array] = _NEARLY_ZERO,
    ) -> None:
        name = type(self).__name__
        super().__init__(units=_checks.check_count(name, "units", units))
        # Not for the repr: they matter once, and functions have no stable one.
        self._kernel_initializer = _checks.check_callable(
            name, "kernel_initializer", kernel_initializer
        )
        self._bias_initializer = _checks.check_callable(name, "bias_initializer", bias_initializer)

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes kernel and bias for the input's last axis."""
        super().init_weights_and_state(input_signature)
        _checks.check_along_axis(repr(self), -1, input_signature.shape, least=1)
        kernel_key, bias_key = jax.random.split(self.rng)
        d = input_signature.shape[-1]
        self.weights = (
            made(self._kernel_initializer, (d, self._units), kernel_key),
            made(self._bias_initializer, (self._units,), bias_key),
        )

    def forward(self, x: Array) -> Array:
        """Applies the layer to ``(..., d)``, for ``(..., units)`` of the dtype of ``x``."""
        kernel, bias = (weight.astype(x.dtype) for weight in self.weights)
        return F.relu(x @ kernel + bias)
