"""The smallest layer: no weights, one hyperparameter."""

import jax.numpy as jnp
from jax import Array

from trax_activations import _checks
from trax_activations._gin import configurable
from trax_activations._trax import ShapeDtype
from trax_activations.layers._base import Layer


@configurable
class CenteredLayer(Layer):
    r"""Subtracts the mean along an axis; the output has mean 0 there.

    .. math::
        y = x - \operatorname{mean}(x)

    Args:
        axis: The axis along which the mean is taken.

    Example:
        >>> from trax_activations import layers
        >>> layers.CenteredLayer()(jnp.array([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]]))
        Array([[-2., -1.,  3.],
               [ 0.,  0.,  0.]], dtype=float32)
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__(axis=_checks.check_axis(type(self).__name__, "axis", axis))

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Refuses an input that lacks the axis."""
        super().init_weights_and_state(input_signature)
        _checks.check_along_axis(repr(self), self._axis, input_signature.shape, least=1)

    def forward(self, x: Array) -> Array:
        """Centers a tensor; its shape and dtype stay."""
        return x - jnp.mean(x, axis=self._axis, keepdims=True)
