"""What every rule of an activation is made with: casts, products, a tangent by autodiff."""

import contextlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike


@contextlib.contextmanager
def usual_promotion() -> Iterator[None]:
    """Promotes as usual, whatever JAX is told: here it is meant, and documented."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def widened(x: Array) -> Array:
    return x.astype(jnp.float32) if x.dtype.itemsize < 4 else x


def times(derivative: Array | float, dot: Array) -> Array:
    """``derivative * dot``; of a boolean one, ``dot`` or 0, also where that is not finite."""
    if isinstance(derivative, jax.Array) and derivative.dtype == jnp.bool_:
        return jnp.where(derivative, dot, jnp.zeros_like(dot))
    return derivative * dot


def by_autodiff(
    body: Callable[..., Array], dots: Sequence[Array | None], *operands: Array, **named: Any
) -> Array:
    """The tangent of a body."""
    smooth = [i for i, dot in enumerate(dots) if dot is not None]

    def of_smooth(*values: Array) -> Array:
        merged = list(operands)
        for i, value in zip(smooth, values, strict=True):
            merged[i] = value
        return body(*merged, **named)

    primals = [operands[i] for i in smooth]
    tangents = [
        jnp.asarray(dots[i], primal.dtype) for i, primal in zip(smooth, primals, strict=True)
    ]
    result: Array = jax.jvp(of_smooth, primals, tangents)[1]
    return result


def cast(parameter: ArrayLike, dtype: Any) -> Array:
    """Casts a floating-point parameter; keys and integers stay as they are."""
    array = jnp.asarray(parameter)
    return array.astype(dtype) if jnp.issubdtype(array.dtype, jnp.floating) else array


def static(value: Any) -> Hashable:
    """A hashable stand-in for a hyperparameter; NumPy scalars would promote the output."""
    if isinstance(value, np.generic):
        return value.item()
    return tuple(value) if isinstance(value, list) else value
