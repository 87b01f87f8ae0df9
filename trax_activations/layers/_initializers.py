"""What the layers before some activations start with."""

import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations import _checks
from trax_activations._gin import configurable


@configurable
def SirenInitializer(
    w0: float = 30.0, first: bool = False
) -> Callable[[Sequence[int], Array], Array]:
    r"""Initial kernels of the layers before :class:`Sine`, in a SIREN.

    .. math::
        W \sim U\Bigl(-\frac{\sqrt{6 / n}}{\omega_0},\ \frac{\sqrt{6 / n}}{\omega_0}\Bigr),
        \qquad\text{in the first layer}\quad
        W \sim U\Bigl(-\frac{1}{n},\ \frac{1}{n}\Bigr)

    With it the phases :math:`\omega_0 W x` of every layer but the first are distributed normally
    with a standard deviation near 1 (0.9), however deep the model is; with other kernels they are
    far from that. In the first layer they reach up to :math:`\omega_0` for inputs between -1
    and 1, which is what lets the model draw fine detail.

    Args:
        w0: The frequency :math:`\omega_0` of the activation that follows, as :class:`Sine` has it.
        first: Whether it is for the layer that takes the coordinates.

    Returns:
        A function ``initializer(shape, key)`` that makes a float32 array: for ``tl.Dense`` or
        ``tl.Conv``, as ``kernel_initializer``. The number of inputs :math:`n` is the product of all
        axes but the last.

    Raises:
        TypeError: If ``w0`` is not a number, or ``first`` not a bool.
        ValueError: If ``w0`` is 0 or infinite; and, when it is called, for a shape that has fewer
            than two axes or no inputs.

    References:
        Sitzmann, Martel, Bergman, Lindell, Wetzstein, "Implicit Neural Representations with
        Periodic Activation Functions", arXiv:2006.09661, 2020; ``sine_init`` and
        ``first_layer_sine_init`` of the authors' code (vsitzmann/siren).

    Example:
        >>> from trax import layers as tl
        >>> from trax_activations import layers
        >>> siren = tl.Serial(
        ...     tl.Dense(64, kernel_initializer=layers.SirenInitializer(first=True)),
        ...     layers.Sine(),
        ...     tl.Dense(64, kernel_initializer=layers.SirenInitializer()),
        ...     layers.Sine(),
        ...     tl.Dense(3, kernel_initializer=layers.SirenInitializer()),
        ... )
        >>> weights, _ = siren.init(jax.ShapeDtypeStruct((1, 2), jnp.float32))
        >>> bool(jnp.abs(weights[0][0]).max() <= 1 / 2)
        True
    """
    name = "SirenInitializer"
    w0 = _checks.check_number(name, "w0", w0)
    first = _checks.check_flag(name, "first", first)
    if w0 == 0:
        raise _checks.refused(name, "w0", w0, "a number other than 0", "30.0")

    def initializer(shape: Sequence[int], key: Array) -> Array:
        """Draws a kernel of a shape."""
        n = math.prod(shape[:-1])
        if len(shape) < 2 or n == 0:
            raise ValueError(
                f"{name} makes kernels, whose axes but the last are the inputs, but was asked for "
                f"shape {tuple(shape)}. Use it as kernel_initializer only."
            )
        bound = 1 / n if first else math.sqrt(6 / n) / abs(w0)
        return jax.random.uniform(key, tuple(shape), jnp.float32, -bound, bound)

    return initializer
