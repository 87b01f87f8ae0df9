"""A small plot of an activation and its derivative in characters, if plotext is installed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trax_activations._curves import Curve
    from trax_activations.registry import ActivationSpec

__all__ = ["picture"]

_HEIGHT, _WIDEST = 14, 80
_HIGHEST = 5.0  # Cut off is what lies outside, or so many times outside as x is drawn larger.
_EVERY = 10  # Of the points, of which a line of characters needs fewer.


def picture(spec: "ActivationSpec", width: int) -> str:
    """Function and derivative beside each other; empty without plotext."""
    try:
        import plotext
    except ImportError:
        return ""
    from trax_activations._curves import REACH, drawings

    (drawing,) = drawings([spec])
    of = "[x, b], b = −2 ... 2" if spec.along_axis else "x"
    titles = (f"Function of {of}", "Derivative")
    figure = plotext.figure.clear().subplots(1, 2)
    for column, (title, curves) in enumerate(
        zip(titles, (drawing.values, drawing.slopes), strict=True), start=1
    ):
        panel = figure.subplot(1, column).theme("colorless").title(title)
        panel.plot_size(min(width, _WIDEST) // 2, _HEIGHT)
        for x, y in _segments(curves, _HIGHEST * REACH / drawing.reach):
            panel.draw(panel.signal(x, y, marker="braille").lines())
    return str(figure.build()).replace("\x1b[0m", "").rstrip("\n")


def _segments(
    curves: "tuple[Curve, ...]", highest: float
) -> Iterator[tuple[list[float], list[float]]]:
    """Parts of lines without a jump; a band has two edges."""
    for curve in curves:
        for y in (curve.y, curve.until):
            if y is not None:
                shown = np.abs(y) <= highest  # False where the line is interrupted.
                for part in np.split(np.arange(len(y)), np.flatnonzero(np.diff(shown)) + 1):
                    if len(part) and shown[part[0]]:
                        chosen = np.union1d(part[::_EVERY], part[-1:])
                        yield curve.x[chosen].tolist(), y[chosen].tolist()
