"""A table of a model's weights."""

import math
from dataclasses import dataclass

import jax.numpy as jnp
from tabulate import tabulate

from trax_activations._trax import base
from trax_activations.weights._tree import weights_by_name

__all__ = ["Row", "Summary", "summary"]


@dataclass(frozen=True)
class Row:
    """One weight.

    Attributes:
        path: Its name.
        shape: Its shape.
        dtype: The name of its dtype.
        count: How many numbers it has.
        size: How many bytes these take.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    size: int


@dataclass(frozen=True, repr=False)
class Summary:
    """The weights of a model, and their sums; printed, a table.

    Attributes:
        rows: One for each weight, in the order in which the model keeps them.
    """

    rows: tuple[Row, ...]

    @property
    def count(self) -> int:
        """How many numbers all weights have together."""
        return sum(row.count for row in self.rows)

    @property
    def size(self) -> int:
        """How many bytes all weights take together."""
        return sum(row.size for row in self.rows)

    def __str__(self) -> str:
        """The table."""
        rows = [("path", "shape", "dtype", "count")]
        rows += [(row.path, str(row.shape), row.dtype, f"{row.count:,}") for row in self.rows]
        n_arrays = f"{len(self.rows)} array{'' if len(self.rows) == 1 else 's'}"
        rows.append((n_arrays, "", "", f"{self.count:,}"))
        sides = ("left", "left", "left", "right")
        table = tabulate(rows, tablefmt="plain", colalign=sides, disable_numparse=True)
        *lines, total = table.splitlines()
        rule = "-" * max(map(len, [*lines, total]))
        return "\n".join([*lines, rule, f"{total}  ({_in_bytes(self.size)})"])

    __repr__ = __str__


def summary(model: base.Layer) -> Summary:
    """Describes the weights of a model: ``print(weights.summary(model))``.

    Args:
        model: An initialised layer. Layers that it has in several places count once.

    Returns:
        Paths, shapes, dtypes and counts, with their sums.

    Raises:
        TypeError: If ``model`` is not a layer.
        ValueError: If it is not initialised.

    Example:
        >>> from trax_activations import layers, weights
        >>> layer = layers.DenseRelu(1000)
        >>> _ = layer.init(jax.ShapeDtypeStruct((1, 784), jnp.bfloat16))
        >>> print(weights.summary(layer))
        path               shape        dtype      count
        dense_relu/kernel  (784, 1000)  float32  784,000
        dense_relu/bias    (1000,)      float32    1,000
        ------------------------------------------------
        2 arrays                                 785,000  (3.1 MB)
    """
    rows = []
    for path, weight in weights_by_name(model).items():
        shape, dtype = jnp.shape(weight), jnp.dtype(jnp.result_type(weight))
        count = math.prod(shape)
        rows.append(Row(path, shape, dtype.name, count, count * dtype.itemsize))
    return Summary(tuple(rows))


def _in_bytes(size: float) -> str:
    """A size in units of 1000, as disks and files have it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
