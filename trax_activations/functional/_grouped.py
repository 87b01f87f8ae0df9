"""Activations that change the number of channels."""

import jax.numpy as jnp
from jax import Array, lax

from trax_activations._checks import check_along_axis, check_divisible, count
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise


@activation(group="rectifier", along_axis=True)
@elementwise(float32=False)  # Plain autodiff keeps x, half the size of y: less than a rule in y.
def crelu(x: Array, *, axis: int = -1) -> Array:
    r"""Concatenated ReLU (CReLU): keeps both signs, in twice the channels.

    .. math::
        f(x) = [\max(x, 0),\; \max(-x, 0)]

    Both derivatives at 0 are 0, as those of ReLU in PyTorch.

    Args:
        x: Input, floating point, one axis at least.
        axis: The axis that is doubled: first all positive parts, then all negative ones.

    Returns:
        Array of the dtype of ``x``, with ``axis`` twice as long.

    References:
        Shang, Sohn, Almeida, Lee, "Understanding and Improving Convolutional Neural Networks via
        Concatenated Rectified Linear Units", arXiv:1603.05201, 2016.

    Example:
        >>> F.crelu(jnp.array([-2.0, 3.0]))
        Array([0., 3., 2., 0.], dtype=float32)
    """
    check_along_axis("crelu", axis, x.shape)
    zero = jnp.zeros_like(x)
    return jnp.concatenate((jnp.where(x <= 0, zero, x), jnp.where(x >= 0, zero, -x)), axis)


@activation(group="rectifier", along_axis=True)
# Plain autodiff keeps a bit per comparison: nothing keeps less.
@elementwise(float32=False, checks=[count("pieces")])
def maxout(x: Array, *, pieces: int = 2, axis: int = -1) -> Array:
    r"""Maxout: the greatest of every few channels.

    .. math::
        f(x)_i = \max_{0 \le j < k} x_{i k + j}

    Of equal channels the first has the derivative, as in ``torch.max(x, dim)``.

    Args:
        x: Input, floating point, one axis at least.
        pieces: The number :math:`k` of neighbouring channels that make one unit.
        axis: The channel axis; TensorFlow Addons' ``Maxout(num_units)`` has
            ``num_units = size // pieces``.

    Returns:
        Array of the dtype of ``x``, with ``axis`` shorter by the factor ``pieces``.

    Raises:
        ValueError: If ``pieces`` is not positive, or the size of ``axis`` no multiple of it.

    References:
        Goodfellow, Warde-Farley, Mirza, Courville, Bengio, "Maxout Networks", arXiv:1302.4389,
        2013.

    Example:
        >>> F.maxout(jnp.array([1.0, 2.0, 5.0, 3.0]))
        Array([2., 5.], dtype=float32)
    """
    position = check_divisible("maxout", axis, x, pieces)
    # One comparison after another, not jnp.max over a short axis: a tenth of the time (CPU). The
    # last start may be beyond an empty axis.
    starts = (min(i, x.shape[position]) for i in range(pieces))
    y, *others = (lax.slice_in_dim(x, i, None, pieces, position) for i in starts)
    for other in others:
        y = jnp.where((other > y) | jnp.isnan(other), other, y)
    return y
