"""What all pictures share: colours that the colour-blind tell apart, and quiet axes."""

import textwrap

from matplotlib.axes import Axes

__all__ = ["COLOURS", "GREY", "INK", "bare", "wrapped"]

# Okabe and Ito, Color Universal Design (2008), without the black and the yellow, which white hides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, GREY = "#1c2430", "#a9b0b8"


def bare(panel: Axes) -> None:
    """Leaves out the frame's upper and right side, and draws a faint grid."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(GREY)
    panel.grid(color="#e6e9ed", linewidth=0.7)
    panel.set_axisbelow(True)


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
