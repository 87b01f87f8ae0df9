"""What all pictures share: colours that the colour-blind tell apart, and quiet axes."""

from matplotlib.axes import Axes

__all__ = ["COLOURS", "FRAME", "GREY", "INK", "bare"]

# Okabe and Ito, Color Universal Design (2008), without the black and the yellow, which white hides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, GREY, FRAME = "#1c2430", "#a9b0b8", "#c8c8c8"


def bare(panel: Axes) -> None:
    """Leaves out the frame's upper and right side, and draws a faint grid."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(GREY)
    panel.grid(color="#e6e9ed", linewidth=0.7)
    panel.set_axisbelow(True)
