"""The style of all figures: a colour-blind safe palette, and plain axes."""

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["COLOURS", "DASHES", "GREY", "INK", "bare", "panels_of", "wrapped"]

# Okabe and Ito, Color Universal Design (2008), without the black and the yellow, which white hides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Of the first dozen lines, no two have the same colour and dashes.
DASHES = ("-", "--", "-.", ":")
INK, GREY = "#1c2430", "#a9b0b8"


def bare(panel: Axes) -> None:
    """Removes the upper and right spines, and adds a faint grid."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(GREY)
    panel.grid(color="#e6e9ed", linewidth=0.7)
    panel.set_axisbelow(True)


def panels_of(
    count: int,
    n_columns: int,
    size: tuple[float, float],
    title: str,
    heading: float,
    least_width: float = 0.0,
) -> tuple[Figure, list[Axes]]:
    """A figure with this many panels in rows; sizes are in inches, ``size`` is that of a panel."""
    n_rows = -(-count // n_columns)
    width, height = size
    figure = Figure(
        figsize=(max(width * n_columns, least_width), height * n_rows + heading),
        dpi=120,
        layout="constrained",
    )
    figure.suptitle(title, fontsize="x-large")
    panels = list(figure.subplots(n_rows, n_columns, squeeze=False).ravel())
    for panel in panels[count:]:
        panel.remove()
    return figure, panels[:count]


def wrapped(label: str, width: int = 34) -> str:
    """Breaks the name of an activation after its bracket and between its arguments.

    Example:
        >>> print(wrapped("ThresholdedLinearUnit(num_parameters=3)"))
        ThresholdedLinearUnit(
           num_parameters=3)
    """
    parts = label.replace("(", "( ", 1)
    lines = textwrap.wrap(parts, width, subsequent_indent="   ", break_long_words=False)
    return "\n".join(lines).replace("( ", "(") or label
