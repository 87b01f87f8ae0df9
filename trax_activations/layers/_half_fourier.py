"""A layer whose output has another dtype than its input: complex numbers."""

import jax.numpy as jnp
from jax import Array

from trax_activations import _checks
from trax_activations._gin import configurable
from trax_activations._trax import ShapeDtype
from trax_activations.layers._base import Layer


@configurable
class HalfFourier(Layer):
    r"""The leading half of the Fourier coefficients along the last axis, of real input.

    .. math::
        y_k = \sum_{m=0}^{n-1} x_m\, e^{-2 \pi i k m / n},
        \qquad k = 0, \dots, \lfloor n/2 \rfloor

    These are the :math:`\lfloor n/2 \rfloor + 1` coefficients from the mean to the highest
    frequency, as ``numpy.fft.rfft`` gives them. The input being real, the other coefficients are
    their conjugates, :math:`y_{n-k} = \bar y_k`: nothing is lost.

    Args:
        real_output: Whether to give the real parts followed by the imaginary parts, along the
            last axis, in the dtype of the input. Otherwise the output is complex: complex64, or
            complex128 for float64 input.

    Example:
        >>> from trax_activations import layers
        >>> layers.HalfFourier()(jnp.array([1.0, 0.0, 0.0, 0.0]))
        Array([1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
        >>> layers.HalfFourier(real_output=True)(jnp.array([1.0, 0.0, -1.0, 0.0]))
        Array([0., 2., 0., 0., 0., 0.], dtype=float32)
    """

    def __init__(self, real_output: bool = False) -> None:
        name = type(self).__name__
        super().__init__(real_output=_checks.check_flag(name, "real_output", real_output))

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Refuses an input without anything to transform."""
        super().init_weights_and_state(input_signature)
        _checks.check_along_axis(repr(self), -1, input_signature.shape, least=1)

    def forward(self, x: Array) -> Array:
        """Transforms ``(..., n)`` to ``(..., n // 2 + 1)``, or to twice as many real numbers."""
        # The transform takes float32 and float64 only.
        y = jnp.fft.rfft(x.astype(jnp.promote_types(x.dtype, jnp.float32)))
        if not self._real_output:
            return y
        return jnp.concatenate([y.real, y.imag], axis=-1).astype(x.dtype)
