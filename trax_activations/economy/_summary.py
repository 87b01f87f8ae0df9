"""A table of a model's activations, and the layers that share a remat with each."""

from dataclasses import dataclass

from tabulate import tabulate

from trax_activations._model import check_layer, everything, walk
from trax_activations._trax import base
from trax_activations.economy._rules import outermost_serials, remat_groups

__all__ = ["Row", "Summary", "summary"]


@dataclass(frozen=True)
class Row:
    """One activation.

    Attributes:
        path: Its path, as 'serial/gelu_1'.
        joined: The paths of the layers in its remat, in order; empty if it has none.
        left: Why it has none; empty if it has.
    """

    path: str
    joined: tuple[str, ...]
    left: str


@dataclass(frozen=True, repr=False)
class Summary:
    """What `economize` makes of a model; printed, a table.

    Attributes:
        rows: One for each activation.
    """

    rows: tuple[Row, ...]

    def __str__(self) -> str:
        """The table."""
        cells = [("activation", "joined")]
        for row in self.rows:
            short = (path.rpartition("/")[2] for path in row.joined)
            cells.append((row.path, ", ".join(short) if row.joined else f"no: {row.left}"))
        lines = tabulate(cells, tablefmt="plain", disable_numparse=True).splitlines()
        count = sum(bool(row.joined) for row in self.rows)
        total = f"{count} of {len(self.rows)} activations joined"
        return "\n".join([*lines, "-" * max(map(len, lines)), total])

    __repr__ = __str__


def summary(model: base.Layer) -> Summary:
    """Tells which layers `economize` rematerialises, and why it leaves other activations.

    Args:
        model: Any layer, before or after `economize`.

    Returns:
        A row for each activation that a Serial runs.

    Raises:
        TypeError: If ``model`` is not a layer.

    Example:
        >>> from trax import layers as tl
        >>> summary(tl.Serial(tl.Dense(4), tl.Relu(), tl.Dropout(0.1), tl.Dense(2))).rows[0].joined
        ('serial/relu', 'serial/dropout', 'serial/dense_2')
    """
    check_layer("economy.summary", model)
    paths = {id(layer): path for path, layer in [*everything(model), *walk(model)]}
    rows = [
        Row(paths[id(group.activation)], tuple(paths[id(x)] for x in group.layers), group.left)
        for serial in outermost_serials(model)
        for group in remat_groups(serial)
    ]
    return Summary(tuple(rows))
