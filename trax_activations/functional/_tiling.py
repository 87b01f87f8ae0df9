"""Activations that spread each number over several: fuzzy tiling."""

import jax.numpy as jnp
from jax import Array

from trax_activations._checks import check_along_axis, count, not_negative, ordered
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise


def _distance(x: Array, tiles: int, low: float, high: float, axis: int) -> tuple[Array, Array]:
    """How far each number is below, and above, each tile; the tiles are a new axis."""
    width = (high - low) / tiles
    shape = [1] * (x.ndim + 1)
    shape[axis + 1] = tiles
    starts = (low + width * jnp.arange(tiles, dtype=x.dtype)).reshape(shape)
    spread = jnp.expand_dims(x, axis + 1)
    return starts - spread, spread - width - starts


def _merged(tiled: Array, axis: int) -> Array:
    """The axis of the tiles as part of the axis before it."""
    shape = tiled.shape
    return tiled.reshape(*shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2 :])


@activation(group="bounded", along_axis=True)
@elementwise(
    saves="x",
    prevent_cse=True,
    checks=[count("tiles"), ordered("low", "high"), not_negative("eta")],
)
def fta(
    x: Array,
    *,
    tiles: int = 20,
    low: float = -20.0,
    high: float = 20.0,
    eta: float | None = None,
    axis: int = -1,
) -> Array:
    r"""Fuzzy tiling activation (FTA): each number becomes a soft one-hot vector.

    .. math::
        f_i(x) = 1 - I_\eta\bigl(\max(c_i - x, 0) + \max(x - \delta - c_i, 0)\bigr), \qquad
        I_\eta(d) = \begin{cases} d & d \le \eta \\ 1 & d > \eta \end{cases}

    The tiles :math:`[c_i, c_i + \delta]` divide the range from ``low`` to ``high``. The ``axis``
    becomes ``tiles`` times as long: all tiles of its first element, then those of the second.
    As in the paper there is a jump at distance :math:`\eta`, unless it is 1.

    Args:
        x: Input, at least one axis, floating point.
        tiles: Number of tiles.
        low: Lower end of the range.
        high: Upper end of the range.
        eta: How far a tile reaches; ``None`` for the width :math:`\delta` of a tile, as in the
            paper; 0 for plain tiles, that have no derivative.
        axis: The axis that grows.

    Returns:
        Array of the dtype of ``x``, whose ``axis`` is ``tiles`` times as long.

    Raises:
        ValueError: If a hyperparameter is out of range, or ``x`` lacks the axis.

    References:
        Pan, Banman, White, "Fuzzy Tiling Activations: A Simple Approach to Learning Sparse
        Representations Online", arXiv:1911.08068, 2019; code hwang-ua/fta_pytorch_implementation.

    Example:
        >>> F.fta(jnp.array([0.5, 1.25]), tiles=2, low=0.0, high=2.0)
        Array([1.  , 0.5 , 0.75, 1.  ], dtype=float32)
    """
    axis = check_along_axis("fta", axis, x.shape)
    below, above = _distance(x, tiles, low, high, axis)
    distance = jnp.maximum(below, 0) + jnp.maximum(above, 0)
    eta = (high - low) / tiles if eta is None else eta
    return _merged(jnp.where(distance > eta, jnp.zeros_like(distance), 1 - distance), axis)


@fta.tangent
def _(
    x_dot: Array, x: Array, *, tiles: int, low: float, high: float, eta: float | None, axis: int
) -> Array:
    axis = axis % x.ndim
    below, above = _distance(x, tiles, low, high, axis)
    eta = (high - low) / tiles if eta is None else eta
    zero = jnp.zeros_like(below)
    rising = jnp.where((below > 0) & (below <= eta), jnp.ones_like(below), zero)
    falling = jnp.where((above > 0) & (above <= eta), jnp.ones_like(below), zero)
    return _merged((rising - falling) * jnp.expand_dims(x_dot, axis + 1), axis)
