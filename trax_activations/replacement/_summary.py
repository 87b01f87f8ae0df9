"""What was replaced in a model, and where."""

from dataclasses import dataclass

from tabulate import tabulate

from trax_activations._model import check_layer
from trax_activations._trax import base

__all__ = ["Row", "Summary", "note", "summary"]


@dataclass(frozen=True)
class Row:
    """One place.

    Attributes:
        path: The path of what was there, as 'serial/relu_1'.
        old: What was there.
        new: What is there now.
    """

    path: str
    old: str
    new: str


@dataclass(frozen=True, repr=False)
class Summary:
    """What `replace` made of a model; printed, a table.

    Attributes:
        rows: One for each place, in the order in which they were replaced.
    """

    rows: tuple[Row, ...]

    def shown(self, limit: int | None = None) -> str:
        """The table, of so many places at most."""
        cells = [("place", "was", "is"), *((r.path, r.old, r.new) for r in self.rows[:limit])]
        lines = tabulate(cells, tablefmt="plain", disable_numparse=True).splitlines()
        left = len(self.rows[limit:]) if limit is not None else 0
        return "\n".join([*lines, *([f"... {left} more"] if left else [])])

    def __str__(self) -> str:
        """The whole table."""
        return self.shown()

    __repr__ = __str__


def note(model: base.Layer, rows: tuple[Row, ...]) -> None:
    """Keeps with a model what was replaced in it, after what was replaced before."""
    model._replaced = (*summary(model).rows, *rows)


def summary(model: base.Layer) -> Summary:
    """Tells what was replaced in a model, and where: ``print(replacement.summary(model))``.

    Args:
        model: What :func:`replace` returned, or any other layer.

    Returns:
        A row for each place; none for a model in which nothing was replaced.

    Raises:
        TypeError: If ``model`` is not a layer.

    Example:
        >>> from trax import layers as tl
        >>> from trax_activations.replacement import replace
        >>> print(summary(replace(tl.Serial(tl.Dense(4), tl.Relu()), "Relu", "Gelu")))
        place        was   is
        serial/relu  Relu  Gelu(approximate=False)
    """
    check_layer("replacement.summary", model)
    return Summary(getattr(model, "_replaced", ()))
